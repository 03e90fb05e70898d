import { sortRecords } from "../inventory/index.js";
import { type RecordQuery, type Target, TargetError } from "../target/index.js";
import { carryOutDeletion, planDeletion, rehearseDeletion } from "./deletion.js";
import { recordedSecrets } from "./earlier-values.js";
import { UnknownBundleError } from "./errors.js";
import type { InstanceResult } from "./events.js";
import { createMasker } from "./mask.js";
import { type DeleteBundleOptions, type Run, startRun } from "./options.js";
import { decodeAll, tryDecodeAll, warnOfPartial } from "./records.js";

/** What became of a deleted bundle. */
export type DeleteResult = Readonly<{
  bundle: string;
  /** In the order in which they were installed. */
  instances: readonly InstanceResult[];
}>;

/**
 * Deletes every instance of a bundle, the last installed first, in waves: custom resources of the bundle's own
 * definitions, then what instances run, then accounts, rights and definitions, then Namespaces; each wave is gone,
 * finalizers included, before the next begins. A Namespace that nothing can hold any more counts as gone: Kubernetes removes it
 * some seconds later. The records go last, so the same command finishes what a stopped one left.
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
  const base = startRun(target, options);
  await target.check(base.signal);
  const query = recordQuery(base, options.namespaces);
  const secrets = await target.listRecords({ ...query, bundle }, base.signal).catch((error: unknown) => {
    if (options.namespaces !== undefined || !(error instanceof TargetError) || error.code !== "forbidden") throw error;
    const text = `${error.message}; say with --instance-namespace where instances of "${bundle}" are`;
    throw new TargetError("forbidden", text, { cause: error });
  });
  const records = sortRecords(decodeAll(secrets));
  if (records.length === 0) throw new UnknownBundleError(bundle, target.description, await knownBundles(base, query));

  const run = { ...base, mask: createMasker(recordedSecrets(records)) };
  const deletion = await planDeletion(run, records);
  run.emit({ type: "preflight-done", bundle, instances: records.length, objects: deletion.sentences.length });
  const instances = options.dryRun === true ? rehearseDeletion(run, deletion) : await carryOutDeletion(run, deletion);
  return { bundle, instances };
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
