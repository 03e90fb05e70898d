export { SchemaError } from "./errors.js";
export { type Format, formats } from "./formats.js";
export { formatPath, parsePointer } from "./path.js";
export { type Checked, compileSchema, createAjv, type SchemaValidator } from "./validator.js";
