export { SecretsInClearError } from "./errors.js";
export { type BundleFolder, type PackBundleOptions, packBundles } from "./pack-bundle.js";
export { isEncrypted } from "./secrets-in-clear.js";
