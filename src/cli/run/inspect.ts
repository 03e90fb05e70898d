import { readInstance, recordedValues } from "../../engine/apply/index.js";
import type { InstanceRecord } from "../../engine/inventory/index.js";
import type { JsonObject, JsonValue } from "../../engine/json/index.js";
import { apiVersionOf } from "../../engine/object/index.js";
import { stringifyYaml } from "../../engine/yaml/index.js";
import type { InstanceArgs } from "../build-user-instance.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openTarget, type TargetArgs } from "../open-target.js";
import { formatTable } from "../show-table.js";

type Args = InstanceArgs & TargetArgs & { showSecrets?: boolean };

/** `sheaf inspect module`: the module that an instance was made from. */
export function inspectModule(context: Context, args: Args & { output: "yaml" | "json" }): Promise<ExitCode> {
  return inspect(context, args, ({ instance: { module } }) => {
    const { name, repository, version, digest, annotations } = module;
    return { name, repository, version, digest, ...(annotations !== undefined && { annotations: { ...annotations } }) };
  });
}

/** `sheaf inspect values`: the values that an instance was made with, in the form that `sheaf apply -f` reads. */
export function inspectValues(context: Context, args: Args & { output: "yaml" | "json" }): Promise<ExitCode> {
  return inspect(context, args, (record) => ({
    values: recordedValues(record, args.showSecrets === true ? undefined : "***"),
  }));
}

/** `sheaf inspect resources`: the objects that an instance owns. */
export async function inspectResources(context: Context, args: Args & { output: "table" | "json" }): Promise<ExitCode> {
  const { inventory } = (await read(context, args)).instance;
  const rows = inventory.map((ref) => [ref.kind, ref.name, ref.namespace || "-", apiVersionOf(ref)]);
  if (args.output === "json") context.terminal.json(inventory, 2);
  else context.terminal.say(formatTable(["KIND", "NAME", "NAMESPACE", "API VERSION"], rows));
  return exitCode.done;
}

async function inspect(
  context: Context,
  args: Args & { output: "yaml" | "json" },
  part: (record: InstanceRecord) => JsonObject,
): Promise<ExitCode> {
  const value: JsonValue = part(await read(context, args));
  context.terminal.out(args.output === "json" ? `${JSON.stringify(value, null, 2)}\n` : stringifyYaml(value));
  return exitCode.done;
}

async function read(context: Context, args: Args): Promise<InstanceRecord> {
  const { target, namespace } = await openTarget(args, context);
  try {
    return await readInstance({ name: args.name, namespace }, target, context.signal);
  } finally {
    await target.close();
  }
}
