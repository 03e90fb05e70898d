export { type BuildOptions, buildBundle, buildRecorded } from "./build-bundle.js";
export { buildInstance, type InstanceSource } from "./build-instance.js";
export { bundleSchema } from "./bundle-schema.js";
export {
  compareLocks,
  formatLock,
  type Lock,
  type LockChange,
  type LockedModule,
  lockBundle,
  lockedResolver,
  readLock,
} from "./lock.js";
