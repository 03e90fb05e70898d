export type { HealthCheck } from "./health-check.js";
export { annotationOf, isKubeObject, labelOf } from "./metadata.js";
export { apiVersionOf, formatRef, type KubeObject, type ObjectRef, refKey, refOf } from "./object.js";
export { compareRefs, sortObjects } from "./order.js";
