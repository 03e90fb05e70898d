export { type EvaluateSourcesOptions, evaluateSources } from "./evaluate-sources.js";
export { fillAttributes, type RuntimeLookup, type RuntimeRequest, type RuntimeType } from "./fill-attributes.js";
