export { breakLock, tryLock } from "./lock.js";
export { makeFolder } from "./make-folder.js";
