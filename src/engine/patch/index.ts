export { PatchError } from "./errors.js";
export { applyJsonPatch } from "./json-patch.js";
export { type ObjectPatch, patchObjects } from "./patch-objects.js";
export type { PatchTarget } from "./selector.js";
