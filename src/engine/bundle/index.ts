export type { Bundle, BundleInstance, BundleModule } from "./bundle.js";
export { type LoadOptions, loadBundle } from "./load-bundle.js";
