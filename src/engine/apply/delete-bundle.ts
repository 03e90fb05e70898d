import {
  formatTime,
  type InstanceId,
  type InstanceRecord,
  instanceKey,
  recordedRefs,
  recordName,
  sortRecords,
} from "../inventory/index.js";
import { refKey } from "../object/index.js";
import { type RecordQuery, type Target, TargetError } from "../target/index.js";
import { deleteObjects } from "./delete-objects.js";
import { planWaves, type Wave } from "./delete-waves.js";
import { guardDefinitions, guardNamespaces } from "./dependents.js";
import { type Doomed, instancesOf, judge, keysOf, neededByKept, type Sentence } from "./doomed.js";
import { UnknownBundleError } from "./errors.js";
import { type InstanceResult, newCounts } from "./events.js";
import { type DeleteBundleOptions, type Run, startRun } from "./options.js";
import { decodeAll, failure, tryDecodeAll, warnOfPartial, writeRecord } from "./records.js";
import { showDeletion } from "./show.js";
import { assertStillOurs } from "./still-ours.js";

/** What became of a deleted bundle. */
export type DeleteResult = Readonly<{
  bundle: string;
  /** In the order in which they were installed. */
  instances: readonly InstanceResult[];
}>;

/**
 * Deletes every instance of a bundle, the last installed first, in waves: custom resources of the bundle's own
 * definitions, then what instances run, then accounts, rights and definitions, then Namespaces; each wave is gone,
 * finalizers included, before the next begins. The records go last, so the same command finishes what a stopped one left.
 *
 * @param bundle The bundle's name
 * @throws {UnknownBundleError} Where the target has no instance of it
 * @throws {DependentsError} Where something would go that is not the bundle's; nothing was changed
 * @throws {ApplyError} Where something is not gone in time; the records stay
 * @example
 * ```ts
 * await deleteBundle("dev-team", target, { now: () => new Date(), timeoutMs: 60_000 });
 * ```
 */
export async function deleteBundle(
  bundle: string,
  target: Target,
  options: DeleteBundleOptions,
): Promise<DeleteResult> {
  const run = startRun(target, options);
  await target.check(run.signal);
  const query = recordQuery(run, options.namespaces);
  const secrets = await target.listRecords({ ...query, bundle }, run.signal).catch((error: unknown) => {
    if (options.namespaces !== undefined || !(error instanceof TargetError) || error.code !== "forbidden") throw error;
    const text = `${error.message}; say with --instance-namespace where instances of "${bundle}" are`;
    throw new TargetError("forbidden", text, { cause: error });
  });
  const records = sortRecords(decodeAll(secrets));
  if (records.length === 0) throw new UnknownBundleError(bundle, target.description, await knownBundles(run, query));

  const sentences = await keepNeeded(run, await judge(run, doomedOf(records), new Set(), false));
  const doomed = sentences.filter(({ kept }) => kept === undefined);
  const refs = doomed.map(({ ref }) => ref);
  const resources = await guardDefinitions(run, refs, keysOf(doomed));
  await guardNamespaces(run, refs, instancesOf(records));
  run.emit({ type: "preflight-done", bundle, instances: records.length, objects: sentences.length });

  const waves = planWaves(sentences, resources);
  if (options.dryRun === true) for (const wave of waves) tellWave(run, wave);
  else await deleteWaves(run, records, waves);
  const taken = new Set(resources.map(refKey));
  for (const sentence of sentences)
    if (sentence.kept !== undefined && !taken.has(refKey(sentence.ref))) run.emit(showDeletion(run, sentence));
  return { bundle, instances: records.map((record) => resultOf(run, record, sentences)) };
}

/** Where to look for records: everywhere, or for a user who may not, in `namespaces`, none of them left out. */
function recordQuery(run: Run, namespaces: readonly string[] | undefined): RecordQuery {
  if (namespaces === undefined) return {};
  const onPartial = (seen: readonly string[]) => {
    const unseen = namespaces.filter((namespace) => !seen.includes(namespace));
    if (unseen.length > 0)
      throw new TargetError("forbidden", `not allowed to list instance records in ${unseen.join(", ")}`);
    warnOfPartial(run)(seen);
  };
  return { namespaces, onPartial };
}

async function knownBundles(run: Run, query: RecordQuery): Promise<string[]> {
  const { records } = tryDecodeAll(await run.target.listRecords({ ...query }, run.signal));
  return [...new Set(records.flatMap(({ bundle }) => bundle ?? []))].sort();
}

/** Everything that is recorded, in the order of deletion: the last instance first, and its last object first. */
function doomedOf(records: readonly InstanceRecord[]): Doomed[] {
  return [...records].reverse().flatMap((record) =>
    recordedRefs(record)
      .reverse()
      .map((ref) => ({ instance: idOf(record), ref })),
  );
}

/** A Namespace and a definition stay with an object that is never to be deleted: they would take it along. */
async function keepNeeded(run: Run, sentences: readonly Sentence[]): Promise<Sentence[]> {
  const needed = new Set(await neededByKept(run, sentences));
  return sentences.map((sentence) =>
    sentence.kept === undefined && needed.has(refKey(sentence.ref)) ? { ...sentence, kept: "in-use" } : sentence,
  );
}

/** An apply that starts meanwhile writes the records anew: from then on nothing of theirs is deleted. */
async function deleteWaves(run: Run, records: readonly InstanceRecord[], waves: readonly Wave[]): Promise<void> {
  const marked: InstanceRecord[] = [];
  for (const record of [...records].reverse()) marked.push(await markDeleting(run, record));
  for (const wave of waves) {
    await assertStillOurs(run, ...marked);
    await deleteObjects(run, wave.sentences, run.wait || wave.mustBeGone);
  }
  for (const record of marked) {
    try {
      const { namespace, name, resourceVersion = "" } = record;
      await run.target.deleteRecord(namespace, recordName(name), resourceVersion, run.signal);
    } catch (error) {
      throw failure(run, "record-failed", { instance: record }, error);
    }
    run.emit({ type: "record-written", instance: idOf(record), state: "removed" });
  }
}

/** Returns the record as it is stored by then. */
async function markDeleting(run: Run, record: InstanceRecord): Promise<InstanceRecord> {
  if (record.deleting !== undefined) return record;
  const marked = await writeRecord(run, { ...record, deleting: formatTime(run.now()) });
  run.emit({ type: "record-written", instance: idOf(record), state: "deleting" });
  return marked;
}

function tellWave(run: Run, { sentences }: Wave): void {
  for (const sentence of sentences) run.emit(showDeletion(run, sentence));
}

function resultOf(run: Run, record: InstanceRecord, sentences: readonly Sentence[]): InstanceResult {
  const counts = newCounts();
  for (const { instance, kept } of sentences) {
    if (instanceKey(instance) === instanceKey(record)) counts[kept === undefined ? "deleted" : "kept"]++;
  }
  run.emit({ type: "instance-done", instance: idOf(record), counts });
  return { ...idOf(record), operation: "delete", counts, changed: true };
}

function idOf({ name, namespace }: InstanceId): InstanceId {
  return { name, namespace };
}
