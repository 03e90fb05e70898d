export { type ApplyResult, applyBundle } from "./apply-bundle.js";
export { type DeleteResult, deleteBundle } from "./delete-bundle.js";
export { deleteInstance } from "./delete-instance.js";
export { type BundleChange, type BundleDiff, diffBundle } from "./diff-bundle.js";
export {
  ApplyError,
  ApplyRolledBackError,
  ApplyStoppedError,
  DependentsError,
  type Rollback,
  UnknownBundleError,
  UnknownInstanceError,
} from "./errors.js";
export {
  type ActionCounts,
  type ApplyEvent,
  changesObjects,
  type InstanceResult,
  type KeptReason,
  type ObjectAction,
  type ShownDiff,
} from "./events.js";
export {
  bundleStatus,
  type InstanceStatus,
  type InstanceSummary,
  instanceStatus,
  type Listing,
  listInstances,
} from "./list-instances.js";
export { createMasker, type Masker } from "./mask.js";
export type { ApplyBundleOptions, DeleteBundleOptions, Restore, RunOptions } from "./options.js";
export { readInstance, recordedValues } from "./read-instance.js";
