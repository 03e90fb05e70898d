import type { KubeObject, ObjectRef } from "../../object/index.js";
import { WaitError } from "../errors.js";
import type { ReadyState, WaitOptions } from "../target.js";
import { pause } from "./pause.js";
import { readyState } from "./ready-state.js";

/** Reads live objects, in the order of the references. */
export type Look = (refs: readonly ObjectRef[], signal?: AbortSignal) => Promise<(KubeObject | undefined)[]>;

/** How the looks are spaced, in milliseconds: from `first`, growing to `longest`. */
export type Pace = Readonly<{ firstMs: number; longestMs: number }>;

const usualPace: Pace = { firstMs: 100, longestMs: 2000 };

/** Waits until every object is current; stops at once when one has failed for good. */
export async function waitReady(
  look: Look,
  refs: readonly ObjectRef[],
  options: WaitOptions,
  pace = usualPace,
): Promise<void> {
  const isDone = (state: ReadyState) => state.state === "current";
  const left = await poll(look, refs, options, pace, isDone, (state) => state.state === "failed");
  if (left.length === 0) return;
  const failures = left.filter(({ state }) => state.state === "failed");
  const others = left.filter(({ state }) => state.state !== "failed");
  if (failures.length > 0) throw new WaitError("failed", `${count(failures)} failed`, [...failures, ...others]);
  throw new WaitError("timeout", `${count(left)} not ready after ${seconds(options.timeoutMs)}`, left);
}

/** Waits until every object is gone. */
export async function waitGone(
  look: Look,
  refs: readonly ObjectRef[],
  options: WaitOptions,
  pace = usualPace,
): Promise<void> {
  const left = await poll(
    look,
    refs,
    options,
    pace,
    (state) => state.state === "absent",
    () => false,
  );
  if (left.length === 0) return;
  throw new WaitError("timeout", `${count(left)} still there after ${seconds(options.timeoutMs)}`, left);
}

type Pending = { ref: ObjectRef; state: ReadyState };

/** Looks until all are done, one is hopeless, or time is over; returns those that are not done. */
async function poll(
  look: Look,
  refs: readonly ObjectRef[],
  options: WaitOptions,
  pace: Pace,
  isDone: (state: ReadyState) => boolean,
  isHopeless: (state: ReadyState) => boolean,
): Promise<Pending[]> {
  const deadline = performance.now() + options.timeoutMs;
  let pending: Pending[] = refs.map((ref) => ({ ref, state: { state: "in-progress", message: "not looked at yet" } }));
  let delayMs = pace.firstMs;
  let isFirst = true;
  while (pending.length > 0) {
    const objects = await look(
      pending.map(({ ref }) => ref),
      options.signal,
    );
    let progress = false;
    for (const [index, item] of pending.entries()) {
      const state = readyState(objects[index], options.healthChecks);
      const isNews = isFirst || state.state !== item.state.state || state.message !== item.state.message;
      item.state = state;
      if (!isNews) continue;
      progress = true;
      options.onState?.(item.ref, state);
    }
    isFirst = false;
    pending = pending.filter(({ state }) => !isDone(state));
    const leftMs = deadline - performance.now();
    if (pending.length === 0 || leftMs <= 0 || pending.some(({ state }) => isHopeless(state))) break;
    // Things that move are worth a closer look.
    delayMs = progress ? Math.max(pace.firstMs, delayMs / 2) : Math.min(pace.longestMs, delayMs * 1.5);
    await pause(Math.min(delayMs, leftMs), options.signal);
  }
  return pending;
}

function count(list: readonly unknown[]): string {
  return list.length === 1 ? "one object" : `${list.length} objects`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
