/** A terminal that can be written on; `columns` is its width. */
type Screen = NodeJS.WritableStream & { columns?: number };

/** Lines at the end of a screen that are written anew in their place: what a run waits for. */
export class LiveLines {
  readonly #screen: Screen;
  readonly #lines = new Map<string, string>();
  /** How many lines of the screen are ours. */
  #height = 0;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Shows a line under a key, in the place of what was there; undefined takes it off. */
  set(key: string, line: string | undefined): void {
    if (line === undefined) this.#lines.delete(key);
    else this.#lines.set(key, line);
    this.around(() => {});
  }

  /** Takes all lines off. */
  clear(): void {
    this.#lines.clear();
    this.around(() => {});
  }

  /** Lets others write above the lines. */
  around(write: () => void): void {
    // Up by our lines, and everything below is gone.
    if (this.#height > 0) this.#screen.write(`\u001b[${this.#height}A\u001b[0J`);
    write();
    const all = [...this.#lines.values()];
    const shown =
      all.length > maxLines ? [...all.slice(0, maxLines - 1), `  and ${all.length - maxLines + 1} more`] : all;
    const width = (this.#screen.columns ?? 80) - 1; // a line that is broken would be two
    for (const line of shown) this.#screen.write(`${[...line].slice(0, width).join("")}\n`);
    this.#height = shown.length;
  }
}

const maxLines = 10;
