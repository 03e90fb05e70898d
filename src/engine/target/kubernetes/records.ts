import { isDeepStrictEqual } from "node:util";
import { protocol, recordSelector } from "../../inventory/index.js";
import { formatRef, type KubeObject, type ObjectRef, refOf } from "../../object/index.js";
import { TargetError } from "../errors.js";
import type { RecordQuery } from "../target.js";
import { type Api, subjectOf } from "./api.js";
import { apiError, isNamespaceMissing } from "./api-errors.js";
import type { Resource } from "./discovery.js";
import { textAt } from "./fields.js";

const secrets: Resource = {
  group: "",
  version: "v1",
  apiVersion: "v1",
  kind: "Secret",
  plural: "secrets",
  namespaced: true,
  hasStatus: false,
  isDeletable: true,
};

/** Lists the instance records: Secrets found by label. See `Target.listRecords`. */
export async function listRecords(
  api: Api,
  query: RecordQuery,
  ownNamespace: string,
  signal?: AbortSignal,
): Promise<KubeObject[]> {
  const selector = Object.entries(recordSelector(query.bundle)).map((pair) => pair.join("="));
  const list = (namespace: string) => api.list(secrets, { namespace, labelSelector: selector.join(",") }, signal);
  const found = await list("").catch((error: unknown) => {
    if (!isForbidden(error)) throw error;
    if (query.onPartial !== undefined)
      return listWhereAllowed(list, [...(query.namespaces ?? []), ownNamespace], query.onPartial, error);
    throw new TargetError("forbidden", `${error.message}; instances in other namespaces would be missed`, {
      status: 403,
      cause: error,
    });
  });
  return found.filter((secret) => textAt(secret, "type") === protocol.recordType);
}

async function listWhereAllowed(
  list: (namespace: string) => Promise<KubeObject[]>,
  namespaces: readonly string[],
  onPartial: (namespaces: readonly string[]) => void,
  refusal: TargetError,
): Promise<KubeObject[]> {
  const wanted = [...new Set(namespaces)];
  const lists = await Promise.all(
    wanted.map((namespace) =>
      list(namespace).catch((error: unknown) => {
        if (isForbidden(error)) return undefined;
        throw error;
      }),
    ),
  );
  const allowed = wanted.filter((_, index) => lists[index] !== undefined);
  // Allowed nowhere: what was asked first is the refusal that helps.
  if (allowed.length === 0) throw refusal;
  onPartial(allowed);
  return lists.flatMap((list) => list ?? []);
}

function isForbidden(error: unknown): error is TargetError {
  return error instanceof TargetError && error.code === "forbidden";
}

/** One record, or undefined. */
export function readRecord(
  api: Api,
  namespace: string,
  name: string,
  signal?: AbortSignal,
): Promise<KubeObject | undefined> {
  return api.getFrom(secrets, recordRef(namespace, name), signal);
}

/** Creates a record, or replaces it at its resourceVersion. See `Target.writeRecord`. */
export async function writeRecord(api: Api, record: KubeObject, signal?: AbortSignal): Promise<KubeObject> {
  const ref = refOf(record);
  const isNew = isUnstored(record);
  const response = await api.write(secrets, record, isNew ? "POST" : "PUT", false, signal);
  if (response.status < 400) return api.parse(response, ref);
  if (!isConflict(response.status, isNew)) throw apiError(response.status, response.body, subjectOf(ref));
  if (response.attempts > 1) {
    // An earlier attempt may have been heard although its answer was lost: then the record is what we wrote.
    const stored = await readRecord(api, ref.namespace, ref.name, signal);
    if (stored !== undefined && isDeepStrictEqual(stored.data, record.data)) return stored;
  }
  throw conflict(ref, isNew ? "created" : "changed", response.status);
}

/** Fails where a record could not be written. See `Target.previewRecord`. */
export async function previewRecord(api: Api, record: KubeObject, signal?: AbortSignal): Promise<void> {
  const ref = refOf(record);
  const isNew = isUnstored(record);
  const { status, body } = await api.write(secrets, record, isNew ? "POST" : "PUT", true, signal);
  if (isConflict(status, isNew)) throw conflict(ref, isNew ? "created" : "changed", status);
  if (status >= 400 && !isNamespaceMissing(status, body)) throw apiError(status, body, subjectOf(ref));
}

function isUnstored(record: KubeObject): boolean {
  return textAt(record, "metadata", "resourceVersion") === "";
}

function isConflict(status: number, isNew: boolean): boolean {
  return status === 409 || (status === 404 && !isNew);
}

/** Deletes a record that still has this version; one that is absent is fine. See `Target.deleteRecord`. */
export async function deleteRecord(
  api: Api,
  namespace: string,
  name: string,
  resourceVersion: string,
  signal?: AbortSignal,
): Promise<void> {
  const ref = recordRef(namespace, name);
  try {
    await api.delete(secrets, ref, { resourceVersion }, signal);
  } catch (error) {
    throw error instanceof TargetError && error.status === 409 ? conflict(ref, "changed", error.status) : error;
  }
}

function conflict(ref: ObjectRef, happened: "created" | "changed", status: number): TargetError {
  const text =
    `${formatRef(ref)}: the record of this instance was ${happened} by another run meanwhile; ` +
    "wait until that one has finished, then try again";
  return new TargetError("record-conflict", text, { status });
}

function recordRef(namespace: string, name: string): ObjectRef {
  return { group: "", version: "v1", kind: "Secret", namespace, name };
}
