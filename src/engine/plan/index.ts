export { DuplicateObjectError, OwnershipError, PlanError } from "./errors.js";
export type { RenderedBundle, RenderedInstance } from "./input.js";
export { type BundlePlan, type InstancePlan, type MovedObject, type PlanOptions, planBundle } from "./plan.js";
export { belongsTo, hasControl, ownerOf, prepareObject } from "./prepare.js";
export { planStages, type Stage } from "./stages.js";
