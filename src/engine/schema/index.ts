/** @internal The package's declarations name no other package. */
export { createAjv, sinceKeyword } from "./create-ajv.js";
export { SchemaError } from "./errors.js";
export { type Format, formats } from "./formats.js";
export { formatPath, parsePointer } from "./path.js";
export { isPlainPattern, type Pattern, patternCompiler } from "./patterns.js";
export { type Checked, compileSchema, type SchemaValidator } from "./validator.js";
