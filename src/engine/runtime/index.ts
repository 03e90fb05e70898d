export { fillAttributes, type RuntimeLookup, type RuntimeRequest, type RuntimeType } from "./fill-attributes.js";
export { nameMissingVariable } from "./name-missing-variable.js";
