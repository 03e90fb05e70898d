import { homedir } from "node:os";
import {
  type ClusterOutcome,
  type ClusterValues,
  checkContexts,
  clusterLookup,
  loadRuntime,
  type RuntimeCluster,
  type RuntimeFile,
  readClusterValues,
  runOnClusters,
  selectClusters,
} from "../engine/fleet/index.js";
import type { RuntimeLookup } from "../engine/runtime/index.js";
import type { Target } from "../engine/target/index.js";
import { clusterTerminal } from "./cluster-terminal.js";
import { type Context, type ExitCode, exitCode } from "./context.js";
import { type KubeArgs, openCluster, type TargetArgs } from "./open-target.js";
import { readSources, runtimeLookup, sourceOptions, type VariableArgs } from "./read-sources.js";
import { reportError } from "./report-error.js";
import { tellFailure } from "./show-events.js";
import { UsageError } from "./usage-error.js";

/** The options that say which clusters a command is for: see `runtimeOptions`. */
export type FleetArgs = VariableArgs &
  KubeArgs &
  Readonly<{
    runtime?: string[] | undefined;
    runtimeCluster?: string | undefined;
    runtimeGroup?: string | undefined;
    parallel?: number;
    target?: string;
    file?: string[] | undefined;
    output?: "table" | "json";
  }>;

/** One cluster that a command is at. */
export interface ClusterRun {
  /** Its terminal says which cluster a line is about, where the runtime file names clusters. */
  readonly context: Context;
  /** Absent where the command is for the one cluster (or folder) that the options name. */
  readonly cluster: RuntimeCluster | undefined;
  readonly target: TargetArgs;
  /**
   * The runtime variables: the cluster's name, what the runtime file reads from it, then the environment and `.env` files.
   *
   * @param open The cluster, where the command has opened it
   */
  lookup(open?: Target): Promise<RuntimeLookup>;
  /** Those of them for which no cluster has to be asked. */
  givenVariables(): Promise<RuntimeLookup>;
  /** What the runtime file reads from the cluster. */
  values(open?: Target): Promise<ClusterValues>;
}

/** The clusters of a command. `clusters` is empty where it is for the one that the options name. */
export interface Fleet {
  readonly clusters: readonly RuntimeCluster[];
  /**
   * Does the work of the command on every cluster, see {@link runOnClusters}. What fails on one is told with its name.
   *
   * @returns The worst of the exit codes
   * @throws What the work throws, where the runtime file names no clusters
   */
  run(work: (run: ClusterRun) => Promise<ExitCode>, options?: Readonly<{ keepGoing?: boolean }>): Promise<ExitCode>;
}

/**
 * Reads the runtime file, and checks that the contexts of all clusters are there.
 *
 * @throws {UsageError} For options that need a runtime file, or name a cluster beside it
 */
export async function openFleet(args: FleetArgs, given: Context): Promise<Fleet> {
  // A bundle from standard input is read for every cluster.
  let input: Promise<Uint8Array> | undefined;
  const context: Context = { ...given, readStdin: () => (input ??= given.readStdin()) };
  const runtime = await loadRuntimeFile(args, context);
  const clusters = runtime === undefined ? [] : selectClusters(runtime, selectionOf(args));
  if (clusters.length > 0) await checkKubeconfig(args, clusters, runtime, context);
  return {
    clusters,
    async run(work, { keepGoing = false } = {}) {
      if (clusters.length === 0) return work(openRun(args, context, runtime, undefined));
      const outcomes = await runOnClusters(
        clusters,
        async (cluster) => {
          const terminal = clusterTerminal(context.terminal, cluster);
          const run = openRun(args, { ...context, terminal }, runtime, cluster);
          try {
            return await work(run);
          } catch (error) {
            tellFailure(terminal, args.output ?? "table", error);
            if (!context.signal.aborted) reportError(error, run.context);
            throw error;
          }
        },
        { keepGoing, signal: context.signal, ...(args.parallel !== undefined && { parallel: args.parallel }) },
      );
      return conclude(outcomes, args, context);
    },
  };
}

async function loadRuntimeFile(args: FleetArgs, context: Context): Promise<RuntimeFile | undefined> {
  if (args.runtime === undefined) {
    const flag = args.runtimeCluster !== undefined ? "--runtime-cluster" : "--runtime-group";
    if ((args.runtimeCluster ?? args.runtimeGroup) === undefined) return undefined;
    throw new UsageError(`${flag} selects clusters of a runtime file: name it with --runtime FILE`);
  }
  if (args.runtime.includes("-") && args.file?.includes("-") === true)
    throw new UsageError("standard input (-) can be read once");
  return loadRuntime(await readSources(args.runtime, context), sourceOptions(args, context));
}

function selectionOf({ runtimeCluster, runtimeGroup }: FleetArgs) {
  return { cluster: runtimeCluster, group: runtimeGroup };
}

/** Finds contexts that are not there before anything is done with the first cluster. */
async function checkKubeconfig(
  args: FleetArgs,
  clusters: readonly RuntimeCluster[],
  runtime: RuntimeFile | undefined,
  { env }: Context,
): Promise<void> {
  // What renders only, or writes folders, asks no cluster unless it reads values.
  if (args.target !== "kubernetes" && runtime?.queries.length === 0) return;
  const fixed = (["kubeContext", "kubeCluster", "kubeApiserver"] as const).find((key) => args[key] !== undefined);
  if (fixed !== undefined) {
    const flag = `--${fixed.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    throw new UsageError(
      `${flag} would send everything to one cluster, but the runtime file names clusters; select one of them with --runtime-cluster`,
    );
  }
  const { kubeContexts } = await import("../engine/target/kubernetes/index.js");
  const contexts = await kubeContexts({ env, home: env.HOME ?? homedir(), explicitPath: args.kubeconfig });
  checkContexts(clusters, contexts);
}

function openRun(
  args: FleetArgs,
  context: Context,
  runtime: RuntimeFile | undefined,
  cluster: RuntimeCluster | undefined,
): ClusterRun {
  const target = targetOf(args, cluster);
  const lookupIn = async (values: ClusterValues): Promise<RuntimeLookup> => {
    const lookup = clusterLookup(cluster, values, await runtimeLookup(args, context));
    return (name, type) => {
      const found = lookup(name, type);
      if (typeof found === "string" && type === "string") context.terminal.redactor.add(found);
      return found;
    };
  };
  const values = (open?: Target) => readValues(runtime, target, open, context);
  return {
    context,
    cluster,
    target,
    values,
    lookup: async (open) => lookupIn(await values(open)),
    givenVariables: () => lookupIn(new Map()),
  };
}

/** Where a cluster is: at its context; in a folder, below its name. */
function targetOf(args: FleetArgs, cluster: RuntimeCluster | undefined): TargetArgs {
  const { target = "kubernetes" } = args;
  if (cluster === undefined) return { ...args, target };
  // A folder without a name is refused when it is opened.
  const isFolder = /^dir:./.test(target);
  return { ...args, target: isFolder ? `${target}/${cluster.name}` : target, kubeContext: cluster.context };
}

async function readValues(
  runtime: RuntimeFile | undefined,
  args: TargetArgs,
  open: Target | undefined,
  context: Context,
): Promise<ClusterValues> {
  const queries = runtime?.queries ?? [];
  if (queries.length === 0) return new Map();
  if (open?.kind === "kubernetes") return readClusterValues(queries, open, context.signal);
  const reader = await openCluster(args, context);
  try {
    return await readClusterValues(queries, reader, context.signal);
  } finally {
    await reader.close();
  }
}

/** Tells what became of the clusters, where that is not what was wanted. */
function conclude(
  outcomes: readonly ClusterOutcome<ExitCode>[],
  args: FleetArgs,
  { terminal, signal }: Context,
): ExitCode {
  const [first] = outcomes.flatMap((each) => (each.state === "failed" ? each : []));
  if (signal.aborted && outcomes.some(({ state }) => state !== "done")) throw first?.error ?? signal.reason;
  const named = (state: ClusterOutcome<ExitCode>["state"]) =>
    outcomes.filter((each) => each.state === state).map(({ cluster }) => cluster);
  if (first !== undefined) {
    const skipped = named("skipped");
    if (args.output === "json")
      for (const cluster of skipped) clusterTerminal(terminal, cluster).json({ type: "skipped" });
    const parts = [
      [named("failed"), "failed"],
      [named("done"), "done"],
      [skipped, "not begun"],
    ] as const;
    const text = parts
      .filter(([clusters]) => clusters.length > 0)
      .map(([clusters, what]) => `${what}: ${clusters.map(({ name }) => name).join(", ")}`);
    terminal.err(`${terminal.colors.red("error:")} not all clusters are done (${text.join("; ")})\n`);
    return exitCode.failed;
  }
  const codes = outcomes.flatMap((each) => (each.state === "done" ? each.result : []));
  return (
    codes.find((code) => code === exitCode.failed) ?? codes.find((code) => code !== exitCode.done) ?? exitCode.done
  );
}
