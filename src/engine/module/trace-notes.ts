import type { SourcePos } from "../diagnostics/index.js";
import { isJsonObject, type JsonValue, type Located, type LocatedField } from "../json/index.js";
import type { Trace, TracedPlace } from "../template/index.js";

/** Takes note of where everything in rendered documents comes from. */
export class TraceNotes {
  readonly #places = new Map<JsonValue, Map<string | number, TracedPlace>>();

  readonly trace: Trace = (container, key, from) => {
    const known = this.#places.get(container) ?? new Map<string | number, TracedPlace>();
    this.#places.set(container, known.set(key, from));
  };

  /** The place of a part of a document, or of the nearest part around it that a template made. */
  placeOf(document: JsonValue, steps: readonly (string | number)[], start: SourcePos): SourcePos {
    let pos = start;
    let at: JsonValue | undefined = document;
    for (const step of steps) {
      pos = (at === undefined ? undefined : this.#places.get(at)?.get(step)?.pos) ?? pos;
      at = Array.isArray(at) ? at[Number(step)] : isJsonObject(at) ? at[step] : undefined;
    }
    return pos;
  }

  /** A part of a document as data with places. What is computed may come from a secret, and is never shown. */
  located(value: JsonValue, from: TracedPlace): Located {
    const { pos } = from;
    const places = this.#places.get(value);
    const inside = (key: string | number) => places?.get(key) ?? from;
    if (Array.isArray(value))
      return { kind: "list", items: value.map((item, index) => this.located(item, inside(index))), pos };
    if (!isJsonObject(value)) return { kind: "scalar", value, pos, secret: !from.isConstant };
    const fields = Object.entries(value).map(([key, item]): [string, LocatedField] => {
      const place = inside(key);
      return [key, { keyPos: place.pos, value: this.located(item, place) }];
    });
    return { kind: "struct", fields: new Map(fields), pos };
  }
}
