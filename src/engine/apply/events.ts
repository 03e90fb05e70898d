import type { InstanceId, ModuleReference } from "../inventory/index.js";
import type { KubeObject, ObjectRef } from "../object/index.js";
import type { Stage } from "../plan/index.js";
import type { Change, ChangeAction, ReadyState } from "../target/index.js";

/** What was done to an object; `skipped` is a one-off object that exists already. */
export type ObjectAction = ChangeAction | "skipped";

/**
 * An object before and after a change, fit to be shown: secrets are masked and what the server keeps for itself is left
 * out. `before` is absent for a new object, `after` for one that is deleted.
 */
export type ShownDiff = Readonly<{ before?: KubeObject; after?: KubeObject }>;

/** Why an object that should go is left: it says so, it is no longer the instance's, or it is a Namespace that others use. */
export type KeptReason = "prune-disabled" | "not-owned" | "in-use";

/** How many objects of an instance were treated how. */
export type ActionCounts = Readonly<Record<ObjectAction | "deleted" | "kept", number>>;

type OfInstance = Readonly<{ instance: InstanceId }>;

/**
 * What the engine tells while it works: plain data, in the order of the work. In a dry run the same events tell what
 * would be done. No event holds a secret.
 */
export type ApplyEvent =
  /** Everything that can fail without writing was tried; the first write may follow. */
  | Readonly<{ type: "preflight-done"; bundle: string | undefined; instances: number; objects: number }>
  /** The target has an instance of this bundle that the bundle no longer names; `pruned` says whether it will be deleted. */
  | (Readonly<{ type: "instance-unnamed"; pruned: boolean }> & OfInstance)
  /** An atomic apply has failed at an instance: the bundle goes back to what it was. The events of that follow. */
  | (Readonly<{ type: "rollback-started"; message: string }> & OfInstance)
  /** The instance is what it was before. */
  | (Readonly<{ type: "instance-restored"; module: ModuleReference }> & OfInstance)
  | (Readonly<{
      type: "instance-started";
      operation: "install" | "upgrade";
      module: ModuleReference;
      /** From 1. */
      position: number;
      total: number;
    }> &
      OfInstance)
  | (Readonly<{ type: "namespace-created"; namespace: string }> & OfInstance)
  | (Readonly<{ type: "record-written"; state: "intended" | "pending" | "current" | "deleting" | "removed" }> &
      OfInstance)
  | (Readonly<{ type: "stage-started"; set: string; stage: Stage["name"]; objects: number }> & OfInstance)
  | (Readonly<{
      type: "object-applied";
      ref: ObjectRef;
      action: ObjectAction;
      unchecked?: NonNullable<Change["unchecked"]>;
      migration?: NonNullable<Change["migration"]>;
      diff?: ShownDiff;
    }> &
      OfInstance)
  | (Readonly<{ type: "object-deleted"; ref: ObjectRef; diff?: ShownDiff }> & OfInstance)
  | (Readonly<{ type: "object-kept"; ref: ObjectRef; reason: KeptReason }> & OfInstance)
  | Readonly<{ type: "waiting"; until: "established" | "ready" | "gone"; objects: number; timeoutMs: number }>
  | Readonly<{ type: "object-state"; ref: ObjectRef; state: ReadyState }>
  | (Readonly<{ type: "instance-done"; counts: ActionCounts }> & OfInstance)
  | Readonly<{
      type: "warning";
      code: "object-taken-over" | "preview-incomplete" | "records-partial" | "module-replaced" | "files-left";
      message: string;
    }>;

/** Whether an event tells of an object or a namespace that is, or would be, changed: what a diff calls a change. */
export function changesObjects(event: ApplyEvent): boolean {
  if (event.type === "object-applied") return event.action !== "unchanged" && event.action !== "skipped";
  return event.type === "object-deleted" || event.type === "namespace-created";
}

/** What became of one instance. */
export type InstanceResult = InstanceId &
  Readonly<{ operation: "install" | "upgrade" | "delete"; counts: ActionCounts; changed: boolean }>;

/** Counts actions while an instance is worked on. */
export function newCounts(): Record<keyof ActionCounts, number> {
  return { created: 0, configured: 0, recreated: 0, unchanged: 0, skipped: 0, deleted: 0, kept: 0 };
}

/** Whether anything of an instance was, or would be, changed. */
export function isChange(counts: ActionCounts): boolean {
  return counts.created + counts.configured + counts.recreated + counts.deleted > 0;
}
