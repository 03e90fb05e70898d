import type { JsonObject } from "../../../src/engine/json/index.js";
import type { Changes } from "../changes.js";

/** Values beside the base, or one of the case's own, and all that they change in what is rendered. */
export type OptionCase = Readonly<{ base?: JsonObject; values: JsonObject; changes: Changes }>;
export type ModuleCases = Readonly<{
  base: JsonObject;
  instance?: Readonly<{ name: string; namespace: string }>;
  cases: readonly OptionCase[];
}>;

/** The text of a pull secret for the user `u` with the password `p`. */
export const pullConfig = (host: string) =>
  `{"auths": {"${host}": {"username": "u","password": "p","auth": "${Buffer.from("u:p").toString("base64")}"}}}`;

/** One change of metadata in each of some objects. */
export const onEach = (objects: readonly string[], path: string, value: string | JsonObject): Changes =>
  Object.fromEntries(objects.map((object) => [`${object}: metadata.${path}`, value]));

/** A label and an annotation for all objects. */
export const metadataCases = (objects: readonly string[]): OptionCase[] => [
  { values: { metadata: { labels: { team: "a" } } }, changes: onEach(objects, "labels.team", "a") },
  { values: { metadata: { annotations: { b: "yes" } } }, changes: onEach(objects, "annotations", { b: "yes" }) },
];
