export { DuplicateObjectError, OwnershipError, PlanError } from "./errors.js";
export type { ApplySet, RenderedBundle, RenderedInstance } from "./input.js";
export { type BundlePlan, type InstancePlan, type PlanOptions, planBundle } from "./plan.js";
export { belongsTo, hasControl, isSecret, ownerOf, prepareObject } from "./prepare.js";
export { planRuns, planStages, type Stage } from "./stages.js";
