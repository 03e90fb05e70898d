import type { JsonObject } from "../../engine/json/index.js";
import { stringifyYaml } from "../../engine/yaml/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openFleet } from "../fleet.js";
import { type KubeArgs, openCluster } from "../open-target.js";

type Args = KubeArgs & {
  file: string[];
  cluster?: string | undefined;
  clusterGroup?: string | undefined;
  parallel: number;
  showSecrets: boolean;
  output: "yaml" | "json";
};

/** `sheaf runtime build`: prints the values that a runtime file reads, of every cluster. */
export async function runtimeBuild(context: Context, args: Args): Promise<ExitCode> {
  const { file, cluster, clusterGroup, showSecrets, output, ...rest } = args;
  const fleet = await openFleet(
    {
      ...rest,
      runtime: file,
      runtimeCluster: cluster,
      runtimeGroup: clusterGroup,
      runtimeFromEnv: false,
      target: "kubernetes",
    },
    context,
  );
  const found = new Map<string, JsonObject>();
  const code = await fleet.run(
    async (run) => {
      const target = await openCluster(run.target, run.context);
      try {
        await target.check(context.signal);
        const values = [...(await run.values(target))].sort(([a], [b]) => (a < b ? -1 : 1));
        const { name, group } = run.cluster ?? { name: "", group: "" };
        found.set(name, {
          ...(run.cluster !== undefined && { TIMONI_CLUSTER_NAME: name, TIMONI_CLUSTER_GROUP: group }),
          ...Object.fromEntries(values.map(([variable, value]) => [variable, showSecrets ? value : "***"])),
        });
        return exitCode.done;
      } finally {
        await target.close();
      }
    },
    { keepGoing: true },
  );
  const names = fleet.clusters.map(({ name }) => name);
  const inOrder = names.flatMap((name): [string, JsonObject][] => {
    const values = found.get(name);
    return values === undefined ? [] : [[name, values]];
  });
  const value = names.length === 0 ? (found.get("") ?? {}) : Object.fromEntries(inOrder);
  // What was asked for with --show-secrets is data: nothing of it is hidden.
  context.terminal.out(output === "json" ? `${JSON.stringify(value, null, 2)}\n` : stringifyYaml(value));
  return code;
}
