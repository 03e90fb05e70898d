import type { ObjectChecker } from "./object-checker.js";

export { checkObject } from "./check-object.js";
export { defaultAt } from "./default-at.js";
export { formatFault, type ObjectFault, type Path } from "./fault.js";
export { losesFields } from "./loses-fields.js";
export type { ObjectChecker } from "./object-checker.js";
export { type ServedVersion, servedVersions } from "./served-versions.js";

/** The version of Kubernetes that is rendered for and checked against where no cluster says its own. */
export const defaultKubeVersion = "1.35.0";

/**
 * Prepares to check objects offline, as a server of a Kubernetes version with `fieldValidation=Strict` would: fields that
 * are unknown, missing or of a wrong type, values that cannot be, and APIs that are deprecated or removed. Loads the schemas
 * of Kubernetes.
 *
 * @param kubeVersion `1.35.2`, with or without `v` and patch number. A version between those that are known has the API of
 *   the older one; one before them all, of the first
 * @example
 * ```ts
 * const checker = await createObjectChecker("1.35.0");
 * checker.check({ apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, spec: {} });
 * // [{ path: "spec.containers", message: "required value is missing", … }]
 * ```
 */
export async function createObjectChecker(kubeVersion: string): Promise<ObjectChecker> {
  const { ObjectChecker: Checker } = await import("./object-checker.js");
  return new Checker(kubeVersion);
}
