import { isJsonObject, type JsonValue } from "../json/index.js";
import type { KubeObject } from "../object/index.js";
import { formats } from "../schema/index.js";

/** Whether a value is a Kubernetes object with a name that an API server can take. */
export function isValidObject(value: JsonValue): value is KubeObject {
  return objectFault(value) === "";
}

/** Why a value is no Kubernetes object; empty for one that is. Names are not shown: a template may make them of any value. */
export function objectFault(value: JsonValue): string {
  if (!isJsonObject(value)) return "a document must be an object with apiVersion, kind and metadata.name";
  const { apiVersion, kind, metadata } = value;
  if (typeof apiVersion !== "string" || !/^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?v[a-z0-9]+$/.test(apiVersion))
    return "apiVersion is missing or wrong; write v1 or GROUP/VERSION such as apps/v1";
  if (typeof kind !== "string" || !/^[A-Z][A-Za-z0-9]*$/.test(kind))
    return "kind is missing or wrong; write for example Deployment";
  if (kind.endsWith("List") && Array.isArray(value.items))
    return `${kind}: write its items as documents of their own, with --- between them`;
  if (!isJsonObject(metadata)) return `${kind}: metadata is missing or no map`;
  if (typeof metadata.name !== "string" || metadata.name === "")
    return `${kind}: metadata.name is missing or no string`;
  const isRbac = apiVersion.startsWith("rbac.authorization.k8s.io/");
  if (isRbac ? !isPathSegment(metadata.name) : !formats["dns-subdomain"]?.test(metadata.name))
    return `${kind}: metadata.name is not a valid name; ${isRbac ? nameRule.rbac : nameRule.other}`;
  const { namespace } = metadata;
  if (namespace !== undefined && (typeof namespace !== "string" || !formats["dns-label"]?.test(namespace)))
    return `${kind}: metadata.namespace is not a valid name; it must be lower-case letters, digits and "-", at most 63`;
  for (const field of ["labels", "annotations"] as const) {
    const map = metadata[field];
    if (map === undefined || map === null) continue;
    if (!isJsonObject(map)) return `${kind}: metadata.${field} must be a map`;
    const wrong = Object.keys(map).find((key) => typeof map[key] !== "string");
    if (wrong !== undefined) return `${kind}: metadata.${field}.${wrong} must be a string; write it in quotes: "{{…}}"`;
  }
  return "";
}

const nameRule = {
  rbac: 'it must have at most 253 characters and no "/" or "%"',
  other: 'it must be lower-case letters, digits, "-" and ".", at most 253',
};

/** Names of RBAC objects are path segments (`system:node`), https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
function isPathSegment(name: string): boolean {
  return name.length <= 253 && name !== "." && name !== ".." && !/[/%]/.test(name);
}
