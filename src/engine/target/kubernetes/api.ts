import { protocol } from "../../inventory/index.js";
import type { JsonObject } from "../../json/index.js";
import { formatRef, isKubeObject, type KubeObject, type ObjectRef, refOf } from "../../object/index.js";
import { TargetError } from "../errors.js";
import { apiError, isSchemaFault, isUncountedQuota, parseBody, type Subject } from "./api-errors.js";
import {
  collectionPath,
  type Listing,
  type ListQuery,
  listCollection,
  type ObjectPart,
  partial,
  type WatchEvent,
  watchCollection,
} from "./collection.js";
import { Discovery, type Resource } from "./discovery.js";
import { textAt } from "./fields.js";
import type { HttpClient, HttpResponse } from "./http.js";
import type { HttpRequest } from "./http-request.js";
import { rounds } from "./pause.js";

/** What a server-side apply answered; of an unsuccessful one only the answer is there. */
export type ApplyAnswer = Readonly<{ response: HttpResponse; object: KubeObject | undefined; created: boolean }>;

/** The server looks every 30 s for new kinds that a quota may count. */
const quotaTimeoutMs = 60_000;
/** How long an apply is sent again while others write the same object, or the quota that counts it. */
const conflictTimeoutMs = 3_000;

/** The requests that we send for objects, one method each. It keeps no state but discovery. */
export class Api {
  readonly discovery: Discovery;
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
    this.discovery = new Discovery(http);
  }

  /** The version of the API server: `v1.35.4`. */
  async serverVersion(signal?: AbortSignal): Promise<string> {
    const subject = { name: "API server", secret: false };
    const response = await this.#ok({ method: "GET", path: "/version", signal }, subject);
    const version = textAt(parseBody(response.body, subject), "gitVersion");
    if (version === "") throw new TargetError("api-error", "the server's /version is not that of a Kubernetes API");
    return version;
  }

  /** The live object, or undefined where it is absent; as `part` `metadata` without the rest. */
  async getFrom(
    resource: Resource,
    ref: ObjectRef,
    signal?: AbortSignal,
    part: ObjectPart = "whole",
  ): Promise<KubeObject | undefined> {
    const accept = part === "whole" ? "application/json" : partial("PartialObjectMetadata");
    const response = await this.#http.send({ method: "GET", path: objectPath(resource, ref), accept, signal });
    if (response.status === 404) return undefined;
    const object = this.#object(response, subjectOf(ref));
    return part === "whole" ? object : { ...object, apiVersion: resource.apiVersion, kind: resource.kind };
  }

  /** All objects of a resource that a selector chooses; none where the resource is not there (any more). */
  async list(resource: Resource, query: ListQuery, signal?: AbortSignal): Promise<KubeObject[]> {
    return (await this.listAt(resource, query, signal)).objects;
  }

  /** As `list`, with the version of the list, from which a watch can go on. */
  listAt(resource: Resource, query: ListQuery, signal?: AbortSignal): Promise<Listing> {
    return listCollection(this.#http, resource, query, signal);
  }

  /** What changes in a list since its version. See {@link watchCollection}. */
  watch(resource: Resource, query: ListQuery, version: string, signal?: AbortSignal): AsyncGenerator<WatchEvent> {
    return watchCollection(this.#http, resource, query, version, signal);
  }

  /**
   * Sends a server-side apply; the caller judges an answer that is no success. What passes by itself is waited for: a
   * conflict (we apply by force, so it is never about fields), and a quota that is so new that the server has not counted
   * for it yet, and refuses everything.
   */
  async applyTo(resource: Resource, object: KubeObject, dryRun: boolean, signal?: AbortSignal): Promise<ApplyAnswer> {
    const ref = refOf(object);
    const request: HttpRequest = {
      method: "PATCH",
      path: objectPath(resource, ref),
      query: {
        fieldManager: protocol.fieldManager,
        force: "true",
        fieldValidation: "Strict",
        ...(dryRun ? { dryRun: "All" } : {}),
      },
      contentType: "application/apply-patch+yaml", // JSON is YAML
      body: JSON.stringify(object),
      repeatable: true,
      isFinal: isSchemaFault,
      signal,
    };
    const send = () => this.#http.send(request);
    const unhindered = () => sendWhile(send, ({ status }) => status === 409, conflictTimeoutMs, signal);
    const response = await sendWhile(unhindered, isUncountedQuota, quotaTimeoutMs, signal);
    if (response.status >= 400) return { response, object: undefined, created: false };
    return { response, object: this.#object(response, subjectOf(ref)), created: response.status === 201 };
  }

  /** Sends a JSON Patch for an object, or a part of it; false when the object has changed since the patch was made. */
  async patch(
    resource: Resource,
    ref: ObjectRef,
    patch: readonly JsonObject[],
    signal?: AbortSignal,
    subresource?: "status",
  ): Promise<boolean> {
    const path = objectPath(resource, ref);
    const response = await this.#http.send({
      method: "PATCH",
      path: subresource === undefined ? path : `${path}/${subresource}`,
      query: { fieldManager: protocol.fieldManager },
      contentType: "application/json-patch+json",
      body: JSON.stringify(patch),
      repeatable: true, // the second one meets another resourceVersion
      signal,
    });
    if (response.status === 409) return false; // its resourceVersion
    if (response.status >= 400) throw apiError(response.status, response.body, subjectOf(ref));
    return true;
  }

  /** Creates an object that must not exist, or replaces one at its resourceVersion; the caller judges the answer. */
  async write(
    resource: Resource,
    object: KubeObject,
    method: "POST" | "PUT",
    dryRun: boolean,
    signal?: AbortSignal,
  ): Promise<HttpResponse> {
    const ref = refOf(object);
    return this.#http.send({
      method,
      path: method === "POST" ? collectionPath(resource, ref.namespace) : objectPath(resource, ref),
      query: { fieldManager: protocol.fieldManager, ...(dryRun ? { dryRun: "All" } : {}) },
      body: JSON.stringify(object),
      repeatable: true, // a second POST or PUT is a conflict, which the caller tells from a true one
      signal,
    });
  }

  /**
   * Asks for an object's deletion in the background, only of the one that meets the preconditions (409 where it does not).
   *
   * @returns False when there was nothing to delete
   */
  async delete(
    resource: Resource,
    ref: ObjectRef,
    preconditions: Preconditions,
    signal?: AbortSignal,
    dryRun = false,
  ): Promise<boolean> {
    const response = await this.#http.send({
      method: "DELETE",
      path: objectPath(resource, ref),
      // The body counts; the query lets a log of requests tell.
      ...(dryRun ? { query: { dryRun: "All" } } : {}),
      body: JSON.stringify({
        apiVersion: "v1",
        kind: "DeleteOptions",
        propagationPolicy: "Background",
        preconditions,
        ...(dryRun ? { dryRun: ["All"] } : {}),
      }),
      repeatable: true,
      signal,
    });
    // A repeated request that finds nothing was heard the first time.
    if (response.status === 404) return response.attempts > 1;
    if (response.status >= 400) throw apiError(response.status, response.body, subjectOf(ref));
    return true;
  }

  /** Reads the object of a successful answer. */
  parse(response: HttpResponse, ref: ObjectRef): KubeObject {
    return this.#object(response, subjectOf(ref));
  }

  async #ok(request: HttpRequest, subject: Subject): Promise<HttpResponse> {
    const response = await this.#http.send(request);
    if (response.status >= 400) throw apiError(response.status, response.body, subject);
    return response;
  }

  #object(response: HttpResponse, subject: Subject): KubeObject {
    if (response.status >= 400) throw apiError(response.status, response.body, subject);
    const object = parseBody(response.body, subject);
    if (isKubeObject(object)) return object;
    throw new TargetError("api-error", `${subject.name}: the API server's answer is not an object`);
  }
}

/** What an object must be to be deleted; what is undefined does not matter. */
export type Preconditions = Readonly<{ uid?: string | undefined; resourceVersion?: string }>;

/** Sends, and sends again while the answer is one that time changes. */
async function sendWhile(
  send: () => Promise<HttpResponse>,
  isPassing: (response: HttpResponse) => boolean,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  let response = await send();
  if (!isPassing(response)) return response;
  for await (const _ of rounds(timeoutMs, signal)) {
    response = await send();
    if (!isPassing(response)) break;
  }
  return response;
}

/** What messages call an object, and whether the server's words about it may quote secrets. */
export function subjectOf(ref: ObjectRef): Subject {
  return { name: formatRef(ref), secret: ref.group === "" && ref.kind === "Secret" };
}

function objectPath(resource: Resource, ref: ObjectRef): string {
  if (resource.namespaced && ref.namespace === "")
    throw new TargetError("invalid-object", `${formatRef(ref)}: a ${ref.kind} needs metadata.namespace`);
  return `${collectionPath(resource, ref.namespace)}/${encodeURIComponent(ref.name)}`;
}
