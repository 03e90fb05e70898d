import { protocol } from "../../inventory/index.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json/index.js";
import { TargetError, type TargetErrorCode } from "../errors.js";
import { objectsAt, textAt } from "./fields.js";

/** What was being done, for a message: `Deployment/apps/web`, `records of bundle "x"`. `secret` bars the server's words. */
export type Subject = Readonly<{ name: string; secret: boolean }>;

/**
 * The error for an answer of the API with a status of 400 or more.
 *
 * The server's own message names verb, resource, namespace and user (403) or the faulty fields (422), so it is passed on.
 * It may quote values, though: of a Secret only the fields and the kind of fault are told, and of any object not what it prints
 * of whole parts, which may be those that are there.
 */
export function apiError(status: number, body: string, subject: Subject): TargetError {
  const answer = parseStatus(body);
  const reason = textAt(answer, "reason");
  const said = subject.secret ? "" : withoutDumps(textAt(answer, "message")) || trimmedText(answer, body);
  const causes = objectsAt(answer, "details", "causes");
  const make = (code: TargetErrorCode, text: string) => new TargetError(code, `${subject.name}: ${text}`, { status });

  if (causes.some((cause) => textAt(cause, "reason") === "NamespaceTerminating"))
    return make("namespace-terminating", "its namespace is being deleted; try again when it is gone");
  switch (status) {
    case 401:
      return make(
        "unauthorized",
        "the API server does not accept the credentials of the kubeconfig (401 Unauthorized)",
      );
    case 403:
      return make(
        "forbidden",
        isUncountedQuota({ status, body })
          ? "the cluster has not counted yet what its new quota limits; try again in some minutes"
          : `not allowed: ${forbidden(answer, said)}`,
      );
    case 404:
      return make("api-error", said || "not found");
    case 409:
      return make("api-error", said || `conflict (${reason})`);
    case 413:
      return make("invalid-object", said || "the object is too large for the API server");
    case 500:
      if (isSchemaFault(body)) return make("invalid-object", schemaFault(textAt(answer, "message"), subject));
      return make("api-error", said || "the API server answered 500");
    case 400:
    case 422: {
      const immutable = causes.filter(isImmutableCause);
      if (immutable.length > 0 || isImmutableText(textAt(answer, "message"))) {
        const fields = fieldList(immutable.length > 0 ? immutable : causes);
        return make(
          "immutable-field",
          `${fields === "" ? "a field" : fields} cannot be changed in place; ` +
            `to delete and create it anew use --force or the annotation ${force.key}: ${force.value}${said === "" ? "" : ` (${firstLine(said)})`}`,
        );
      }
      return make("invalid-object", invalid(answer, causes, said, subject));
    }
    default:
      return make("api-error", said || `the API server answered ${status}${reason === "" ? "" : ` ${reason}`}`);
  }
}

function parseStatus(body: string): JsonObject {
  try {
    const value: unknown = JSON.parse(body);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** A short answer in plain text, such as a proxy gives; nothing for a page of HTML. */
function trimmedText(answer: JsonObject, body: string): string {
  if (Object.keys(answer).length > 0 || body.trimStart().startsWith("<")) return "";
  return body.trim().slice(0, 200);
}

/** `spec.template: Invalid value: {"labels":…}: field is immutable` without the pages that nobody reads. */
function withoutDumps(message: string): string {
  return message.replace(/(Invalid value: )[&*\w.]*[{[].*[}\]](?=: )/gs, "$1…");
}

/** A Pod's is followed by a comparison of what is there with what is wanted. */
function firstLine(message: string): string {
  return message.split("\n", 1)[0] ?? "";
}

/** `secrets is forbidden: User "jane" cannot list resource "secrets" …` without what repeats itself. */
function forbidden(answer: JsonObject, said: string): string {
  const words = /User "[^"]*" cannot .*/s.exec(textAt(answer, "message"))?.[0];
  return words ?? (said || "403 Forbidden");
}

function invalid(answer: JsonObject, causes: readonly JsonObject[], said: string, subject: Subject): string {
  if (!subject.secret) return `not valid: ${said}`;
  const fields = fieldList(causes) || strictFields(textAt(answer, "message"));
  return `not valid${fields === "" ? "" : `: ${fields}`} (the server's words are withheld, since they may quote secret values)`;
}

const { force } = protocol.control;
const schemaFaults =
  /^failed to (create typed patch|convert new) object \([^)]*\)(?: to proper version)?: (?:errors:)?/;

/**
 * Tells that a server-side apply failed since the object has a field that its kind does not have, or one of another type.
 * The server answers 500 to it, but asking again does not help.
 */
export function isSchemaFault(body: string): boolean {
  return schemaFaults.test(textAt(parseStatus(body), "message"));
}

/** `failed to create typed patch object (…): .spec.replicaz: field not declared in schema`, in fewer words. */
function schemaFault(message: string, subject: Subject): string {
  const faults = message
    .replace(schemaFaults, "")
    .split("\n")
    .map((line) => line.trim().replace(/^\./, ""))
    .filter((line) => line !== "")
    .map((line) => {
      const [, path = "", detail = ""] = /^([^\s:]+): (.*)$/.exec(line) ?? [];
      if (detail === "field not declared in schema") return `unknown field ${path}`;
      // `replicas: expected numeric (int or float), got string` may go on with the value.
      if (!subject.secret) return line.replace(/, got &value\.valueUnstructured\{.*\}$/, "");
      return /^expected/.test(detail) ? `${path} is of a wrong type` : "a value cannot be decoded";
    });
  return `not valid: ${faults.join("; ")}`;
}

/** `strict decoding error: unknown field "spec.x"`: the names are not values, so they may be told. */
function strictFields(message: string): string {
  const names = [...message.matchAll(/(unknown|duplicate) field "([\w.[\]-]+)"/g)];
  return names.map(([, kind, name]) => `${kind} field "${name}"`).join(", ");
}

/** Tells that a definition was refused since it drops a version in which objects may be stored. */
export function dropsStoredVersion(body: string): boolean {
  const causes = objectsAt(parseStatus(body), "details", "causes");
  return causes.some((cause) => textAt(cause, "field").startsWith("status.storedVersions"));
}

function fieldList(causes: readonly JsonObject[]): string {
  const fields = causes.map((cause) => textAt(cause, "field")).filter((field) => field !== "" && field !== "<nil>");
  return [...new Set(fields)].join(", ");
}

function isImmutableCause(cause: JsonObject): boolean {
  return isImmutableText(textAt(cause, "message"));
}

/** How API servers say that a field is fixed once the object exists; each kind has words of its own. */
const immutableTexts = [
  /\bimmutable\b/i, // most kinds, and the CEL rules of custom resources
  /may not (be changed|change) once set/, // Service clusterIP
  /cannot change roleRef/, // RoleBinding, ClusterRoleBinding
  /updates to \w+ spec for fields other than/, // StatefulSet
  /pod updates may not change fields other than/,
  /updates to \w+ are forbidden/, // StorageClass
  /may not be changed in an update/, // PriorityClass
  /spec is immutable after creation/, // PersistentVolumeClaim
];

function isImmutableText(message: string): boolean {
  return immutableTexts.some((pattern) => pattern.test(message));
}

/** Tells that a quota refused an object only since nothing has been counted for it yet. */
export function isUncountedQuota({ status, body }: Readonly<{ status: number; body: string }>): boolean {
  return status === 403 && textAt(parseStatus(body), "message").includes("status unknown for quota");
}

/** Tells that an answer to a create says that the namespace is not there. */
export function isNamespaceMissing(status: number, body: string): boolean {
  return status === 404 && /^namespaces "[^"]*" not found$/.test(textAt(parseStatus(body), "message"));
}

/** The JSON of an answer. */
export function parseBody(body: string, subject: Subject): JsonValue {
  try {
    const value: JsonValue = JSON.parse(body);
    return value;
  } catch {
    throw new TargetError(
      "api-error",
      `${subject.name}: the API server's answer is not JSON; is this a Kubernetes API?`,
    );
  }
}
