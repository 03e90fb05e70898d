import { type KubeObject, type ObjectRef, refKey } from "../../object/index.js";
import { WaitError } from "../errors.js";
import type { ReadyState, WaitOptions } from "../target.js";
import { compileHealthChecks } from "./health-rules.js";
import type { Observe } from "./observe.js";
import { onAbort, throwIfAborted } from "./pause.js";
import { readyState } from "./ready-state.js";

/** Timers that should wait longer fire at once. */
const maxTimerMs = 2 ** 31 - 1;

const unseen: ReadyState = { state: "in-progress", message: "not looked at yet" };

type Pending = Readonly<{ ref: ObjectRef; state: ReadyState }>;

/** Reads live objects, in the order of the references. */
export type Look = (refs: readonly ObjectRef[], signal?: AbortSignal) => Promise<(KubeObject | undefined)[]>;

/**
 * Waits until every object is current; stops at once when one has failed for good.
 *
 * @param look Is asked at the end of the time, since an observation may be behind
 */
export async function waitReady(
  observe: Observe,
  look: Look,
  refs: readonly ObjectRef[],
  options: WaitOptions,
): Promise<void> {
  const isFailed = ({ state }: Pending) => state.state === "failed";
  const left = await waitFor(observe, look, refs, options, ({ state }) => state === "current", isFailed);
  if (left.length === 0) return;
  const failures = left.filter(isFailed);
  const others = left.filter((item) => !isFailed(item));
  if (failures.length > 0) throw new WaitError("failed", `${count(failures)} failed`, [...failures, ...others]);
  throw new WaitError("timeout", `${count(left)} not ready after ${seconds(options.timeoutMs)}`, left);
}

/** Waits until every object is gone. See {@link waitReady}. */
export async function waitGone(
  observe: Observe,
  look: Look,
  refs: readonly ObjectRef[],
  options: WaitOptions,
): Promise<void> {
  const isGone = ({ state }: ReadyState) => state === "absent";
  const left = await waitFor(observe, look, refs, options, isGone, () => false);
  if (left.length === 0) return;
  throw new WaitError("timeout", `${count(left)} still there after ${seconds(options.timeoutMs)}`, left);
}

/**
 * Observes until all are done, one is hopeless, or time is over, though not before each was seen once. Returns those that
 * are not done, in the order of `refs`.
 */
async function waitFor(
  observe: Observe,
  look: Look,
  refs: readonly ObjectRef[],
  { timeoutMs, signal, onState, healthChecks }: WaitOptions,
  isDone: (state: ReadyState) => boolean,
  isHopeless: (item: Pending) => boolean,
): Promise<Pending[]> {
  throwIfAborted(signal);
  const healthRules = await compileHealthChecks(healthChecks);
  const states = new Map<string, ReadyState>();
  const stop = new AbortController();
  let isLate = false;
  const stopWhenOver = () => {
    if (isLate && states.size === refs.length) stop.abort();
  };
  const forget = onAbort(signal, () => stop.abort());
  const timer = setTimeout(
    () => {
      isLate = true;
      stopWhenOver();
    },
    Math.min(timeoutMs, maxTimerMs),
  );
  /** Returns whether the object has to be waited for. */
  const note = (ref: ObjectRef, object: KubeObject | undefined): boolean => {
    const before = states.get(refKey(ref));
    const state = readyState(object, healthRules);
    states.set(refKey(ref), state);
    if (before?.state !== state.state || before.message !== state.message) onState?.(ref, state);
    if (isHopeless({ ref, state })) stop.abort();
    return !isDone(state);
  };
  try {
    await observe(
      refs,
      (ref, object) => {
        const isOpen = note(ref, object);
        stopWhenOver();
        return isOpen;
      },
      stop.signal,
    );
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    forget();
    stop.abort(); // an error of one group ends the observation of the others
  }
  throwIfAborted(signal);
  if (isLate) {
    const open = refs.filter((ref) => !isDone(states.get(refKey(ref)) ?? unseen));
    const objects = open.length === 0 ? [] : await look(open, signal);
    for (const [index, ref] of open.entries()) note(ref, objects[index]);
  }
  return refs.flatMap((ref) => {
    const state = states.get(refKey(ref)) ?? unseen;
    return isDone(state) ? [] : [{ ref, state }];
  });
}

function count(list: readonly unknown[]): string {
  return list.length === 1 ? "one object" : `${list.length} objects`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
