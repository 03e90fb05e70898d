import { SheafError } from "../diagnostics/index.js";
import type { ObjectRef } from "../object/index.js";
import { settleAll } from "./concurrent.js";
import type { Run } from "./options.js";
import { failure } from "./records.js";

/** Does something with every item, and returns what went wrong. What is no fault of the target's is thrown. */
export async function tryAll<Item>(
  run: Run,
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
): Promise<SheafError[]> {
  const outcomes = await settleAll(items, run.concurrency, work);
  return outcomes.flatMap((outcome): SheafError[] => {
    if (outcome.status === "fulfilled") return [];
    if (outcome.reason instanceof SheafError) return [outcome.reason];
    throw outcome.reason;
  });
}

/** Tries to delete without deleting: one object of each kind and namespace, since rights are given for these. */
export async function tryDelete(run: Run, refs: readonly ObjectRef[]): Promise<SheafError[]> {
  const { target, signal } = run;
  if (target.previewDelete === undefined) return [];
  const first = new Map(refs.map((ref) => [`${ref.group}/${ref.kind}/${ref.namespace}`, ref]));
  return tryAll(run, [...first.values()], async (ref) => {
    try {
      await target.previewDelete?.(ref, signal);
    } catch (error) {
      throw failure(run, "delete-failed", { ref }, error);
    }
  });
}
