import { createHash } from "node:crypto";
import { join } from "node:path";
import { formatTime, protocol } from "../../inventory/index.js";
import { isKubeObject, type KubeObject } from "../../object/index.js";
import { recordFile } from "./file-name.js";
import { removeFile, tryReadFile, writeWhole } from "./file-system.js";
import { conflict, withLock } from "./lock.js";

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
  // Comparing a version and replacing the file are two steps: the lock makes them one for all runs.
  return withLock(folder, `record ${name}`, async () => {
    const stored = await readRecordFile(folder, namespace, name);
    if (stored?.metadata.resourceVersion !== resourceVersion) {
      const what = stored === undefined ? "deleted" : resourceVersion === undefined ? "created" : "changed";
      throw conflict(`record ${name}`, `was ${what} by another run meanwhile`);
    }
    const creationTimestamp = stored?.metadata.creationTimestamp ?? formatTime(now());
    const next: KubeObject = { ...record, metadata: { ...metadata, name, namespace, creationTimestamp } };
    const text = `${JSON.stringify(next, null, 2)}\n`;
    await writeWhole(join(folder, recordFile), text, 0o600);
    return { ...next, metadata: { ...next.metadata, resourceVersion: versionOf(text) } };
  });
}

/**
 * Removes the record from an instance's folder, where it still has this version.
 *
 * @throws {TargetError} `record-conflict` where another run has written, or is writing, the record
 */
export async function deleteRecordFile(
  folder: string,
  namespace: string,
  name: string,
  resourceVersion: string,
): Promise<void> {
  // A lock cannot be made in a folder that is gone already.
  if ((await readRecordFile(folder, namespace, name)) === undefined) return;
  await withLock(folder, `record ${name}`, async () => {
    const stored = await readRecordFile(folder, namespace, name);
    if (stored !== undefined && stored.metadata.resourceVersion !== resourceVersion)
      throw conflict(`record ${name}`, "was changed by another run meanwhile");
    await removeFile(join(folder, recordFile));
  });
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
