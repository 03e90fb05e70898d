export { TargetError, type TargetErrorCode, WaitError } from "./errors.js";
export type { ApplyOptions, Change, ChangeAction, ReadyState, RecordQuery, Target, WaitOptions } from "./target.js";
