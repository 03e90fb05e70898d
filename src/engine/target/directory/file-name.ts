import { formatRef, type ObjectRef } from "../../object/index.js";
import { TargetError } from "../errors.js";

/** What the names of files start with that are no objects. They end so that no tool takes them for manifests. */
export const ownPrefix = ".sheaf-";
export const recordFile = `${ownPrefix}record`;
export const lockFile = `${ownPrefix}lock`;
export const tempPrefix = `${ownPrefix}tmp-`;

/** What file systems take as the name of one entry, in bytes. */
const maxNameBytes = 255;

/**
 * The name of an object's file, as `kustomize build -o` gives it: `<group>_<version>_<kind>_<name>.yaml` in lower case,
 * without an empty group. kustomize puts the namespace in front as soon as objects of several namespaces are there; here
 * it stands in front wherever it is another than the instance's, so that a name never depends on other objects.
 *
 * @throws {TargetError} Where the name cannot be one of a file
 * @example
 * ```ts
 * objectFileName({ group: "apps", version: "v1", kind: "Deployment", namespace: "flux-system", name: "flux" }, "flux-system");
 * // "apps_v1_deployment_flux.yaml"
 * ```
 */
export function objectFileName(ref: ObjectRef, home: string): string {
  const name = `${fileNamePrefix(ref, home)}${ref.version}${fileNameSuffix(ref)}`.toLowerCase();
  assertFileName(name, formatRef(ref));
  return name;
}

/** Whether a file in a folder of namespace `home` has the name of an object, at any API version. */
export function isFileNameOf(name: string, ref: ObjectRef, home: string): boolean {
  const prefix = fileNamePrefix(ref, home).toLowerCase();
  const suffix = fileNameSuffix(ref).toLowerCase();
  if (!name.startsWith(prefix) || !name.endsWith(suffix) || name.length <= prefix.length + suffix.length) return false;
  return /^[a-z0-9]+$/.test(name.slice(prefix.length, -suffix.length));
}

/** Refuses a name that would lead to another folder, be hidden, or be none at all. */
export function assertFileName(name: string, subject: string): void {
  const isSafe = /^[^./\\\0][^/\\\0]*$/.test(name) && Buffer.byteLength(name) <= maxNameBytes;
  if (isSafe) return;
  const text = `${subject} has a name that cannot be one of a file: ${JSON.stringify(name.slice(0, 80))}`;
  throw new TargetError("invalid-object", text);
}

function fileNamePrefix({ namespace, group }: ObjectRef, home: string): string {
  const parts = [namespace === home ? "" : namespace, group];
  return parts.map((part) => (part === "" ? "" : `${part}_`)).join("");
}

function fileNameSuffix({ kind, name }: ObjectRef): string {
  return `_${kind}_${name}.yaml`;
}
