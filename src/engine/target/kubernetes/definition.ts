import { isJsonObject, type JsonObject, type JsonValue } from "../../json/index.js";
import type { KubeObject } from "../../object/index.js";
import type { Resource } from "./discovery.js";
import { objectsAt, textAt, textsAt, valueAt } from "./fields.js";

/** The names of the versions that a definition has. */
export function versionsOf(definition: KubeObject): string[] {
  return versionEntries(definition).map((version) => textAt(version, "name"));
}

/** The version in which objects are stored from now on. */
export function storageVersion(definition: KubeObject): string {
  return textAt(storageEntry(definition), "name");
}

/** The schema of the storage version; undefined for a definition without. */
export function storageSchema(definition: KubeObject): JsonObject | undefined {
  const schema = valueAt(storageEntry(definition), "schema", "openAPIV3Schema");
  return isJsonObject(schema) ? schema : undefined;
}

/** Whether objects are converted by changing their apiVersion only. */
export function convertsByName(definition: KubeObject): boolean {
  return textAt(definition, "spec", "conversion", "strategy") !== "Webhook";
}

/** The wanted definition, which still serves the versions of the live one that it is about to drop. */
export function interimDefinition(live: KubeObject, wanted: KubeObject, dropped: readonly string[]): KubeObject {
  const kept = versionEntries(live)
    .filter((version) => dropped.includes(textAt(version, "name")))
    .map((version): JsonValue => ({ ...version, storage: false }));
  const spec = isJsonObject(wanted.spec) ? wanted.spec : {};
  return { ...wanted, spec: { ...spec, versions: [...versionEntries(wanted), ...kept] } };
}

/** The answer to an interim definition as that to the wanted one would be. */
export function withoutVersions(definition: KubeObject, dropped: readonly string[]): KubeObject {
  const spec = isJsonObject(definition.spec) ? definition.spec : {};
  const versions = versionEntries(definition).filter((version) => !dropped.includes(textAt(version, "name")));
  return { ...definition, spec: { ...spec, versions } };
}

/** The versions in which the cluster may have objects stored. */
export function storedVersions(definition: KubeObject): string[] {
  return textsAt(definition, "status", "storedVersions");
}

/** The API version of the definition's objects at one of its versions. */
export function apiVersionAt(definition: KubeObject, version: string): string {
  return `${textAt(definition, "spec", "group")}/${version}`;
}

/** Where the objects of a definition are served at one of its versions. */
export function resourceOf(definition: KubeObject, version: string): Resource {
  return {
    group: textAt(definition, "spec", "group"),
    version,
    apiVersion: apiVersionAt(definition, version),
    kind: textAt(definition, "spec", "names", "kind"),
    plural: textAt(definition, "spec", "names", "plural"),
    namespaced: textAt(definition, "spec", "scope") !== "Cluster",
    hasStatus: true,
    isDeletable: true,
  };
}

function versionEntries(definition: KubeObject): JsonObject[] {
  return objectsAt(definition, "spec", "versions");
}

function storageEntry(definition: KubeObject): JsonObject | undefined {
  return versionEntries(definition).find((version) => version.storage === true);
}
