import type { SecretValue } from "../diagnostics/index.js";
import type { InstanceRevision } from "../inventory/index.js";
import type { RenderedInstance } from "../plan/index.js";
import type { Target } from "../target/index.js";
import { TargetError } from "../target/index.js";
import type { ApplyEvent } from "./events.js";
import { createMasker, type Masker } from "./mask.js";

/** What every operation on a target takes. */
export type RunOptions = Readonly<{
  /** The clock, for the times in records. */
  now: () => Date;
  /**
   * Stops the run at the next object. What was written stays, and the next run goes on from there; an apply with `restore` goes
   * back to what was there before.
   */
  signal?: AbortSignal;
  /** Is told what happens, as it happens. */
  onEvent?: (event: ApplyEvent) => void;
  /** Requests under way at once (8 unless given). */
  concurrency?: number;
}>;

/** How a bundle, or an instance, is applied. */
export type ApplyBundleOptions = RunOptions &
  Readonly<{
    /** Tell what would be done, and write nothing. */
    dryRun?: boolean;
    /** Let events carry objects before and after the change, masked. */
    diff?: boolean;
    /** Wait until objects are ready, and until pruned ones are gone (true unless given). */
    wait?: boolean;
    /** How long each instance may take to become ready, in milliseconds (300 000 unless given). */
    timeoutMs?: number;
    /** How long the run may wait in all, in milliseconds (no limit unless given). What goes back after a failure may take longer. */
    runTimeoutMs?: number;
    /** Recreate objects whose immutable fields change. */
    force?: boolean;
    /** Take over instances that belong to another bundle, or to none. */
    overwriteOwnership?: boolean;
    /** Go on when definitions are pruned whose custom resources are still there: they are deleted with them. */
    deleteResources?: boolean;
    /** Delete instances of the bundle that it no longer names, when all others are applied. */
    pruneInstances?: boolean;
    /**
     * Makes the apply atomic: when anything fails, every instance goes back to its recorded revision, rendered by this, and
     * new ones are removed. Nothing is pruned before all instances are ready.
     */
    restore?: Restore;
    /** Go on when a new definition takes fields from custom resources that it does not have; otherwise that is an error. */
    dropFields?: boolean;
    /** Make the instances' namespaces where they are missing (true unless given). */
    createNamespaces?: boolean;
  }>;

/** How a bundle, or an instance, is deleted. */
export type DeleteBundleOptions = RunOptions &
  Readonly<{
    /** For a user who may not list records everywhere: the namespaces of the bundle's instances. Others are not seen. */
    namespaces?: readonly string[];
    /** Tell what would be deleted, and write nothing. */
    dryRun?: boolean;
    /**
     * Wait for finalizers, in the safe order (true unless given); not for a Namespace that nothing can hold any more. Without
     * it the records go at once.
     */
    wait?: boolean;
    /** How long each wait may take, in milliseconds (300 000 unless given). */
    timeoutMs?: number;
    /** How long the run may wait in all, in milliseconds (no limit unless given). */
    runTimeoutMs?: number;
    /** Delete custom resources of the bundle's own definitions that are not the bundle's, first; otherwise they stop the delete. */
    deleteResources?: boolean;
  }>;

/** Renders a recorded revision anew. It is called before the first write, so that what cannot be had any more stops there. */
export type Restore = (revision: InstanceRevision) => Promise<RenderedInstance>;

/** One run on one target: what its steps share. */
export type Run = Readonly<{
  target: Target;
  emit: (event: ApplyEvent) => void;
  mask: Masker;
  now: () => Date;
  signal: AbortSignal | undefined;
  concurrency: number;
  timeoutMs: number;
  /** When the run waits no longer, on the scale of `performance.now()`. */
  endsAtMs: number;
  wait: boolean;
  diff: boolean;
  deleteResources: boolean;
  dropFields: boolean;
}>;

export function startRun(
  target: Target,
  options: ApplyBundleOptions | DeleteBundleOptions,
  secrets?: readonly SecretValue[],
): Run {
  return {
    target,
    emit: options.onEvent ?? (() => {}),
    mask: createMasker(secrets),
    now: options.now,
    signal: options.signal,
    concurrency: options.concurrency ?? 8,
    timeoutMs: options.timeoutMs ?? 300_000,
    endsAtMs: performance.now() + (options.runTimeoutMs ?? Number.POSITIVE_INFINITY),
    wait: options.wait ?? true,
    diff: "diff" in options && options.diff === true,
    deleteResources: options.deleteResources ?? false,
    dropFields: "dropFields" in options && options.dropFields === true,
  };
}

/** Stops a run that was asked to, between two steps. */
export function checkAborted(run: Run): void {
  if (run.signal?.aborted === true) throw new TargetError("aborted", "stopped on request");
}

/** An optional property, for calls that take a signal only where there is one. */
export function signalOf(run: Run): { signal?: AbortSignal } {
  return run.signal === undefined ? {} : { signal: run.signal };
}
