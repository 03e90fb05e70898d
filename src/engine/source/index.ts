export { runtimeAttribute } from "./attribute.js";
export { readSource, type Source, type SourceInput } from "./read-source.js";
