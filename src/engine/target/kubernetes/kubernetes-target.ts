import { formatRef, type KubeObject, type ObjectRef, refKey, refOf } from "../../object/index.js";
import { TargetError, WaitError } from "../errors.js";
import type { ApplyOptions, Change, ReadyState, Target, WaitOptions } from "../target.js";
import { Api, type ApplyAnswer, type ObjectPart, subjectOf } from "./api.js";
import { apiError } from "./api-errors.js";
import type { Connection } from "./connection.js";
import type { Resource } from "./discovery.js";
import { textAt } from "./fields.js";
import { type HttpClient, sleepFor } from "./http.js";
import { type AbsentNamespaces, neat, type Plan, planApply } from "./preview.js";
import { readObjects } from "./read-objects.js";
import { readyState } from "./ready-state.js";
import { deleteRecord, listRecords, type RecordQuery, readRecord, writeRecord } from "./records.js";
import { takeoverPatch } from "./takeover.js";
import { waitGone, waitReady } from "./wait.js";

/** How long a recreated object may take to go away, and a new kind to be served. */
const recreateTimeoutMs = 120_000;
const servedTimeoutMs = 30_000;
const maxTakeoverAttempts = 5;
/** Kinds with a status that, once ready, do not go back. */
const staysReady = ["/Namespace", "apiextensions.k8s.io/CustomResourceDefinition"];

/**
 * A cluster as a target. What it remembers only saves requests: the plan of a preview until its apply, the uid of what was
 * read until its deletion, kinds and namespaces that came or are still to come.
 */
export class KubernetesTarget implements Target {
  readonly kind = "kubernetes";
  readonly description: string;
  readonly #namespace: string;
  readonly #http: HttpClient;
  readonly #api: Api;
  readonly #plans = new WeakMap<KubeObject, Plan>();
  readonly #uids = new Map<string, string>();
  readonly #absentNamespaces: AbsentNamespaces = new Set();
  /** Objects that are ready and will stay so: nothing has to be waited for. */
  readonly #settled = new Map<string, KubeObject>();
  /** Kinds whose CRD was applied in this run: the server may serve them a little later. */
  readonly #newKinds = new Set<string>();
  #version: Promise<string> | undefined;

  constructor(connection: Connection, http: HttpClient) {
    this.description = connection.description;
    this.#namespace = connection.namespace;
    this.#http = http;
    this.#api = new Api(http);
  }

  /** The version of the API server, such as `v1.35.4`; asked for once. */
  serverVersion(signal?: AbortSignal): Promise<string> {
    this.#version ??= this.#api.serverVersion(signal).catch((error: unknown) => {
      this.#version = undefined;
      throw error;
    });
    return this.#version;
  }

  async check(signal?: AbortSignal): Promise<void> {
    await this.serverVersion(signal);
  }

  async listRecords(query: RecordQuery, signal?: AbortSignal): Promise<KubeObject[]> {
    return (await listRecords(this.#api, query, this.#namespace, signal)).map(neat);
  }

  async readRecord(namespace: string, name: string, signal?: AbortSignal): Promise<KubeObject | undefined> {
    const record = await readRecord(this.#api, namespace, name, signal);
    return record === undefined ? undefined : neat(record);
  }

  async writeRecord(record: KubeObject, signal?: AbortSignal): Promise<KubeObject> {
    return neat(await writeRecord(this.#api, record, signal));
  }

  deleteRecord(namespace: string, name: string, signal?: AbortSignal): Promise<void> {
    return deleteRecord(this.#api, namespace, name, signal);
  }

  async read(refs: readonly ObjectRef[], signal?: AbortSignal): Promise<(KubeObject | undefined)[]> {
    return this.#read(refs, "whole", signal);
  }

  async readMetadata(refs: readonly ObjectRef[], signal?: AbortSignal): Promise<(KubeObject | undefined)[]> {
    return this.#read(refs, "metadata", signal);
  }

  async states(refs: readonly ObjectRef[], signal?: AbortSignal): Promise<ReadyState[]> {
    return (await this.read(refs, signal)).map((object) => readyState(object));
  }

  async listCustomResources(definitions: readonly ObjectRef[], signal?: AbortSignal): Promise<ObjectRef[]> {
    const lists = await Promise.all(
      definitions.map(async ({ name }) => {
        // The API demands that a definition is named PLURAL.GROUP.
        const dot = name.indexOf(".");
        const resource = await this.#api.discovery.findPlural(name.slice(dot + 1), name.slice(0, dot), signal);
        return resource === undefined ? [] : this.#api.list(resource, { part: "metadata" }, signal);
      }),
    );
    return lists.flat().map(refOf);
  }

  async preview(object: KubeObject, options: ApplyOptions): Promise<Change> {
    const plan = await planApply(this.#api, object, options, this.#absentNamespaces);
    const ref = refOf(object);
    this.#note(ref, plan.change.before);
    this.#settle(ref, plan.resource, plan.change.action === "unchanged" ? plan.change.after : undefined);
    this.#plans.set(object, plan);
    return plan.change;
  }

  /** Does what the last `preview` of this very object found, or previews it first. */
  async apply(object: KubeObject, options: ApplyOptions): Promise<Change> {
    const known = this.#plans.get(object);
    if (known === undefined || (options.force && !known.force)) await this.preview(object, options);
    const plan = this.#plans.get(object) ?? known;
    this.#plans.delete(object); // a second apply looks anew
    if (plan === undefined || plan.change.action === "unchanged") return plan?.change ?? this.preview(object, options);

    const ref = refOf(object);
    const resource = plan.resource ?? (await this.#servedResource(ref, options.signal));
    if (plan.change.action === "recreated") await this.#removeForGood(resource, ref, plan.live, options.signal);
    if (plan.takeover) await this.#takeOver(resource, ref, object, plan.live, options.signal);
    let { response, object: after, created } = await this.#send(resource, object, options.signal);
    let action = plan.change.action;
    let before = plan.change.before;
    if (after === undefined) {
      const error = apiError(response.status, response.body, subjectOf(ref));
      // What a dry run could not see: the object came, or its plan was made, before the namespace or the kind was there.
      if (error.code !== "immutable-field" || !plan.force) throw error;
      const live = await this.#api.getFrom(resource, ref, options.signal);
      await this.#removeForGood(resource, ref, live, options.signal);
      ({ response, object: after, created } = await this.#send(resource, object, options.signal));
      if (after === undefined) throw apiError(response.status, response.body, subjectOf(ref));
      [action, before] = ["recreated", live];
    }
    if (action !== "recreated") action = created ? "created" : "configured";
    this.#applied(ref, resource, after);
    const isNew = action === "created" || before === undefined;
    return { action, after: neat(after), ...(isNew ? {} : { before: neat(before ?? after) }) };
  }

  async delete(ref: ObjectRef, signal?: AbortSignal): Promise<boolean> {
    const resource = await this.#api.discovery.find(ref, signal);
    this.#settled.delete(refKey(ref));
    if (resource === undefined) return false;
    return this.#api.delete(resource, ref, this.#uids.get(refKey(ref)), signal);
  }

  async waitReady(refs: readonly ObjectRef[], options: WaitOptions): Promise<void> {
    const look = async (pending: readonly ObjectRef[], signal?: AbortSignal) => {
      const settled = pending.map((ref) => this.#settled.get(refKey(ref)));
      const open = pending.filter((_, index) => settled[index] === undefined);
      const live = await this.read(open, signal);
      for (const [index, ref] of open.entries()) this.#settle(ref, undefined, live[index]);
      return settled.map((object) => object ?? live.shift());
    };
    await waitReady(look, refs, options);
  }

  async waitGone(refs: readonly ObjectRef[], options: WaitOptions): Promise<void> {
    await waitGone((pending, signal) => this.read(pending, signal), refs, options);
  }

  async close(): Promise<void> {
    this.#http.close();
  }

  async #read(refs: readonly ObjectRef[], part: ObjectPart, signal?: AbortSignal): Promise<(KubeObject | undefined)[]> {
    const objects = await readObjects(this.#api, refs, part, signal);
    for (const [index, ref] of refs.entries()) this.#note(ref, objects[index]);
    return objects.map((object) => object && neat(object));
  }

  #note(ref: ObjectRef, object: KubeObject | undefined): void {
    const uid = textAt(object, "metadata", "uid");
    if (uid === "") this.#uids.delete(refKey(ref));
    else this.#uids.set(refKey(ref), uid);
    if (ref.kind !== "Namespace" || ref.group !== "") return;
    if (object === undefined) this.#absentNamespaces.add(ref.name);
    else this.#absentNamespaces.delete(ref.name);
  }

  #settle(ref: ObjectRef, resource: Resource | undefined, object: KubeObject | undefined): void {
    const stays = resource?.hasStatus === false || staysReady.includes(`${ref.group}/${ref.kind}`);
    if (object !== undefined && stays && readyState(object).state === "current") this.#settled.set(refKey(ref), object);
    else this.#settled.delete(refKey(ref));
  }

  #applied(ref: ObjectRef, resource: Resource, object: KubeObject): void {
    this.#note(ref, object);
    this.#settle(ref, resource, object);
    if (resource.namespaced) this.#absentNamespaces.delete(ref.namespace);
    if (ref.kind !== "CustomResourceDefinition") return;
    this.#newKinds.add(`${textAt(object, "spec", "group")}/${textAt(object, "spec", "names", "kind")}`);
    this.#api.discovery.forget(textAt(object, "spec", "group"));
  }

  /** The resource of a kind that was unknown when the plan was made. */
  async #servedResource(ref: ObjectRef, signal: AbortSignal | undefined): Promise<Resource> {
    const isNew = this.#newKinds.has(`${ref.group}/${ref.kind}`);
    const deadline = performance.now() + servedTimeoutMs;
    for (let delayMs = 50; ; delayMs = Math.min(delayMs * 2, 1000)) {
      const resource = await this.#api.discovery.find(ref, signal);
      if (resource?.version === ref.version) return resource;
      if (!isNew || performance.now() > deadline) throw unknownKind(ref, resource);
      await sleepFor(delayMs, signal);
      this.#api.discovery.forget(ref.group);
    }
  }

  /** Applies; a kind that is new is given time, since discovery may run ahead of the handlers. */
  async #send(resource: Resource, object: KubeObject, signal: AbortSignal | undefined): Promise<ApplyAnswer> {
    const isNew = this.#newKinds.has(`${resource.group}/${resource.kind}`);
    const deadline = performance.now() + servedTimeoutMs;
    for (let delayMs = 50; ; delayMs = Math.min(delayMs * 2, 1000)) {
      const answer = await this.#api.applyTo(resource, object, false, signal);
      if (answer.response.status !== 404 || !isNew || performance.now() > deadline) return answer;
      await sleepFor(delayMs, signal);
    }
  }

  /** Deletes an object that is to be made anew, and waits until its finalizers are done. */
  async #removeForGood(
    resource: Resource,
    ref: ObjectRef,
    live: KubeObject | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const uid = textAt(live, "metadata", "uid");
    await this.#api.delete(resource, ref, uid === "" ? undefined : uid, signal);
    const deadline = performance.now() + recreateTimeoutMs;
    for (let delayMs = 50; ; delayMs = Math.min(delayMs * 2, 1000)) {
      const left = await this.#api.getFrom(resource, ref, signal);
      if (left === undefined || (uid !== "" && textAt(left, "metadata", "uid") !== uid)) return;
      if (performance.now() > deadline)
        throw new WaitError("timeout", "cannot recreate an object that does not go away", [
          { ref, state: readyState(left) },
        ]);
      await sleepFor(delayMs, signal);
    }
  }

  async #takeOver(
    resource: Resource,
    ref: ObjectRef,
    wanted: KubeObject,
    live: KubeObject | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    let from = live;
    for (let attempt = 1; from !== undefined; attempt++) {
      if (await this.#api.patch(resource, ref, takeoverPatch(from, wanted), signal)) return;
      if (attempt === maxTakeoverAttempts)
        throw new TargetError(
          "api-error",
          `${formatRef(ref)}: keeps changing while its fields are taken over; try again`,
        );
      from = await this.#api.getFrom(resource, ref, signal);
    }
  }
}

function unknownKind(ref: ObjectRef, served: Resource | undefined): TargetError {
  const apiVersion = ref.group === "" ? ref.version : `${ref.group}/${ref.version}`;
  const other = served === undefined ? "its CRD is not installed" : `it serves version ${served.version}`;
  return new TargetError(
    "unknown-kind",
    `${formatRef(ref)}: the cluster does not serve the kind ${ref.kind} of ${apiVersion}; ${other}`,
  );
}
