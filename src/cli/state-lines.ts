import type { ReadyState } from "../engine/target/index.js";
import type { Terminal } from "./terminal.js";

/** How long an object may take before there is a line for it: most are ready at once, and nobody wants to read that of each. */
const patienceMs = 1000;

/**
 * Tells what a run waits for. An object that is on its way gets a line after a second, and further ones when its state changes, up to the
 * one that says it is there; what is there sooner gets none. On a screen that is watched, what is on its way is shown at its end meanwhile.
 */
export class StateLines {
  readonly #terminal: Terminal;
  /** Objects on their way by key: told already, or with the line that waits until it is time. */
  readonly #open = new Map<string, "told" | { line: string }>();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Takes up a state; `line` says it. */
  tell(key: string, { state }: ReadyState, line: string): void {
    const isOnItsWay = state === "in-progress" || state === "terminating";
    this.#terminal.live?.(key, isOnItsWay ? line : undefined);
    const open = this.#open.get(key);
    if (!isOnItsWay) {
      this.#open.delete(key);
      if (open === "told" || state === "failed") this.#say(line);
    } else if (open === undefined) this.#hold(key, line);
    else if (open === "told") this.#sayUnlessShown(line);
    else open.line = line;
  }

  /** Says at once what has been held back. */
  flush(): void {
    for (const [key, open] of this.#open) if (open !== "told") this.#release(key, open.line);
  }

  #hold(key: string, line: string): void {
    const held = { line };
    this.#open.set(key, held);
    const timer = setTimeout(() => this.#open.get(key) === held && this.#release(key, held.line), patienceMs);
    timer.unref();
  }

  #release(key: string, line: string): void {
    this.#open.set(key, "told");
    this.#sayUnlessShown(line);
  }

  #sayUnlessShown(line: string): void {
    if (this.#terminal.live === undefined) this.#say(line);
  }

  #say(line: string): void {
    this.#terminal.say(`${this.#terminal.colors.dim(line)}\n`);
  }
}
