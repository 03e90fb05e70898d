import { SheafError, throwFaults } from "../diagnostics/index.js";
import {
  decodeRecord,
  encodeRecord,
  type InstanceId,
  type InstanceRecord,
  instanceKey,
  recordName,
} from "../inventory/index.js";
import { formatRef, type KubeObject } from "../object/index.js";
import { TargetError, WaitError } from "../target/index.js";
import { mapAll } from "./concurrent.js";
import { ApplyError } from "./errors.js";
import type { Masker } from "./mask.js";
import type { Run } from "./options.js";

/**
 * The records of a bundle, if there is one, and those of other owners at the places of `instances`.
 *
 * @throws {RecordError} For those that cannot be read, together
 */
export async function loadRecords(
  run: Run,
  bundle: string | undefined,
  instances: readonly InstanceId[],
): Promise<InstanceRecord[]> {
  const { target, signal, concurrency } = run;
  const namespaces = instances.map(({ namespace }) => namespace);
  const query = { bundle, namespaces, onPartial: warnOfPartial(run) };
  const own = bundle === undefined ? [] : decodeAll(await target.listRecords({ ...query, bundle }, signal));
  const known = new Set(own.map(instanceKey));
  const others = await mapAll(
    instances.filter((instance) => !known.has(instanceKey(instance))),
    concurrency,
    ({ namespace, name }) => target.readRecord(namespace, recordName(name), signal),
  );
  return [...own, ...decodeAll(others.filter((secret) => secret !== undefined))];
}

/** Tells of records that could be listed in some namespaces only. */
export function warnOfPartial(run: Run): (namespaces: readonly string[]) => void {
  return (namespaces) => run.emit({ type: "warning", code: "records-partial", message: partialNote(namespaces) });
}

/** What a list of the records of some namespaces lacks. */
export function partialNote(namespaces: readonly string[]): string {
  const where = `the namespace${namespaces.length === 1 ? "" : "s"} ${[...namespaces].sort().join(", ")}`;
  return `instance records can be listed in ${where} only: instances elsewhere are not seen`;
}

/** Decodes records; those that cannot be read are reported together. */
export function decodeAll(secrets: readonly KubeObject[]): InstanceRecord[] {
  const { records, faults } = tryDecodeAll(secrets);
  throwFaults(faults);
  return records;
}

/** Decodes the records that can be read, and tells of the others. */
export function tryDecodeAll(secrets: readonly KubeObject[]): { records: InstanceRecord[]; faults: SheafError[] } {
  const records: InstanceRecord[] = [];
  const faults: SheafError[] = [];
  for (const secret of secrets) {
    try {
      records.push(decodeRecord(secret));
    } catch (error) {
      if (!(error instanceof SheafError)) throw error;
      faults.push(error);
    }
  }
  return { records, faults };
}

/** Writes a record and returns it with its new version. Another run that wrote it meanwhile makes this fail. */
export async function writeRecord(run: Run, record: InstanceRecord): Promise<InstanceRecord> {
  try {
    return decodeRecord(await run.target.writeRecord(encodeRecord(record), run.signal));
  } catch (error) {
    throw failure(run, "record-failed", { instance: record }, error);
  }
}

/** A target's error, told as what it means for the bundle, with secrets taken out of what the server quoted. */
export function failure(
  run: Run,
  code: ApplyError["code"],
  subject: ConstructorParameters<typeof ApplyError>[1],
  cause: unknown,
): unknown {
  if (!(cause instanceof SheafError)) return cause;
  const masked = maskError(cause, run.mask);
  const { message } = masked;
  // A target's error names the object, too.
  const named = subject.ref === undefined ? "" : `${formatRef(subject.ref)}: `;
  const detail = message.startsWith(named) ? message.slice(named.length) : message;
  return new ApplyError(code, subject, detail, { cause: masked });
}

/** The same error without the secrets that a server quoted, in any part of it: who logs it may log all of it. */
export function maskError(error: SheafError, mask: Masker): SheafError {
  if (!tellsSecret(error, mask)) return error;
  if (error instanceof WaitError) {
    const pending = error.pending.map(({ ref, state, hints = [] }) => ({
      ref,
      state: { ...state, message: mask.text(state.message) },
      hints: hints.map(mask.text),
    }));
    return new WaitError(error.code, mask.text(error.summary), pending);
  }
  const code = error instanceof TargetError ? error.code : "api-error";
  const status = error instanceof TargetError ? error.status : undefined;
  return new TargetError(code, mask.text(error.message), status === undefined ? {} : { status });
}

/** Whether an error, one that it collects or what led to it tells a secret. */
function tellsSecret(error: unknown, mask: Masker, seen = new Set<unknown>()): boolean {
  if (seen.has(error)) return false;
  seen.add(error);
  const message = error instanceof Error ? error.message : error;
  if (typeof message === "string" && mask.text(message) !== message) return true;
  const inner: unknown[] = error instanceof AggregateError ? error.errors : [];
  return error instanceof Error && [error.cause, ...inner].some((each) => tellsSecret(each, mask, seen));
}
