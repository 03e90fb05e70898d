import { createHash } from "node:crypto";
import { open, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { formatTime, protocol } from "../../inventory/index.js";
import { isKubeObject, type KubeObject } from "../../object/index.js";
import { TargetError } from "../errors.js";
import { lockFile, recordFile, tempPrefix } from "./file-name.js";
import { codeOf, isAlive, notWritable, orAbsent, removeFile, tryReadFile, writeWhole } from "./file-system.js";

/** How long a lock may be held, in milliseconds: it guards one read and one write. */
const lockMs = 5_000;

/**
 * Reads the record in an instance's folder; undefined where there is none. Its `resourceVersion` is a digest of the text.
 * A text that is no object gives an empty Secret, which the reader of records refuses by name.
 */
export async function readRecordFile(folder: string, namespace: string, name: string): Promise<KubeObject | undefined> {
  const file = await tryReadFile(join(folder, recordFile));
  if (file === undefined) return undefined;
  const stored = tryParse(file.text);
  if (stored === undefined) return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace } };
  return { ...stored, metadata: { ...stored.metadata, resourceVersion: versionOf(file.text) } };
}

/**
 * Writes a record into an instance's folder. One with a `resourceVersion` replaces that version only, one without must be
 * the first. Returns what is stored.
 *
 * @throws {TargetError} `record-conflict` where another run has written, or is writing, the record
 */
export async function writeRecordFile(folder: string, record: KubeObject, now: () => Date): Promise<KubeObject> {
  const { resourceVersion, ...metadata } = record.metadata;
  const { name, namespace = "" } = record.metadata;
  return withLock(folder, name, async () => {
    const stored = await readRecordFile(folder, namespace, name);
    if (stored?.metadata.resourceVersion !== resourceVersion) {
      const what = stored === undefined ? "deleted" : resourceVersion === undefined ? "created" : "changed";
      throw conflict(name, `was ${what} by another run meanwhile`);
    }
    const creationTimestamp = stored?.metadata.creationTimestamp ?? formatTime(now());
    const next: KubeObject = { ...record, metadata: { ...metadata, name, namespace, creationTimestamp } };
    const text = `${JSON.stringify(next, null, 2)}\n`;
    await writeWhole(join(folder, recordFile), text, 0o600);
    return { ...next, metadata: { ...next.metadata, resourceVersion: versionOf(text) } };
  });
}

/** Comparing a version and replacing the file are two steps: the lock makes them one for all runs. */
async function withLock<T>(folder: string, record: string, work: () => Promise<T>): Promise<T> {
  const path = join(folder, lockFile);
  await takeLock(path, folder, record);
  try {
    return await work();
  } finally {
    await removeFile(path);
  }
}

async function takeLock(path: string, folder: string, record: string): Promise<void> {
  for (const isLastTry of [false, true]) {
    try {
      const handle = await open(path, "wx", 0o600);
      await handle.writeFile(`${process.pid}\n`);
      await handle.close();
      return;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw notWritable(path, error);
      if (isLastTry || !(await isAbandoned(path, folder))) throw conflict(record, "is being written by another run");
      await removeFile(path);
    }
  }
}

/** A lock is left behind by a process that was killed: it is no more, or has held it for too long by the folder's own clock. */
async function isAbandoned(path: string, folder: string): Promise<boolean> {
  const lock = await tryReadFile(path);
  if (lock === undefined) return true;
  const pid = Number.parseInt(lock.text, 10);
  if (pid > 0 && !isAlive(pid)) return true;
  const probe = join(folder, `${tempPrefix}${process.pid}-probe`);
  await writeFile(probe, "");
  const [now, then] = [await stat(probe), await orAbsent(stat(path), path)];
  await removeFile(probe);
  return then === undefined || now.mtimeMs - then.mtimeMs > lockMs;
}

function conflict(record: string, what: string): TargetError {
  return new TargetError("record-conflict", `record ${record} ${what}; let that run finish, then try again`);
}

function tryParse(text: string): KubeObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isKubeObject(value) && value.type === protocol.recordType ? value : undefined;
  } catch {
    return undefined;
  }
}

function versionOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
