export { runtimeAttribute } from "./attribute.js";
export { decodeSource } from "./decode.js";
export { type ImportScope, localPackages } from "./local-packages.js";
export { readSource, type Source, type SourceInput } from "./read-source.js";
