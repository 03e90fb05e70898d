import { isJsonObject, type JsonObject, type JsonValue } from "../json/index.js";
import { formatRef, isKubeObject, type KubeObject, refOf } from "../object/index.js";
import { PatchError } from "./errors.js";
import { applyJsonPatch, PatchBudget } from "./json-patch.js";
import { type PatchTarget, targetMatcher } from "./selector.js";
import { applyStrategicMerge } from "./strategic-merge.js";

/** A change to objects: a strategic merge patch (an object) or a JSON patch (a list), for those that the target selects. */
export type ObjectPatch = Readonly<{
  patch: JsonObject | readonly JsonValue[];
  /** Absent, a strategic merge patch is for the one object of its own kind, name and, if it has one, namespace. */
  target?: PatchTarget;
}>;

/**
 * Applies patches one after the other. The objects stay as they are; those that a patch does not select are the same.
 *
 * @returns What the objects have become, which may no longer be valid objects; deleted ones are left out
 * @throws {PatchError} Which patch (counted from 0) does not fit, and why; also one that selects nothing
 */
export function patchObjects(objects: readonly KubeObject[], patches: readonly ObjectPatch[]): JsonValue[] {
  const budget = new PatchBudget();
  let patched: JsonValue[] = [...objects];
  for (const [index, each] of patches.entries()) patched = applyPatch(patched, each, `patch ${index}`, budget);
  return patched;
}

function applyPatch(
  objects: readonly JsonValue[],
  { patch, target }: ObjectPatch,
  label: string,
  budget: PatchBudget,
): JsonValue[] {
  try {
    const change = isJsonObject(patch) ? withoutIdentity(patch) : undefined;
    const selects = targetMatcher(target ?? ownTarget(patch));
    let count = 0;
    const patched = objects.flatMap((object): JsonValue[] => {
      if (!isKubeObject(object) || !selects(object)) return [object];
      count++;
      const made = change === undefined ? applyTo(object, patch, budget) : applyStrategicMerge(object, change);
      return made === undefined ? [] : [made];
    });
    if (count > 0) return patched;
    const known = objects.filter(isKubeObject).filter(({ kind }) => kind !== "CustomResourceDefinition");
    const names = known.slice(0, 8).map((object) => formatRef(refOf(object)));
    throw new PatchError(
      "no-target",
      `selects no object; there are ${names.join(", ")}${known.length > 8 ? ", …" : ""}`,
    );
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    throw new PatchError(error.code, `${label}: ${error.message}`);
  }
}

function applyTo(object: KubeObject, patch: ObjectPatch["patch"], budget: PatchBudget): JsonValue {
  try {
    return applyJsonPatch(object, isJsonObject(patch) ? [] : patch, budget);
  } catch (error) {
    if (!(error instanceof PatchError) || error.code !== "patch-failed") throw error;
    throw new PatchError(error.code, `${error.message}, in ${formatRef(refOf(object))}`);
  }
}

/** A patch selects by these; it does not change them. */
function withoutIdentity(patch: JsonObject): JsonObject {
  const { apiVersion: _, kind: __, ...rest } = patch;
  if (!isJsonObject(rest.metadata)) return rest;
  const { name: ___, namespace: ____, ...metadata } = rest.metadata;
  return { ...rest, metadata };
}

function ownTarget(patch: ObjectPatch["patch"]): PatchTarget {
  const { apiVersion, kind, metadata } = isJsonObject(patch) ? patch : {};
  const { name, namespace } = isJsonObject(metadata) ? metadata : {};
  if (typeof kind !== "string" || typeof name !== "string")
    throw new PatchError(
      "bad-patch",
      "needs a target, or, as a strategic merge patch, kind and metadata.name of the object",
    );
  const [version = "", group = ""] = typeof apiVersion === "string" ? apiVersion.split("/").reverse() : [];
  const exact = { kind, name, version, group, ...(typeof namespace === "string" && { namespace }) };
  return Object.fromEntries(
    Object.entries(exact).map(([field, text]) => [field, text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")]),
  );
}
