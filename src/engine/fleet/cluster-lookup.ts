import type { RuntimeLookup } from "../runtime/index.js";
import type { ClusterValues } from "./read-values.js";
import type { RuntimeCluster } from "./runtime-file.js";

/**
 * The runtime variables of a cluster: its name and group, then the values that were read from it, then what `otherwise` gives,
 * such as the environment. Name and group are no secrets.
 */
export function clusterLookup(
  cluster: Pick<RuntimeCluster, "name" | "group"> | undefined,
  values: ClusterValues,
  otherwise: RuntimeLookup = () => undefined,
): RuntimeLookup {
  return (name, type) => {
    if (cluster !== undefined && name === "TIMONI_CLUSTER_NAME") return { text: cluster.name, isPublic: true };
    if (cluster !== undefined && name === "TIMONI_CLUSTER_GROUP") return { text: cluster.group, isPublic: true };
    return values.get(name) ?? otherwise(name, type);
  };
}
