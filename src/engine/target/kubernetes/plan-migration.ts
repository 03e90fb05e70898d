import { equalJson, type JsonObject, type JsonValue } from "../../json/index.js";
import { checkObject, defaultAt, formatFault, losesFields, type ObjectFault } from "../../kube-schema/index.js";
import { formatRef, type KubeObject, refOf } from "../../object/index.js";
import { TargetError } from "../errors.js";
import type { Api } from "./api.js";
import {
  apiVersionAt,
  convertsByName,
  interimDefinition,
  resourceOf,
  storageSchema,
  storageVersion,
  storedVersions,
  versionsOf,
} from "./definition.js";
import { objectsAt, textAt, valueAt } from "./fields.js";

/** How many faults a message names. */
const maxTold = 20;

/**
 * What has to be done before a definition may lose versions: objects that are stored in one of them, or whose
 * `managedFields` name one, are written anew at `to`.
 */
export type Migration = Readonly<{
  /** The definition that serves the old versions and the new ones. */
  interim: KubeObject;
  dropped: readonly string[];
  /** The storage versions before and after. */
  from: string;
  to: string;
  /** Whether objects may be stored in a dropped version; otherwise only `managedFields` name one. */
  isStored: boolean;
  /** How many objects will be written. */
  objects: number;
}>;

/**
 * Looks whether a definition can become what is wanted with the custom resources that there are. With `conversion: None`
 * the server takes an object of one version for one of the other, and drops the fields that the other does not know.
 *
 * @param live The definition on the server
 * @returns Undefined where nothing has to be migrated
 * @throws {TargetError} `unmigratable` where resources would be invalid, or lose fields and `dropFields` does not allow it
 */
export async function planMigration(
  api: Api,
  live: KubeObject,
  wanted: KubeObject,
  dropFields: boolean,
  signal?: AbortSignal,
): Promise<Migration | undefined> {
  const kept = versionsOf(wanted);
  const dropped = versionsOf(live).filter((version) => !kept.includes(version));
  const isStored = storedVersions(live).some((version) => dropped.includes(version));
  const [from, to] = [storageSchema(live), storageSchema(wanted)];
  const mayLose = convertsByName(wanted) && from !== undefined && to !== undefined && losesFields(from, to);
  if (dropped.length === 0 && !mayLose) return undefined;

  const resources = await api.list(resourceOf(live, storageVersion(live)), {}, signal);
  const touched = isStored ? resources : resources.filter((object) => namesVersion(object, live, dropped));
  if (convertsByName(wanted) && to !== undefined)
    refuseMisfits([live, wanted], [from, to], resources, new Set(touched), dropFields);
  if (!isStored && touched.length === 0) return undefined;
  return {
    interim: interimDefinition(live, wanted, dropped),
    dropped,
    from: storageVersion(live),
    to: storageVersion(wanted),
    isStored,
    objects: touched.length,
  };
}

/**
 * Refuses what would make resources invalid or lose fields. Their status is left aside: controllers write it anew.
 *
 * @param all Every resource, as it is read at the live definition's storage version
 * @param rewritten Those of them that are written anew, so that they have to be valid
 */
function refuseMisfits(
  [live, wanted]: readonly [KubeObject, KubeObject],
  [before, after]: readonly [JsonObject | undefined, JsonObject],
  all: readonly KubeObject[],
  rewritten: ReadonlySet<KubeObject>,
  dropFields: boolean,
): void {
  const faults = all.flatMap((object) =>
    checkObject(object, after)
      .filter(({ steps, isWarning }) => steps[0] !== "status" && isWarning !== true)
      .map((fault) => ({ object, fault, isLoss: fault.isUnknownField === true }))
      // What the server itself has filled in is not missed.
      .filter(({ fault, isLoss }) => !isLoss || !isDefault(object, before, fault.steps))
      .filter(({ isLoss }) => (isLoss ? !dropFields : rewritten.has(object))),
  );
  if (faults.length === 0) return;
  // The values are those of live objects: they may be secret.
  const lines = faults
    .slice(0, maxTold)
    .map(({ object, fault: { found: _, ...fault } }) => `  ${formatRef(refOf(object))}: ${formatFault(fault)}`);
  if (faults.length > maxTold) lines.push(`  and ${faults.length - maxTold} more`);
  const [from, to] = [live, wanted].map((definition) => apiVersionAt(definition, storageVersion(definition)));
  const change =
    from === to ? `the new definition of ${to}` : `${to}, as which they would be stored instead of ${from}`;
  const hint = faults.every(({ isLoss }) => isLoss) ? ", or let the fields go with --drop-fields" : "";
  throw new TargetError(
    "unmigratable",
    `${formatRef(refOf(wanted))}: custom resources do not fit ${change}; change them first${hint}:\n${lines.join("\n")}`,
  );
}

function isDefault(object: KubeObject, schema: JsonObject | undefined, steps: ObjectFault["steps"]): boolean {
  const preset = schema && defaultAt(schema, steps);
  if (preset === undefined) return false;
  let value: JsonValue | undefined = object;
  for (const step of steps) {
    if (typeof step === "number") value = Array.isArray(value) ? value[step] : undefined;
    else value = valueAt(value, step);
  }
  return value !== undefined && equalJson(preset, value);
}

/** Whether the `managedFields` of a custom resource name one of the versions. */
export function namesVersion(object: KubeObject, definition: KubeObject, versions: readonly string[]): boolean {
  const names = versions.map((version) => apiVersionAt(definition, version));
  return objectsAt(object, "metadata", "managedFields").some((entry) => names.includes(textAt(entry, "apiVersion")));
}
