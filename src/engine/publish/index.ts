export { SecretsInClearError } from "./errors.js";
export { type BundleFolder, fluxMediaTypes, type PackBundleOptions, packBundles } from "./pack-bundle.js";
export { isEncrypted } from "./secrets-in-clear.js";
