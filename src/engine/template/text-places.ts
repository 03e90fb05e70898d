import type { SourcePos } from "../diagnostics/index.js";
import type { Place } from "./program.js";

/** Turns offsets of one text into places. Lines end at LF, as YAML and editors count them (a CR before it is theirs). */
export class TextPlaces {
  readonly #file: string;
  readonly #lineStarts: number[] = [0];

  constructor(file: string, text: string) {
    this.#file = file;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#lineStarts.push(at + 1);
  }

  place(offset: number): Place {
    let [low, high] = [0, this.#lineStarts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#startOf(middle) <= offset) low = middle;
      else high = middle;
    }
    return [offset, low + 1, offset - this.#startOf(low) + 1];
  }

  pos(offset: number): SourcePos {
    return placeToPos(this.#file, this.place(offset));
  }

  #startOf(line: number): number {
    return this.#lineStarts[line] ?? 0;
  }
}

/** The place as the rest of sheaf knows it. */
export function placeToPos(file: string, [offset, line, column]: Place): SourcePos {
  return { file, offset, line, column };
}
