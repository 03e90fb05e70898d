import { isJsonObject, type JsonValue } from "../../json/index.js";
import { isKubeObject, type KubeObject } from "../../object/index.js";
import { apiError, parseBody } from "./api-errors.js";
import type { Resource } from "./discovery.js";
import { numberAt, objectsAt, textAt, valueAt, versionOf } from "./fields.js";
import type { HttpClient } from "./http.js";

/** What to read of an object. */
export type ObjectPart = "whole" | "metadata";

/** What to list or watch. An empty namespace means all of them, an empty selector all objects. */
export type ListQuery = Readonly<{
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  part?: ObjectPart;
}>;

/** Objects as they were at one version of their list. */
export type Listing = Readonly<{ objects: KubeObject[]; version: string }>;

/** A change in a list; `object` is undefined where it only tells how far the watch is (a bookmark). */
export type WatchEvent = Readonly<{ version: string; object: KubeObject | undefined; deleted: boolean }>;

/** After how long the server is to end a watch, and how long after that we think that its connection is dead. */
const watchSeconds = 60;
const idleMs = 75_000;

/** All objects of a resource that the query chooses; none where the resource is not there (any more). */
export async function listCollection(
  http: HttpClient,
  resource: Resource,
  query: ListQuery,
  signal?: AbortSignal,
): Promise<Listing> {
  // Pages are of one state of the list. Where the server no longer knows that, it is asked for all at once.
  const paged = await listPages(http, resource, query, { limit: "500" }, signal);
  return paged ?? (await listPages(http, resource, query, {}, signal)) ?? { objects: [], version: "" };
}

/** Undefined when the next page has expired. */
async function listPages(
  http: HttpClient,
  resource: Resource,
  query: ListQuery,
  paging: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<Listing | undefined> {
  const { namespace = "", part = "whole" } = query;
  const accept = part === "whole" ? "application/json" : partial("PartialObjectMetadataList");
  const subject = subjectOf(resource, namespace);
  const path = collectionPath(resource, namespace);
  const objects: KubeObject[] = [];
  let version = "";
  let next = "";
  do {
    const parameters = { ...paging, ...selectors(query), ...(next === "" ? {} : { continue: next }) };
    const response = await http.send({ method: "GET", path, query: parameters, accept, signal });
    if (response.status === 404) return { objects: [], version: "" };
    if (response.status === 410 && next !== "") return undefined;
    if (response.status >= 400) throw apiError(response.status, response.body, subject);
    const list = parseBody(response.body, subject);
    for (const item of objectsAt(list, "items")) objects.push(...objectOf(item, resource));
    version = versionOf(list);
    next = textAt(list, "metadata", "continue");
  } while (next !== "");
  return { objects, version };
}

/**
 * What changes in a list since its version. Ends when the server ends it, which it does after a minute.
 *
 * @throws {TargetError} `forbidden` where the user may list but not watch; with status 410 where the version is too old
 * @throws {Error} When the connection breaks
 */
export async function* watchCollection(
  http: HttpClient,
  resource: Resource,
  query: ListQuery,
  version: string,
  signal?: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const { namespace = "", part = "whole" } = query;
  const subject = subjectOf(resource, namespace);
  const parameters = {
    ...selectors(query),
    watch: "1",
    allowWatchBookmarks: "true",
    resourceVersion: version,
    timeoutSeconds: String(watchSeconds),
  };
  const accept = part === "whole" ? "application/json" : partial("PartialObjectMetadata");
  const path = collectionPath(resource, namespace);
  const stream = await http.open({ method: "GET", path, query: parameters, accept, signal }, idleMs);
  if (stream.status >= 400) {
    let body = "";
    for await (const line of stream.lines) body += line;
    throw apiError(stream.status, body, subject);
  }
  for await (const line of stream.lines) {
    const event = parseBody(line, subject);
    const object = valueAt(event, "object");
    const type = textAt(event, "type");
    if (type === "ERROR") throw apiError(numberAt(object, "code") ?? 500, JSON.stringify(object), subject);
    const [found] = type === "BOOKMARK" ? [] : objectOf(object, resource);
    yield { version: versionOf(object), object: found, deleted: type === "DELETED" };
  }
}

/** Items of a list leave out what the list says for all of them. */
function objectOf(item: JsonValue | undefined, { apiVersion, kind }: Resource): KubeObject[] {
  const object = isJsonObject(item) ? { ...item, apiVersion, kind } : item;
  return isKubeObject(object) ? [object] : [];
}

function selectors({ labelSelector = "", fieldSelector = "" }: ListQuery): Record<string, string> {
  return { ...(labelSelector === "" ? {} : { labelSelector }), ...(fieldSelector === "" ? {} : { fieldSelector }) };
}

function subjectOf({ plural, kind }: Resource, namespace: string) {
  const scope = namespace === "" ? "in all namespaces" : `in namespace ${namespace}`;
  return { name: `${plural} ${scope}`, secret: kind === "Secret" };
}

/** The media type that asks for metadata only. */
export function partial(as: string): string {
  return `application/json;as=${as};g=meta.k8s.io;v=v1,application/json`;
}

/** The API path of a resource's objects, in one namespace or in all. */
export function collectionPath(resource: Resource, namespace: string): string {
  const root = resource.group === "" ? "/api" : `/apis/${resource.group}`;
  const scope = resource.namespaced && namespace !== "" ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${root}/${resource.version}${scope}/${resource.plural}`;
}
