export { type BuildOptions, buildBundle, buildRecorded, defaultKubeVersion } from "./build-bundle.js";
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
