import { throwFaults } from "../diagnostics/index.js";
import { formatTime, type InstanceRecord, idOf, instanceKey, recordedRefs, recordName } from "../inventory/index.js";
import { isNamespace, refKey } from "../object/index.js";
import { deleteObjects } from "./delete-objects.js";
import { planWaves, type Wave } from "./delete-waves.js";
import { findDwellers, guardDefinitions, guardNamespaces } from "./dependents.js";
import { type Doomed, instancesOf, judge, keysOf, neededByKept, type Sentence } from "./doomed.js";
import { type InstanceResult, newCounts } from "./events.js";
import type { Run } from "./options.js";
import { namespaceRef } from "./read-metadata.js";
import { failure, writeRecord } from "./records.js";
import { showDeletion } from "./show.js";
import { assertStillOurs } from "./still-ours.js";
import { tryDelete } from "./try-all.js";

/** What deleting instances does: to every object that is live, and in which order. */
export type Deletion = Readonly<{
  /** In the order of installation. */
  records: readonly InstanceRecord[];
  sentences: readonly Sentence[];
  waves: readonly Wave[];
  /** Keys of custom resources that go with their definitions, whatever speaks for keeping them. */
  taken: ReadonlySet<string>;
}>;

/**
 * Finds out what deleting instances does. Writes nothing.
 *
 * @param records In the order of installation
 * @param others What else is applied: its objects are left out, and a Namespace in which any other instance lives is kept.
 *   Without it such a Namespace is an error
 * @throws {DependentsError} Where something would go that is not these instances'
 */
export async function planDeletion(
  run: Run,
  records: readonly InstanceRecord[],
  others?: Readonly<{ rendered: ReadonlySet<string> }>,
): Promise<Deletion> {
  const doomed = doomedOf(records).filter(({ ref }) => others?.rendered.has(refKey(ref)) !== true);
  const judged = await judge(run, doomed, new Set(), run.diff);
  const needed = new Set(await neededByKept(run, judged));
  if (others !== undefined) for (const key of await homesOfOthers(run, records, judged)) needed.add(key);
  const sentences = judged.map(
    (sentence): Sentence =>
      sentence.kept === undefined && needed.has(refKey(sentence.ref)) ? { ...sentence, kept: "in-use" } : sentence,
  );
  const going = sentences.filter(({ kept }) => kept === undefined);
  const refs = going.map(({ ref }) => ref);
  const resources = await guardDefinitions(run, refs, keysOf(going), others?.rendered);
  if (others === undefined) await guardNamespaces(run, refs, instancesOf(records));
  throwFaults(await tryDelete(run, [...refs, ...resources]));
  return { records, sentences, waves: planWaves(sentences, resources), taken: new Set(resources.map(refKey)) };
}

/** Everything that is recorded, in the order of deletion: the last instance first, and its last object first. */
function doomedOf(records: readonly InstanceRecord[]): Doomed[] {
  return [...records].reverse().flatMap((record) =>
    recordedRefs(record)
      .reverse()
      .map((ref) => ({ instance: idOf(record), ref })),
  );
}

/** Keys of the Namespaces among the objects in which instances live that stay. */
async function homesOfOthers(run: Run, records: readonly InstanceRecord[], judged: readonly Doomed[]) {
  const namespaces = new Set(judged.filter(({ ref }) => isNamespace(ref)).map(({ ref }) => ref.name));
  const own = instancesOf(records);
  const others = (await findDwellers(run, namespaces)).filter(({ record }) => !own.has(instanceKey(record)));
  return others.flatMap(({ uses }) => uses.map((name) => refKey(namespaceRef(name))));
}

/**
 * Deletes instances wave by wave, and their records last: until then the same can be done again. An apply that starts
 * meanwhile writes the records anew: from then on nothing of theirs is deleted.
 *
 * @throws {ApplyError} Where something is not gone in time; the records stay
 */
export async function carryOutDeletion(run: Run, deletion: Deletion): Promise<InstanceResult[]> {
  const marked: InstanceRecord[] = [];
  for (const record of [...deletion.records].reverse()) marked.push(await markDeleting(run, record));
  for (const wave of deletion.waves) {
    await assertStillOurs(run, ...marked);
    await deleteObjects(run, wave.sentences, run.wait || wave.mustBeGone);
  }
  await warnOfLeftovers(run, deletion);
  for (const record of marked) {
    try {
      const { namespace, name, resourceVersion = "" } = record;
      await run.target.deleteRecord(namespace, recordName(name), resourceVersion, run.signal);
    } catch (error) {
      throw failure(run, "record-failed", { instance: record }, error);
    }
    run.emit({ type: "record-written", instance: idOf(record), state: "removed" });
  }
  return tellKept(run, deletion);
}

/** In a folder, files that somebody has changed may hold what was recorded, under another name or without its labels. */
async function warnOfLeftovers(run: Run, { records, sentences }: Deletion): Promise<void> {
  const kept = sentences.filter((sentence) => sentence.kept !== undefined).map(({ ref }) => ref);
  for (const record of records) {
    for (const path of (await run.target.leftovers?.(record, kept)) ?? []) {
      const message = `instance "${record.name}": ${path} is left, since it is no object that was recorded, or was changed by hand`;
      run.emit({ type: "warning", code: "files-left", message });
    }
  }
}

/** Tells what {@link carryOutDeletion} would do. */
export function rehearseDeletion(run: Run, deletion: Deletion): InstanceResult[] {
  for (const { sentences } of deletion.waves) for (const sentence of sentences) run.emit(showDeletion(run, sentence));
  return tellKept(run, deletion);
}

/** Returns the record as it is stored by then. */
async function markDeleting(run: Run, record: InstanceRecord): Promise<InstanceRecord> {
  if (record.deleting !== undefined) return record;
  const marked = await writeRecord(run, { ...record, deleting: formatTime(run.now()) });
  run.emit({ type: "record-written", instance: idOf(record), state: "deleting" });
  return marked;
}

function tellKept(run: Run, { records, sentences, taken }: Deletion): InstanceResult[] {
  for (const sentence of sentences)
    if (sentence.kept !== undefined && !taken.has(refKey(sentence.ref))) run.emit(showDeletion(run, sentence));
  return records.map((record) => {
    const counts = newCounts();
    for (const { instance, kept } of sentences) {
      if (instanceKey(instance) === instanceKey(record)) counts[kept === undefined ? "deleted" : "kept"]++;
    }
    run.emit({ type: "instance-done", instance: idOf(record), counts });
    return { ...idOf(record), operation: "delete", counts, changed: true };
  });
}
