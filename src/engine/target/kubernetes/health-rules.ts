import { compileExpression, type HealthCheck, isExpression, type KubeObject } from "../../object/index.js";
import type { ReadyState } from "../target.js";
import { condition } from "./condition.js";

/** A health check that can be asked. `kind` is written `Kind` or `Kind.group`. */
export type HealthRule = Readonly<{ kind: string; stateOf: (object: KubeObject) => ReadyState }>;

/** Whether something holds for an object, and what that says. */
type Test = (object: KubeObject) => Readonly<{ holds: boolean; text: string }>;

/** Makes rules of a module's health checks. */
export function compileHealthChecks(checks: readonly HealthCheck[] = []): Promise<HealthRule[]> {
  return Promise.all(
    checks.map(async ({ kind, ready, failed }) => {
      const isReady = await compileTest(ready);
      const hasFailed = failed === undefined ? undefined : await compileTest(failed);
      const stateOf = (object: KubeObject): ReadyState => {
        const lost = hasFailed?.(object);
        if (lost?.holds === true) return { state: "failed", message: lost.text };
        const { holds, text } = isReady(object);
        return { state: holds ? "current" : "in-progress", message: text };
      };
      return { kind, stateOf };
    }),
  );
}

async function compileTest(rule: string): Promise<Test> {
  if (!isExpression(rule)) {
    return (object) => {
      const found = condition(object, rule);
      return { holds: found?.status === "True", text: found?.text ?? `no condition ${rule} yet` };
    };
  }
  const { evaluateOn } = await compileExpression(rule);
  return (object) => {
    // An object that lacks what the expression looks at does not meet it.
    const { value } = evaluateOn(object);
    const holds = value?.kind === "scalar" && value.value === true;
    return { holds, text: holds ? rule : `not yet: ${rule}` };
  };
}
