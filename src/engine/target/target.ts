import type { InstanceId } from "../inventory/index.js";
import type { HealthCheck, KubeObject, ObjectRef } from "../object/index.js";

/** What applying an object did, or would do. */
export type ChangeAction = "created" | "configured" | "recreated" | "unchanged";

/**
 * A change of one object. `before` is the live object (absent when it is new), `after` what the target has afterwards,
 * as far as it can tell. `unchecked` says why a preview could not ask the server: it does not know the kind, does not have
 * the namespace (an unknown kind in a missing namespace is `unknown-kind`), or not the role that is bound.
 */
export type Change = Readonly<{
  action: ChangeAction;
  before?: KubeObject;
  after: KubeObject;
  unchecked?: "unknown-kind" | "no-namespace" | "no-role";
  /** A definition loses versions: what is stored in them, or was applied with them, is first written anew at `to`. */
  migration?: Readonly<{ dropped: readonly string[]; to: string; objects: number }>;
}>;

/** Readiness of a live object, with the words of kstatus. `message` is the object's own reason. */
export type ReadyState = Readonly<{
  state: "current" | "in-progress" | "failed" | "terminating" | "absent";
  message: string;
}>;

/** How long to wait, and what to do meanwhile. `onState` is told each change of an object's state. */
export type WaitOptions = Readonly<{
  timeoutMs: number;
  signal?: AbortSignal;
  onState?: (ref: ObjectRef, state: ReadyState) => void;
  /** Rules for kinds whose conditions do not say it as usual; they come before the usual ones. */
  healthChecks?: readonly HealthCheck[];
}>;

/**
 * Which records: of one bundle, or all. Where a user may not list those of all namespaces, the list fails as `forbidden`,
 * unless the caller can do with less: with `onPartial` it looks into `namespaces`, and into the one that the target itself
 * was given, and tells in which of them it could look.
 */
export type RecordQuery = Readonly<{
  bundle?: string;
  namespaces?: readonly string[];
  onPartial?: (namespaces: readonly string[]) => void;
}>;

/** How to apply. `force` recreates an object whose immutable field changes. */
export type ApplyOptions = Readonly<{
  force: boolean;
  /** The object holds a text that is to be kept from others, though it may be no Secret. For targets that people read. */
  holdsSecret?: boolean;
  /** A new definition may take fields from custom resources that it does not have; otherwise that is an error. */
  dropFields?: boolean;
  signal?: AbortSignal;
}>;

/**
 * A place where bundles live: a cluster or a folder. All objects that go in carry the instance labels already. Methods
 * throw a {@link SheafError} that names the object; none of them prints. The apply engine is the only caller of those
 * that write.
 */
export interface Target {
  readonly kind: "kubernetes" | "directory";
  /** What a message calls it: `context kind-dev (https://127.0.0.1:6443)`, `directory ./cluster`. */
  readonly description: string;

  /** Fails when the target cannot be used at all: unreachable, not writable, foreign files. Changes nothing. */
  check(signal?: AbortSignal): Promise<void>;

  /**
   * Instance records (Secrets of type `timoni.sh/instance`), in all namespaces, found by label; with `bundle` only those of
   * that bundle. Unordered.
   */
  listRecords(query: RecordQuery, signal?: AbortSignal): Promise<KubeObject[]>;
  readRecord(namespace: string, name: string, signal?: AbortSignal): Promise<KubeObject | undefined>;
  /**
   * Writes a record. One without `metadata.resourceVersion` must not exist yet; one with it must still have that version:
   * otherwise a `record-conflict` error (another run is at work). Returns what was stored.
   */
  writeRecord(record: KubeObject, signal?: AbortSignal): Promise<KubeObject>;
  /** As `writeRecord`, writing nothing: fails where the record could not be written. A namespace that is missing is fine. */
  previewRecord?(record: KubeObject, signal?: AbortSignal): Promise<void>;
  /** Deletes a record that still has this version, otherwise a `record-conflict` error. One that is absent is fine. */
  deleteRecord(namespace: string, name: string, resourceVersion: string, signal?: AbortSignal): Promise<void>;

  /** The live objects, in the order of `refs`; undefined for one that is absent or whose kind the target does not know. */
  read(refs: readonly ObjectRef[], signal?: AbortSignal): Promise<(KubeObject | undefined)[]>;
  /**
   * As `read`, for callers that look at `metadata` only: the rest of the object may be missing. For targets where that is
   * cheaper; the engine reads whole objects from a target without it.
   */
  readMetadata?(refs: readonly ObjectRef[], signal?: AbortSignal): Promise<(KubeObject | undefined)[]>;
  /** Readiness right now, in the order of `refs`; `absent` for an object that the target does not have. */
  states(refs: readonly ObjectRef[], signal?: AbortSignal): Promise<ReadyState[]>;
  /**
   * Every custom resource, in all namespaces, of the CustomResourceDefinitions named by `definitions` (those that are
   * absent have none). Each one once, whatever the number of versions served. What a delete of the definitions would take along.
   */
  listCustomResources(definitions: readonly ObjectRef[], signal?: AbortSignal): Promise<ObjectRef[]>;
  /**
   * What `apply` would do. Writes nothing. An object whose kind, namespace or role the target does not have comes back as
   * `created` with `unchecked`: the engine knows whether the same bundle brings it, and refuses what nothing brings.
   */
  preview(object: KubeObject, options: ApplyOptions): Promise<Change>;
  /** Creates or changes one object, so that the fields of earlier revisions that it no longer sets are gone. */
  apply(object: KubeObject, options: ApplyOptions): Promise<Change>;
  /** Asks for deletion (background propagation). True when there was something to delete. */
  delete(ref: ObjectRef, signal?: AbortSignal): Promise<boolean>;

  /** Puts right of an applied instance what no comparison shows: who may read what holds secrets, as the objects `secret` do. */
  tidy?(instance: InstanceId, secret: readonly ObjectRef[]): Promise<void>;
  /** What a delete of an instance leaves at its place, apart from the objects `kept`: files that it does not know. */
  leftovers?(instance: InstanceId, kept: readonly ObjectRef[]): Promise<string[]>;

  /** As `delete`, deleting nothing: fails where the object could not be deleted. One that is absent is fine. */
  previewDelete?(ref: ObjectRef, signal?: AbortSignal): Promise<void>;

  /** Resolves when every object is current. A {@link WaitError} names those that failed or were not ready in time. */
  waitReady(refs: readonly ObjectRef[], options: WaitOptions): Promise<void>;
  /** Resolves when every object is gone, finalizers included. A {@link WaitError} names what is left, with its finalizers. */
  waitGone(refs: readonly ObjectRef[], options: WaitOptions): Promise<void>;

  /**
   * Whether a Namespace that is being deleted will be gone without anybody's doing: nothing that could hold it is left in it.
   * False where that cannot be told. For targets that take their time to remove an empty one.
   */
  isVacant?(namespace: ObjectRef, signal?: AbortSignal): Promise<boolean>;

  /** Frees connections. */
  close(): Promise<void>;
}
