import { isDeepStrictEqual } from "node:util";
import { formatRef, type KubeObject, type ObjectRef, refOf } from "../../object/index.js";
import { TargetError } from "../errors.js";
import { type Api, subjectOf } from "./api.js";
import { apiError } from "./api-errors.js";
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
};

/** Which records: of one bundle, or all; in all namespaces, or in those named where a user may not list all. */
export type RecordQuery = Readonly<{ bundle?: string; namespaces?: readonly string[] }>;

/**
 * Lists the instance records: Secrets found by label. Where the user may not list Secrets in all namespaces, those of
 * `namespaces` and of the connection's own namespace are listed one by one.
 */
export async function listRecords(
  api: Api,
  query: RecordQuery,
  ownNamespace: string,
  signal?: AbortSignal,
): Promise<KubeObject[]> {
  const labels = ["app.kubernetes.io/component=instance", "app.kubernetes.io/created-by=timoni"];
  if (query.bundle !== undefined) labels.push(`bundle.timoni.sh/name=${query.bundle}`);
  const selector = labels.join(",");
  const found = await listWhereAllowed(api, selector, [ownNamespace, ...(query.namespaces ?? [])], signal);
  return found.filter((secret) => textAt(secret, "type") === "timoni.sh/instance");
}

async function listWhereAllowed(
  api: Api,
  selector: string,
  namespaces: readonly string[],
  signal: AbortSignal | undefined,
): Promise<KubeObject[]> {
  try {
    return await api.list(secrets, { labelSelector: selector }, signal);
  } catch (error) {
    if (!(error instanceof TargetError) || error.code !== "forbidden") throw error;
    const lists = await Promise.allSettled(
      [...new Set(namespaces)].map((namespace) => api.list(secrets, { namespace, labelSelector: selector }, signal)),
    );
    const allowed = lists.filter((list) => list.status === "fulfilled");
    // Allowed nowhere: what was asked first is the refusal that helps.
    if (allowed.length === 0) throw error;
    for (const list of lists)
      if (list.status === "rejected" && !(list.reason instanceof TargetError && list.reason.code === "forbidden"))
        throw list.reason;
    return allowed.flatMap((list) => list.value);
  }
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
  const isNew = textAt(record, "metadata", "resourceVersion") === "";
  const response = await api.write(secrets, record, isNew ? "POST" : "PUT", signal);
  if (response.status < 400) return api.parse(response, ref);
  const isConflict = response.status === 409 || (response.status === 404 && !isNew);
  if (!isConflict) throw apiError(response.status, response.body, subjectOf(ref));
  if (response.attempts > 1) {
    // An earlier attempt may have been heard although its answer was lost: then the record is what we wrote.
    const stored = await readRecord(api, ref.namespace, ref.name, signal);
    if (stored !== undefined && isDeepStrictEqual(stored.data, record.data)) return stored;
  }
  throw conflict(ref, isNew ? "created" : "changed", response.status);
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
