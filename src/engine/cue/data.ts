import type { Evaluator } from "./evaluator.js";
import { kinds } from "./kind.js";
import { isRegularKey } from "./label.js";
import { addList } from "./list-value.js";
import { addField } from "./struct-value.js";
import { unifyKind, unifyScalar } from "./unify.js";
import { type Conjunct, isComposite, presences, type Value, type Vertex, withCode } from "./vertex.js";
import { view } from "./view.js";

/** Unifies the data of a value: its fields, and theirs. False where there is none, as it is not concrete. */
export function unifyData(
  evaluator: Evaluator,
  vertex: Vertex,
  conjunct: Conjunct,
  { vertex: value, pos }: Value,
): boolean {
  const data = view(evaluator, value);
  const { scalar, items = [], arcs } = data;
  if (data.state === "busy" || data.faults !== undefined || data.waiting !== undefined) return false;
  const part = (inner: Vertex): Value => ({ kind: "data", vertex: inner, pos });
  if (scalar !== undefined) unifyScalar(vertex, scalar);
  else if (data.kinds === kinds.list) {
    // Items stay as they are, with defaults and all, as the reference implementation has it.
    const shape = { length: items.length, isOpen: false, rest: undefined, pos };
    addList(evaluator, vertex, {
      items: items.map((item) => withCode(conjunct, { kind: "value", vertex: item, pos })),
      shape,
    });
  } else if (data.kinds === kinds.struct) {
    unifyKind(vertex, kinds.struct, "{…}", pos);
    // A struct without fields is one, unlike a constraint alone.
    if (isComposite(data)) vertex.emptyStruct ??= pos;
    for (const [key, arc] of arcs ?? [])
      if (isRegularKey(key) && arc.presence === presences.regular)
        addField(evaluator, vertex, key, conjunct, { label: { pos: arc.keyPos ?? pos }, mark: "", value: part(arc) });
  } else return false;
  return true;
}
