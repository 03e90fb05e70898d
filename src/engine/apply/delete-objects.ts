import { SheafError, throwFaults } from "../diagnostics/index.js";
import { isNamespace, type ObjectRef, runsOfKind } from "../object/index.js";
import { mapAll, settleAll } from "./concurrent.js";
import type { Sentence } from "./doomed.js";
import { checkAborted, type Run } from "./options.js";
import { failure } from "./records.js";
import { showDeletion } from "./show.js";
import { waitFor } from "./wait.js";

/**
 * Deletes objects in their order, neighbours of one kind at the same time, and waits until they are gone where
 * `waitGone` says so. Tells of each.
 *
 * @returns How many were there to be deleted
 * @throws {SheafError} The faults of the first kind that had any
 */
export async function deleteObjects(run: Run, sentences: readonly Sentence[], waitGone: boolean): Promise<number> {
  const doomed = sentences.filter(({ kept }) => kept === undefined);
  for (const sameKind of runsOfKind(doomed, ({ ref }) => ref)) {
    checkAborted(run);
    const outcomes = await settleAll(sameKind, run.concurrency, ({ ref }) => run.target.delete(ref, run.signal));
    const faults: SheafError[] = [];
    for (const [index, sentence] of sameKind.entries()) {
      const outcome = outcomes[index];
      if (outcome?.status === "rejected") {
        const fault = failure(run, "delete-failed", sentence, outcome.reason);
        if (!(fault instanceof SheafError)) throw fault;
        faults.push(fault);
      } else if (outcome?.value === true) run.emit(showDeletion(run, sentence));
    }
    throwFaults(faults);
  }
  if (waitGone) {
    const refs = doomed.map(({ ref }) => ref);
    await waitFor(run, "gone", await withoutVacant(run, refs));
  }
  return doomed.length;
}

/** Leaves out Namespaces that nothing can hold any more: the server takes seconds to remove even these, and needs no watching. */
async function withoutVacant(run: Run, refs: readonly ObjectRef[]): Promise<ObjectRef[]> {
  const { target, signal, concurrency, emit } = run;
  const isVacant = async (ref: ObjectRef) => isNamespace(ref) && (await target.isVacant?.(ref, signal)) === true;
  const vacant = await mapAll(refs, concurrency, isVacant);
  const state = { state: "terminating", message: "empty; Kubernetes removes it within seconds" } as const;
  for (const [index, ref] of refs.entries()) if (vacant[index] === true) emit({ type: "object-state", ref, state });
  return refs.filter((_, index) => vacant[index] !== true);
}
