import { idOf } from "../inventory/index.js";
import type { InstancePlan } from "../plan/index.js";
import { operationOf } from "./apply-instance.js";
import type { InstanceResult } from "./events.js";
import { checkAborted, type Run } from "./options.js";

/** Does something to one instance after the other, and tells of it. */
export async function inTurn<Result extends Readonly<{ counts: InstanceResult["counts"] }>>(
  run: Run,
  plans: readonly InstancePlan[],
  work: (plan: InstancePlan) => Promise<Result>,
): Promise<Result[]> {
  const done: Result[] = [];
  const total = plans.length;
  for (const [index, plan] of plans.entries()) {
    checkAborted(run);
    const { module } = plan.revision;
    const instance = idOf(plan);
    run.emit({
      type: "instance-started",
      instance,
      operation: operationOf(plan),
      module,
      position: index + 1,
      total,
    });
    const result = await work(plan);
    done.push(result);
    run.emit({ type: "instance-done", instance, counts: result.counts });
  }
  return done;
}
