import { isJsonObject, type JsonObject } from "../json/index.js";
import type { KubeObject } from "../object/index.js";

/** One version that a CustomResourceDefinition serves. Without a schema anything goes. */
export type ServedVersion = Readonly<{
  group: string;
  version: string;
  kind: string;
  namespaced: boolean;
  schema: JsonObject | undefined;
  /** What the server warns of who uses it: undefined unless the version is deprecated, and empty for its own words. */
  deprecation: string | undefined;
}>;

/** What a definition makes a server know; nothing for an object that is no definition. */
export function servedVersions({ kind, spec }: KubeObject): ServedVersion[] {
  if (kind !== "CustomResourceDefinition" || !isJsonObject(spec) || !isJsonObject(spec.names)) return [];
  const { group, versions, names, scope } = spec;
  const { kind: named } = names;
  if (typeof group !== "string" || typeof named !== "string" || !Array.isArray(versions)) return [];
  return versions.filter(isJsonObject).flatMap(({ name, served, schema, ...about }): ServedVersion[] => {
    if (served !== true || typeof name !== "string") return [];
    const open = isJsonObject(schema) && isJsonObject(schema.openAPIV3Schema) ? schema.openAPIV3Schema : undefined;
    const { deprecated, deprecationWarning } = about;
    const deprecation = deprecated === true ? String(deprecationWarning ?? "") : undefined;
    return [{ group, version: name, kind: named, namespaced: scope !== "Cluster", schema: open, deprecation }];
  });
}
