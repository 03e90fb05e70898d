export { boundRole } from "./bound-role.js";
export { compileExpression } from "./compile-expression.js";
export { type HealthCheck, isExpression } from "./health-check.js";
export { isDefinition, isNamespace } from "./kinds.js";
export { annotationOf, isKubeObject, labelOf, serverMetadata } from "./metadata.js";
export {
  apiVersionOf,
  formatRef,
  isSecret,
  type KubeObject,
  type ObjectRef,
  refKey,
  refOf,
  withScope,
} from "./object.js";
export type { ExpressionFault, ObjectExpression } from "./object-expression.js";
export type { ObjectSet } from "./object-set.js";
export { compareRefs, sortObjects } from "./order.js";
export { runsOfKind } from "./runs-of-kind.js";
export { isClusterKind } from "./scope.js";
