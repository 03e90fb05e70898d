import { setMaxListeners } from "node:events";
import { TargetError } from "../errors.js";

/** Throws an `aborted` error when the signal says so. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

/** The error for a run that was stopped. */
export function abortError(signal: AbortSignal | undefined): TargetError {
  return new TargetError("aborted", "stopped", { cause: signal?.reason });
}

/** Calls a function when the signal aborts; what comes back takes the call off again. */
export function onAbort(signal: AbortSignal | undefined, call: () => void): () => void {
  if (signal === undefined) return () => {};
  // One signal stops all requests of a run: that many listeners are no leak.
  setMaxListeners(0, signal);
  signal.addEventListener("abort", call, { once: true });
  return () => signal.removeEventListener("abort", call);
}

/** Waits, unless the signal stops it with an `aborted` error. */
export function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((done, fail) => {
    throwIfAborted(signal);
    const timer = setTimeout(() => {
      forget();
      done();
    }, delayMs);
    const forget = onAbort(signal, () => {
      clearTimeout(timer);
      fail(abortError(signal));
    });
  });
}

/**
 * Rounds of a loop that waits for something: the first at once, the others after waits that double from 50 ms to 2 s, and
 * none after `timeoutMs`.
 *
 * @example
 * ```ts
 * for await (const _ of rounds(30_000, signal)) if (await isThere()) return;
 * throw new Error("it did not come");
 * ```
 */
export async function* rounds(timeoutMs: number, signal: AbortSignal | undefined): AsyncGenerator<void> {
  const deadline = performance.now() + timeoutMs;
  for (let delayMs = 50; ; delayMs = Math.min(delayMs * 2, 2000)) {
    yield;
    if (performance.now() > deadline) return;
    await pause(delayMs, signal);
  }
}
