import { type InstanceRecord, recordName } from "../inventory/index.js";
import { TargetError } from "../target/index.js";
import { mapAll } from "./concurrent.js";
import type { Run } from "./options.js";
import { failure } from "./records.js";

/**
 * Fails where another run has written one of the records since they were stored as they are here: the objects are that
 * run's by now. A record that is being deleted may be gone, since a Namespace takes the records in it along.
 *
 * @throws {ApplyError} `record-failed`
 */
export async function assertStillOurs(run: Run, ...records: readonly InstanceRecord[]): Promise<void> {
  await mapAll(records, run.concurrency, async (record) => {
    try {
      const stored = await run.target.readRecord(record.namespace, recordName(record.name), run.signal);
      if (stored === undefined && record.deleting !== undefined) return;
      if (stored !== undefined && stored.metadata.resourceVersion === record.resourceVersion) return;
      const text = `its record was ${stored === undefined ? "deleted" : "changed"} by another run meanwhile; let that run finish, then try again`;
      throw new TargetError("record-conflict", text);
    } catch (error) {
      throw failure(run, "record-failed", { instance: record }, error);
    }
  });
}
