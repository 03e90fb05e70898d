import { isNamespace, type KubeObject, labelOf, type ObjectRef, refKey, refOf } from "../../object/index.js";
import type { ApplyOptions, Change, ReadyState, RecordQuery, Target, WaitOptions } from "../target.js";
import { Api } from "./api.js";
import { carryOut } from "./carry-out.js";
import type { ObjectPart } from "./collection.js";
import type { Connection } from "./connection.js";
import type { Resource } from "./discovery.js";
import { explain } from "./explain.js";
import { textAt } from "./fields.js";
import type { HttpClient } from "./http.js";
import { LiveObjects } from "./live-objects.js";
import { describeHolder, findHolders } from "./namespace-holders.js";
import { type Observe, observe } from "./observe.js";
import { neat, type Plan, type PreviewContext, planApply } from "./preview.js";
import { anyInstance, readObjects } from "./read-objects.js";
import { readyState } from "./ready-state.js";
import { deleteRecord, listRecords, previewRecord, readRecord, writeRecord } from "./records.js";
import { type Look, waitGone, waitReady } from "./wait.js";
import { type Explain, waitWithHints } from "./wait-with-hints.js";

/** How many objects that hold a Namespace a message names. */
const maxHolders = 3;
/** Kinds with a status that, once ready, do not go back. */
const staysReady = ["/Namespace", "apiextensions.k8s.io/CustomResourceDefinition"];

/**
 * A cluster as a target. What it remembers only saves requests: the plan of a preview until its apply, the uid of what was
 * read until its deletion, kinds and namespaces that came or are still to come.
 */
export class KubernetesTarget implements Target {
  readonly kind = "kubernetes";
  readonly description: string;
  /** The one that the context names, `default` unless it does. */
  readonly namespace: string;
  readonly #http: HttpClient;
  readonly #api: Api;
  readonly #plans = new WeakMap<KubeObject, Plan>();
  readonly #uids = new Map<string, string>();
  readonly #previews: PreviewContext;
  /** Objects that are ready and will stay so: nothing has to be waited for. */
  readonly #settled = new Map<string, KubeObject>();
  /** What previews found unchanged, as long as nothing was changed since. */
  readonly #fresh = new Map<string, KubeObject>();
  /** Objects that carry the label of an instance. */
  readonly #labelled = new Set<string>();
  /** Kinds whose CRD was applied in this run: the server may serve them a little later. */
  readonly #newKinds = new Set<string>();
  #version: Promise<string> | undefined;

  constructor(connection: Connection, http: HttpClient) {
    this.description = connection.description;
    this.namespace = connection.namespace;
    this.#http = http;
    this.#api = new Api(http);
    this.#previews = { api: this.#api, live: new LiveObjects(this.#api), absentNamespaces: new Set() };
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
    return (await listRecords(this.#api, query, this.namespace, signal)).map(neat);
  }

  async readRecord(namespace: string, name: string, signal?: AbortSignal): Promise<KubeObject | undefined> {
    const record = await readRecord(this.#api, namespace, name, signal);
    return record === undefined ? undefined : neat(record);
  }

  async writeRecord(record: KubeObject, signal?: AbortSignal): Promise<KubeObject> {
    return neat(await writeRecord(this.#api, record, signal));
  }

  previewRecord(record: KubeObject, signal?: AbortSignal): Promise<void> {
    return previewRecord(this.#api, record, signal);
  }

  deleteRecord(namespace: string, name: string, resourceVersion: string, signal?: AbortSignal): Promise<void> {
    return deleteRecord(this.#api, namespace, name, resourceVersion, signal);
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
    const plan = await this.#plan(object, options);
    this.#plans.set(object, plan);
    return plan.change;
  }

  /** Does what the last `preview` of this very object found, or previews it first. */
  async apply(object: KubeObject, options: ApplyOptions): Promise<Change> {
    const ref = refOf(object);
    let plan = this.#plans.get(object);
    this.#plans.delete(object); // a second apply looks anew
    if (plan === undefined || (options.force && !plan.force)) plan = await this.#plan(object, options);
    if (plan.change.action === "unchanged") return plan.change;
    this.#fresh.clear();
    const isNewKind = this.#newKinds.has(`${ref.group}/${ref.kind}`);
    const { action, before, after, resource } = await carryOut(this.#api, object, plan, options, isNewKind);
    this.#applied(ref, resource, after);
    const { migration } = plan.change;
    return {
      action,
      after: neat(after),
      ...(before === undefined ? {} : { before: neat(before) }),
      ...(migration === undefined ? {} : { migration }),
    };
  }

  async delete(ref: ObjectRef, signal?: AbortSignal): Promise<boolean> {
    const resource = await this.#api.discovery.find(ref, signal);
    this.#settled.delete(refKey(ref));
    this.#fresh.clear();
    if (resource === undefined) return false;
    return this.#api.delete(resource, ref, { uid: this.#uids.get(refKey(ref)) }, signal);
  }

  async previewDelete(ref: ObjectRef, signal?: AbortSignal): Promise<void> {
    const resource = await this.#api.discovery.find(ref, signal);
    if (resource !== undefined) await this.#api.delete(resource, ref, {}, signal, true);
  }

  async waitReady(refs: readonly ObjectRef[], options: WaitOptions): Promise<void> {
    const known = (ref: ObjectRef) => this.#settled.get(refKey(ref)) ?? this.#fresh.get(refKey(ref));
    const observe: Observe = (open, tell, signal) =>
      this.#observe(known)(
        open,
        (ref, object) => {
          if (!this.#settled.has(refKey(ref))) this.#settle(ref, undefined, object);
          return tell(ref, object);
        },
        signal,
      );
    const look: Look = (left, signal) => this.read(left, signal);
    const explainAll: Explain = async (open) => {
      const objects = await this.read(open, options.signal);
      return Promise.all(
        open.map(async (ref, index) => {
          const object = objects[index];
          return object === undefined ? [] : explain(this.#api, ref, object, options.signal);
        }),
      );
    };
    await waitWithHints((told) => waitReady(observe, look, refs, told), explainAll, options);
  }

  async waitGone(refs: readonly ObjectRef[], options: WaitOptions): Promise<void> {
    const look: Look = (left, signal) => this.read(left, signal);
    const explainAll: Explain = (open) => Promise.all(open.map((ref) => this.#explainStay(ref, options.signal)));
    await waitWithHints((told) => waitGone(this.#observe(), look, refs, told), explainAll, options);
  }

  async isVacant(namespace: ObjectRef, signal?: AbortSignal): Promise<boolean> {
    return (await findHolders(this.#api, namespace, signal))?.length === 0;
  }

  async close(): Promise<void> {
    this.#http.close();
  }

  /** Observes objects; what `known` has needs no request, unless that is not what is waited for. */
  #observe(known: (ref: ObjectRef) => KubeObject | undefined = () => undefined): Observe {
    return async (refs, tell, signal) => {
      const open = refs.filter((ref) => {
        const object = known(ref);
        return object === undefined || tell(ref, object);
      });
      const isLabelled = (ref: ObjectRef) => this.#labelled.has(refKey(ref));
      if (open.length > 0) await observe(this.#api, open, tell, { signal, isLabelled });
    };
  }

  /** Of a Namespace, what is in it that keeps it. */
  async #explainStay(ref: ObjectRef, signal: AbortSignal | undefined): Promise<string[]> {
    const holders = isNamespace(ref) ? await findHolders(this.#api, ref, signal) : undefined;
    return (holders ?? [])
      .filter((holder) => !isNamespace(holder.ref))
      .slice(0, maxHolders)
      .map(describeHolder);
  }

  async #plan(object: KubeObject, options: ApplyOptions): Promise<Plan> {
    const plan = await planApply(this.#previews, object, options);
    const ref = refOf(object);
    const { action, before, after } = plan.change;
    this.#note(ref, before);
    this.#settle(ref, plan.resource, action === "unchanged" ? after : undefined);
    if (action === "unchanged") this.#fresh.set(refKey(ref), after);
    return plan;
  }

  async #read(refs: readonly ObjectRef[], part: ObjectPart, signal?: AbortSignal): Promise<(KubeObject | undefined)[]> {
    const objects = await readObjects(this.#api, refs, part, signal);
    for (const [index, ref] of refs.entries()) this.#note(ref, objects[index]);
    return objects.map((object) => object && neat(object));
  }

  #note(ref: ObjectRef, object: KubeObject | undefined): void {
    if (object !== undefined && labelOf(object, anyInstance) !== undefined) this.#labelled.add(refKey(ref));
    const uid = textAt(object, "metadata", "uid");
    if (uid === "") this.#uids.delete(refKey(ref));
    else this.#uids.set(refKey(ref), uid);
    if (!isNamespace(ref)) return;
    if (object === undefined) this.#previews.absentNamespaces.add(ref.name);
    else this.#previews.absentNamespaces.delete(ref.name);
  }

  #settle(ref: ObjectRef, resource: Resource | undefined, object: KubeObject | undefined): void {
    const stays = resource?.hasStatus === false || staysReady.includes(`${ref.group}/${ref.kind}`);
    if (object !== undefined && stays && readyState(object).state === "current") this.#settled.set(refKey(ref), object);
    else this.#settled.delete(refKey(ref));
  }

  #applied(ref: ObjectRef, resource: Resource, object: KubeObject): void {
    this.#note(ref, object);
    this.#settle(ref, resource, object);
    if (resource.namespaced) this.#previews.absentNamespaces.delete(ref.namespace);
    if (ref.kind !== "CustomResourceDefinition") return;
    this.#newKinds.add(`${textAt(object, "spec", "group")}/${textAt(object, "spec", "names", "kind")}`);
    this.#api.discovery.forget(textAt(object, "spec", "group"));
  }
}
