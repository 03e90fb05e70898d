import { recordName, recordSelector } from "../../src/engine/inventory/index.js";
import { equalJson } from "../../src/engine/json/index.js";
import { type KubeObject, labelOf, type ObjectRef, refKey, refOf } from "../../src/engine/object/index.js";
import {
  type ApplyOptions,
  type Change,
  type ReadyState,
  type Target,
  TargetError,
  WaitError,
  type WaitOptions,
} from "../../src/engine/target/index.js";

/** Thrown by the write at which a test stops the run, as a killed process would. */
export class Killed extends Error {}

/**
 * A cluster in memory, as strict as a real one where the engine depends on it: objects need their namespace and their
 * definition, a deleted Namespace takes everything in it along, finalizers hold objects, and records have versions.
 */
export class MemoryTarget implements Target {
  readonly kind = "kubernetes";
  readonly description = "a cluster in memory";
  readonly objects = new Map<string, KubeObject>();
  /** Every call that writes, such as `apply ConfigMap/web/a`. */
  readonly writes: string[] = [];
  /** Every call. */
  readonly calls: string[] = [];
  /** The write at which the run is killed, from 0; before it happens, or after. */
  killAt: { write: number; after: boolean } | undefined;
  /** Refuses an object with an error, in a preview and when it is applied. */
  refuse: (object: KubeObject) => TargetError | undefined = () => undefined;
  /** Refuses to write a record, in a preview only. */
  refuseRecord: (record: KubeObject) => TargetError | undefined = () => undefined;
  /** Refuses to delete an object, in a preview only. */
  refuseDelete: (ref: ObjectRef) => TargetError | undefined = () => undefined;
  /** The readiness of a live object. */
  readiness: (object: KubeObject) => ReadyState = () => ({ state: "current", message: "" });
  /** Objects that stay after a delete, as a finalizer keeps them; asked again by every wait. */
  holds: (object: KubeObject) => boolean = () => false;
  #version = 0;

  constructor(namespaces: readonly string[] = []) {
    for (const name of namespaces) this.#put({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }

  get(ref: string): KubeObject | undefined {
    return this.objects.get(ref);
  }

  /** The state that two runs must have in common: all but versions and times. */
  snapshot(): Record<string, unknown> {
    return Object.fromEntries(
      [...this.objects]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, object]) => {
          const { resourceVersion: _, creationTimestamp: __, uid: ___, ...metadata } = object.metadata;
          return [key, { ...object, metadata }];
        }),
    );
  }

  async check(): Promise<void> {
    this.calls.push("check");
  }

  async listRecords({ bundle }: Readonly<{ bundle?: string }>): Promise<KubeObject[]> {
    this.calls.push("listRecords");
    const labels = Object.entries(recordSelector(bundle));
    return [...this.objects.values()].filter((object) =>
      labels.every(([key, value]) => labelOf(object, key) === value),
    );
  }

  async readRecord(namespace: string, name: string): Promise<KubeObject | undefined> {
    this.calls.push("readRecord");
    return this.objects.get(`/Secret/${namespace}/${name}`);
  }

  async writeRecord(record: KubeObject): Promise<KubeObject> {
    return this.#write(`record ${record.metadata.namespace}/${record.metadata.name}`, () => {
      const live = this.objects.get(refKey(refOf(record)));
      if (live?.metadata.resourceVersion !== record.metadata.resourceVersion) throw conflict();
      this.#checkNamespace(record);
      return this.#put(record);
    });
  }

  async previewRecord(record: KubeObject): Promise<void> {
    const refused = this.refuseRecord(record);
    if (refused !== undefined) throw refused;
  }

  async deleteRecord(namespace: string, name: string, resourceVersion: string): Promise<void> {
    await this.#write(`delete-record ${namespace}/${name}`, () => {
      const live = this.objects.get(`/Secret/${namespace}/${name}`);
      if (live !== undefined && live.metadata.resourceVersion !== resourceVersion) throw conflict();
      this.objects.delete(`/Secret/${namespace}/${name}`);
    });
  }

  async read(refs: readonly ObjectRef[]): Promise<(KubeObject | undefined)[]> {
    this.calls.push(`read ${refs.length}`);
    return refs.map((ref) => this.objects.get(this.#keyOf(ref)));
  }

  async states(refs: readonly ObjectRef[]): Promise<ReadyState[]> {
    return refs.map((ref) => this.#stateOf(ref));
  }

  async listCustomResources(definitions: readonly ObjectRef[]): Promise<ObjectRef[]> {
    this.calls.push("listCustomResources");
    const groups = definitions.flatMap((ref) => this.#definitionOf(this.objects.get(refKey(ref))) ?? []);
    return [...this.objects.values()].map(refOf).filter((ref) => groups.includes(`${ref.group}/${ref.kind}`));
  }

  async preview(object: KubeObject, _options: ApplyOptions): Promise<Change> {
    this.calls.push(`preview ${nameOf(object)}`);
    if (!this.#knowsKind(object)) return { action: "created", after: object, unchecked: "unknown-kind" };
    const { namespace } = object.metadata;
    if (namespace !== undefined && !this.objects.has(`/Namespace//${namespace}`))
      return { action: "created", after: object, unchecked: "no-namespace" };
    return this.#change(object, _options);
  }

  async apply(object: KubeObject, options: ApplyOptions): Promise<Change> {
    return this.#write(`apply ${nameOf(object)}`, () => {
      if (!this.#knowsKind(object)) throw new TargetError("unknown-kind", `no kind ${object.kind}`);
      this.#checkNamespace(object);
      const change = this.#change(object, options);
      if (change.action !== "unchanged") this.#put(object);
      return { ...change, after: this.objects.get(this.#keyOf(refOf(object))) ?? object };
    });
  }

  async delete(ref: ObjectRef): Promise<boolean> {
    return this.#write(`delete ${nameOf(ref)}`, () => {
      const object = this.objects.get(this.#keyOf(ref));
      if (object === undefined) return false;
      object.metadata.deletionTimestamp = "2026-01-01T00:00:00Z";
      this.#collect();
      return true;
    });
  }

  async previewDelete(ref: ObjectRef): Promise<void> {
    const refused = this.refuseDelete(ref);
    if (refused !== undefined) throw refused;
  }

  async waitReady(refs: readonly ObjectRef[], { onState }: WaitOptions): Promise<void> {
    this.calls.push(`waitReady ${refs.map(nameOf).join(",")}`);
    const pending = refs
      .map((ref) => ({ ref, state: this.#stateOf(ref) }))
      .filter(({ state }) => state.state !== "current");
    for (const { ref, state } of pending) onState?.(ref, state);
    if (pending.length > 0) throw new WaitError("timeout", "not ready in time:", pending);
  }

  async waitGone(refs: readonly ObjectRef[], _options: WaitOptions): Promise<void> {
    this.calls.push(`waitGone ${refs.map(nameOf).join(",")}`);
    this.#collect();
    const pending = refs
      .filter((ref) => this.objects.has(this.#keyOf(ref)))
      .map((ref) => ({ ref, state: this.#stateOf(ref) }));
    if (pending.length > 0) throw new WaitError("timeout", "not gone in time:", pending);
  }

  async close(): Promise<void> {}

  async #write<T>(what: string, work: () => T): Promise<T> {
    // The turn of the loop lets concurrent writes overlap as they would on a network.
    await new Promise((resolve) => setImmediate(resolve));
    this.calls.push(what);
    const isLast = this.killAt?.write === this.writes.length;
    const isDead = this.killAt !== undefined && this.writes.length > this.killAt.write;
    if (isDead || (isLast && this.killAt?.after === false)) {
      this.writes.push(`killed ${what}`);
      throw new Killed(what);
    }
    this.writes.push(what);
    const result = work();
    if (isLast) throw new Killed(what);
    return result;
  }

  #put(object: KubeObject): KubeObject {
    const key = this.#keyOf(refOf(object));
    const resourceVersion = String(++this.#version);
    const live = this.objects.get(key)?.metadata;
    const creationTimestamp = live?.creationTimestamp ?? "2026-01-01T00:00:00Z";
    const metadata = { ...object.metadata, creationTimestamp, resourceVersion, uid: live?.uid ?? resourceVersion };
    const stored: KubeObject = { ...structuredClone(object), metadata };
    this.objects.set(key, stored);
    return stored;
  }

  #change(object: KubeObject, { force }: ApplyOptions): Change {
    const refused = this.refuse(object);
    if (refused !== undefined && !(refused.code === "immutable-field" && force)) throw refused;
    const before = this.objects.get(this.#keyOf(refOf(object)));
    if (before === undefined) return { action: "created", after: object };
    if (refused !== undefined) return { action: "recreated", before, after: object };
    const { resourceVersion: _, creationTimestamp: __, uid: ___, ...metadata } = before.metadata;
    return { action: equalJson({ ...before, metadata }, object) ? "unchanged" : "configured", before, after: object };
  }

  /** Objects of a kind that is in no namespace are found whatever namespace a reference has. */
  #keyOf(ref: ObjectRef): string {
    const isCluster = [...this.objects.values()].some(
      (object) =>
        this.#definitionOf(object) === `${ref.group}/${ref.kind}` &&
        JSON.stringify(object.spec ?? {}).includes('"scope":"Cluster"'),
    );
    return refKey(isCluster ? { ...ref, namespace: "" } : ref);
  }

  #stateOf(ref: ObjectRef): ReadyState {
    const object = this.objects.get(this.#keyOf(ref));
    if (object === undefined) return { state: "absent", message: "" };
    return object.metadata.deletionTimestamp === undefined
      ? this.readiness(object)
      : { state: "terminating", message: "held by a finalizer" };
  }

  /** Removes what is deleted and held by nothing; a Namespace takes its content along. */
  #collect(): void {
    const isGoing = (object: KubeObject) => object.metadata.deletionTimestamp !== undefined;
    for (const { kind, metadata } of this.objects.values()) {
      if (kind !== "Namespace" || metadata.deletionTimestamp === undefined) continue;
      for (const inner of this.objects.values()) {
        if (inner.metadata.namespace === metadata.name) inner.metadata.deletionTimestamp = metadata.deletionTimestamp;
      }
    }
    for (const [key, object] of this.objects) {
      if (isGoing(object) && object.kind !== "Namespace" && !this.holds(object)) this.objects.delete(key);
    }
    for (const [key, object] of this.objects) {
      const isEmpty = ![...this.objects.values()].some((inner) => inner.metadata.namespace === object.metadata.name);
      if (object.kind === "Namespace" && isGoing(object) && isEmpty) this.objects.delete(key);
    }
  }

  #knowsKind({ apiVersion, kind }: KubeObject): boolean {
    const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
    if (!group.includes(".") || group.endsWith(".k8s.io")) return true;
    return [...this.objects.values()].some((object) => this.#definitionOf(object) === `${group}/${kind}`);
  }

  #definitionOf(object: KubeObject | undefined): string | undefined {
    if (object?.kind !== "CustomResourceDefinition") return undefined;
    const text = JSON.stringify(object.spec ?? {});
    return `${/"group":"([^"]+)"/.exec(text)?.[1]}/${/"kind":"([^"]+)"/.exec(text)?.[1]}`;
  }

  #checkNamespace({ metadata }: KubeObject): void {
    const namespace =
      metadata.namespace === undefined ? undefined : this.objects.get(`/Namespace//${metadata.namespace}`);
    if (
      metadata.namespace !== undefined &&
      (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined)
    )
      throw new TargetError("api-error", `namespace ${metadata.namespace} not found`);
  }
}

function conflict(): TargetError {
  return new TargetError("record-conflict", "the record was written by another run");
}

/** The key of an instance's record among the objects. */
export function recordKey(namespace: string, instance: string): string {
  return `/Secret/${namespace}/${recordName(instance)}`;
}

function nameOf(object: KubeObject | ObjectRef): string {
  const ref = "metadata" in object ? refOf(object) : object;
  return ref.namespace === "" ? `${ref.kind}/${ref.name}` : `${ref.kind}/${ref.namespace}/${ref.name}`;
}
