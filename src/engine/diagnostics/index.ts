export { FaultsError, SheafError, SourceError, throwFaults } from "./errors.js";
export { comparePos, formatPos, type SourcePos } from "./position.js";
export { Redactor, type SecretValue } from "./redactor.js";
export { adviseOnName, suggest } from "./suggest.js";
