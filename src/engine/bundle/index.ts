export type { Bundle, BundleInstance, BundleModule } from "./bundle.js";
export { type DefinedInstance, defineBundle, type ModuleValues, type ValuesOf } from "./define-bundle.js";
export { type LoadOptions, loadBundle, loadBundleName } from "./load-bundle.js";
export { type LoadedValues, loadValues } from "./load-values.js";
