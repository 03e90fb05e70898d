export { type EvaluateSourcesOptions, evaluateSources } from "./evaluate-sources.js";
export {
  fillAttributes,
  type RuntimeLookup,
  type RuntimeRequest,
  type RuntimeText,
  type RuntimeType,
} from "./fill-attributes.js";
