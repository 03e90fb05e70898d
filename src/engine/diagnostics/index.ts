export { FaultsError, SheafError, SourceError, throwFaults } from "./errors.js";
export { comparePos, formatPos, type SourcePos } from "./position.js";
export { suggest } from "./suggest.js";
