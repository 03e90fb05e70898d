export { hasCode } from "./has-code.js";
export { breakLock, lockHolder, tryLock } from "./lock.js";
export { makeFolder } from "./make-folder.js";
