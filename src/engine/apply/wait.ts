import type { InstanceId } from "../inventory/index.js";
import type { HealthCheck, ObjectRef } from "../object/index.js";
import type { WaitOptions } from "../target/index.js";
import { type Run, signalOf } from "./options.js";
import { failure } from "./records.js";

/**
 * Waits until objects are established, ready or gone, and tells of their states meanwhile. Nothing is asked for no refs.
 *
 * @throws {ApplyError} `not-ready` or `delete-failed`, naming the objects that were not there in time
 */
export async function waitFor(
  run: Run,
  until: "established" | "ready" | "gone",
  refs: readonly ObjectRef[],
  instance?: InstanceId & Readonly<{ healthChecks?: readonly HealthCheck[] }>,
): Promise<void> {
  if (refs.length === 0) return;
  const { target, emit, mask } = run;
  const timeoutMs = Math.max(0, Math.min(run.timeoutMs, run.endsAtMs - performance.now()));
  emit({ type: "waiting", until, objects: refs.length, timeoutMs });
  const options: WaitOptions = {
    timeoutMs,
    ...signalOf(run),
    healthChecks: instance?.healthChecks ?? [],
    onState: (ref, { state, message }) =>
      emit({ type: "object-state", ref, state: { state, message: mask.text(message) } }),
  };
  try {
    await (until === "gone" ? target.waitGone(refs, options) : target.waitReady(refs, options));
  } catch (error) {
    throw failure(run, until === "gone" ? "delete-failed" : "not-ready", { instance }, error);
  }
}
