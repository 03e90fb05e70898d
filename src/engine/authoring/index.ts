export { type ModuleTest, readTests } from "./read-tests.js";
export { type RunOptions, runTest, type TestResult } from "./run-tests.js";
export { valuesTypes } from "./values-types.js";
