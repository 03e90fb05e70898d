import { suggest, throwFaults } from "../diagnostics/index.js";
import { FleetError } from "./errors.js";
import type { RuntimeCluster, RuntimeFile } from "./runtime-file.js";

/** Which clusters are meant: by name and by group, in any case; `*` (or nothing) means all. */
export type ClusterSelection = Readonly<{ cluster?: string | undefined; group?: string | undefined }>;

/**
 * The clusters of a runtime file that are meant, in its order.
 *
 * @throws {FleetError} Where there is no such cluster or group, or no cluster is both
 * @example
 * ```ts
 * selectClusters(await loadRuntime(inputs), { group: "staging" });
 * ```
 */
export function selectClusters({ name, clusters }: RuntimeFile, selection: ClusterSelection): RuntimeCluster[] {
  const { cluster = "*", group = "*" } = selection;
  throwFaults([
    ...unknown(name, "cluster", cluster, [...new Set(clusters.map((each) => each.name))]),
    ...unknown(name, "group", group, [...new Set(clusters.map((each) => each.group))]),
  ]);
  const selected = clusters.filter((each) => matches(cluster, each.name) && matches(group, each.group));
  if (selected.length > 0 || clusters.length === 0) return selected;
  throw new FleetError("no-cluster", `the cluster ${cluster} of runtime "${name}" is not in the group ${group}`);
}

/**
 * Checks that the contexts of clusters are there, all of them before anything is done with one.
 *
 * @param contexts Those of the kubeconfig, and how to call it
 * @throws {FleetError} One fault per cluster, at its place in the runtime file
 */
export function checkContexts(
  clusters: readonly RuntimeCluster[],
  { names, kubeconfig }: Readonly<{ names: readonly string[]; kubeconfig: string }>,
): void {
  throwFaults(
    clusters
      .filter(({ context }) => !names.includes(context))
      .map(({ name, context, contextPos }) => {
        const text = `cluster "${name}": ${kubeconfig} has no context "${context}"; ${choice(context, names)}`;
        return new FleetError("unknown-context", text, contextPos);
      }),
  );
}

function matches(wanted: string, name: string): boolean {
  return wanted === "*" || wanted.toLowerCase() === name.toLowerCase();
}

function unknown(runtime: string, what: "cluster" | "group", wanted: string, known: readonly string[]): FleetError[] {
  if (wanted === "*" || known.some((name) => matches(wanted, name))) return [];
  const text = `runtime "${runtime}" has no ${what} "${wanted}"; ${choice(wanted, known)}`;
  return [new FleetError(`unknown-${what}`, text)];
}

function choice(wanted: string, known: readonly string[]): string {
  const near = suggest(wanted, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  return known.length === 0 ? "it has none" : `it has: ${known.join(", ")}`;
}
