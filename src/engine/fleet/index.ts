export { clusterLookup } from "./cluster-lookup.js";
export { FleetError } from "./errors.js";
export { loadRuntime } from "./load-runtime.js";
export { type ClusterValues, readClusterValues } from "./read-values.js";
export { type ClusterOutcome, type RunOnClustersOptions, runOnClusters } from "./run-on-clusters.js";
export type { RuntimeCluster, RuntimeExpression, RuntimeFile, RuntimeQuery } from "./runtime-file.js";
export { type ClusterSelection, checkContexts, selectClusters } from "./select-clusters.js";
