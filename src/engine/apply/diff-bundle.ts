import type { InstanceId } from "../inventory/index.js";
import type { ObjectRef } from "../object/index.js";
import type { RenderedBundle } from "../plan/index.js";
import type { Target } from "../target/index.js";
import { applyBundle } from "./apply-bundle.js";
import { changesObjects, type ObjectAction, type ShownDiff } from "./events.js";
import type { ApplyBundleOptions } from "./options.js";

/** One object that applying a bundle would change, fit to be shown. */
export type BundleChange = Readonly<{
  instance: InstanceId;
  ref: ObjectRef;
  action: Exclude<ObjectAction, "unchanged" | "skipped"> | "deleted";
  diff: ShownDiff;
}>;

/** What applying a bundle would change. */
export type BundleDiff = Readonly<{
  bundle: string | undefined;
  /** Whether any object or namespace would change. A new revision that renders the same objects is no change. */
  changed: boolean;
  /** In the order in which they would be made; empty where the target has the bundle as it is. */
  changes: readonly BundleChange[];
  /** Namespaces that would be made for instances. */
  namespaces: readonly string[];
  unnamed: readonly InstanceId[];
  warnings: readonly string[];
}>;

/**
 * Compares a bundle with what a target has. Writes nothing, and masks what is secret.
 *
 * @throws {SheafError} Where applying the bundle would fail before its first write
 */
export async function diffBundle(
  bundle: RenderedBundle,
  target: Target,
  options: Omit<ApplyBundleOptions, "dryRun" | "diff" | "wait" | "timeoutMs">,
): Promise<BundleDiff> {
  const changes: BundleChange[] = [];
  const namespaces: string[] = [];
  const warnings: string[] = [];
  let changed = false;
  const { unnamed } = await applyBundle(bundle, target, {
    ...options,
    dryRun: true,
    diff: true,
    onEvent: (event) => {
      options.onEvent?.(event);
      if (changesObjects(event)) changed = true;
      if (event.type === "warning") warnings.push(event.message);
      if (event.type === "namespace-created") namespaces.push(event.namespace);
      if (event.type === "object-deleted") {
        const { instance, ref, diff = {} } = event;
        changes.push({ instance, ref, action: "deleted", diff });
      }
      if (event.type === "object-applied" && event.action !== "unchanged" && event.action !== "skipped") {
        const { instance, ref, action, diff = {} } = event;
        changes.push({ instance, ref, action, diff });
      }
    },
  });
  return { bundle: bundle.name, changed, changes, namespaces, unnamed, warnings };
}
