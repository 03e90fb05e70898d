export { runtimeAttribute } from "./attribute.js";
export { type ImportScope, localPackages } from "./cue-module.js";
export { decodeSource } from "./decode.js";
export { readSource, type Source, type SourceInput } from "./read-source.js";
