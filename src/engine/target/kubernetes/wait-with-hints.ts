import { type ObjectRef, refKey } from "../../object/index.js";
import { WaitError } from "../errors.js";
import type { ReadyState, WaitOptions } from "../target.js";

/** Why objects are not ready, beside their own words. */
export type Explain = (refs: readonly ObjectRef[]) => Promise<string[][]>;

/** How many objects are looked into. */
const maxExplained = 5;

/**
 * Waits, and now and then tells of objects that do not move why that may be. The error of a wait that fails has the
 * reasons, too.
 *
 * @param everyMs How long objects may stay the same before, and between, two looks
 */
export async function waitWithHints(
  wait: (options: WaitOptions) => Promise<void>,
  explain: Explain,
  options: WaitOptions,
  everyMs = 10_000,
): Promise<void> {
  const open = new Map<string, { ref: ObjectRef; state: ReadyState; isOld: boolean }>();
  const onState = (ref: ObjectRef, state: ReadyState) => {
    if (state.state === "in-progress") open.set(refKey(ref), { ref, state, isOld: false });
    else open.delete(refKey(ref));
    options.onState?.(ref, state);
  };
  const look = async () => {
    const stuck = [...open.values()].filter(({ isOld }) => isOld).slice(0, maxExplained);
    for (const each of open.values()) each.isOld = true;
    const hints = stuck.length === 0 ? [] : await explain(stuck.map(({ ref }) => ref));
    for (const [index, item] of stuck.entries()) {
      const [hint] = hints[index] ?? [];
      const message = [item.state.message, hint].filter(Boolean).join("; ");
      // Whatever has moved meanwhile has told its state itself.
      if (hint !== undefined && open.get(refKey(item.ref)) === item)
        options.onState?.(item.ref, { ...item.state, message });
    }
  };
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking.then(look).catch(() => {}); // a hint that cannot be had is none
  }, everyMs / 2);
  try {
    await wait({ ...options, onState });
  } catch (error) {
    if (!(error instanceof WaitError)) throw error;
    const explained = error.pending.slice(0, maxExplained);
    const hints = await explain(explained.map(({ ref }) => ref));
    throw new WaitError(
      error.code,
      error.summary,
      error.pending.map((item, index) => ({ ...item, hints: hints[index] ?? [] })),
    );
  } finally {
    clearInterval(timer);
  }
}
