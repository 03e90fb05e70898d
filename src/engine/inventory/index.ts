export { decodeRecord } from "./decode.js";
export { encodeRecord, formatTime, sameRevision } from "./encode.js";
export { canBeRecorded, formatEntryId, tryParseEntryId } from "./entry-id.js";
export { RecordError } from "./errors.js";
export { protocol, recordName, recordSelector } from "./names.js";
export {
  type InstanceId,
  type InstanceRecord,
  type InstanceRevision,
  idOf,
  instanceKey,
  type ModuleReference,
  recordedRefs,
  sortRecords,
} from "./record.js";
