import type { RuntimeCluster } from "./runtime-file.js";

type Grouped = Pick<RuntimeCluster, "group">;

/** What became of one cluster: `error` is what the work threw; a skipped one was not begun. */
export type ClusterOutcome<T, Cluster extends Grouped = RuntimeCluster> = Readonly<{ cluster: Cluster }> &
  Readonly<{ state: "done"; result: T } | { state: "failed"; error: unknown } | { state: "skipped" }>;

/** How many clusters are worked on at once, and what ends the work early. */
export type RunOnClustersOptions = Readonly<{
  /** Clusters of one group that are worked on at once (1 unless given). */
  parallel?: number;
  /** Go on after a failure, for work that changes nothing. */
  keepGoing?: boolean;
  /** Begins with no further cluster once aborted. */
  signal?: AbortSignal;
}>;

/**
 * Does some work on every cluster, group by group in the order in which groups first appear. After a failure those clusters
 * that are under way are finished and no other is begun: what fails in staging does not reach production.
 *
 * @returns The outcomes in the order of the work. It never rejects because of the work
 * @example
 * ```ts
 * const outcomes = await runOnClusters(clusters, (cluster) => applyTo(cluster), { parallel: 4 });
 * outcomes.filter(({ state }) => state === "failed");
 * ```
 */
export async function runOnClusters<T, Cluster extends Grouped>(
  clusters: readonly Cluster[],
  work: (cluster: Cluster) => Promise<T>,
  { parallel = 1, keepGoing = false, signal }: RunOnClustersOptions = {},
): Promise<ClusterOutcome<T, Cluster>[]> {
  const outcomes: ClusterOutcome<T, Cluster>[] = [];
  let failed = false;
  const attempt = async (cluster: Cluster): Promise<ClusterOutcome<T, Cluster>> => {
    if ((failed && !keepGoing) || signal?.aborted === true) return { cluster, state: "skipped" };
    try {
      return { cluster, state: "done", result: await work(cluster) };
    } catch (error) {
      failed = true;
      return { cluster, state: "failed", error };
    }
  };
  for (const group of groupsOf(clusters)) {
    const queue = group.entries();
    const inGroup: ClusterOutcome<T, Cluster>[] = [];
    const drain = async () => {
      for (const [index, cluster] of queue) inGroup[index] = await attempt(cluster);
    };
    await Promise.all(Array.from({ length: Math.min(parallel, group.length) }, drain));
    outcomes.push(...inGroup);
  }
  return outcomes;
}

function groupsOf<Cluster extends Grouped>(clusters: readonly Cluster[]): Cluster[][] {
  const names = [...new Set(clusters.map(({ group }) => group))];
  return names.map((name) => clusters.filter(({ group }) => group === name));
}
