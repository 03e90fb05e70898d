import type { ListLiteral } from "./ast.js";
import { iterate } from "./comprehension.js";
import type { Evaluator } from "./evaluator.js";
import { errorAt } from "./fault.js";
import { kinds } from "./kind.js";
import { optionally } from "./structural-cycle.js";
import { addFault, unifyKind } from "./unify.js";
import type { Conjunct, ListShape, Vertex } from "./vertex.js";

/** Unifies a list literal; one with comprehensions waits for their sources. */
export function openList(evaluator: Evaluator, vertex: Vertex, conjunct: Conjunct, literal: ListLiteral): void {
  vertex.pos ??= literal.pos;
  const run = (): void => {
    const items: Conjunct[] = [];
    let rest: Conjunct | undefined;
    let isOpen = false;
    for (const item of literal.items) {
      if (item.kind === "ellipsis") {
        isOpen = true;
        const cycle = optionally(conjunct.cycle);
        if (item.type !== undefined) rest = { ...conjunct, code: item.type, label: item.pos, defines: false, cycle };
      } else if (item.kind === "comprehension") {
        for (const env of iterate(evaluator.expressions, vertex, conjunct, item))
          items.push({ ...conjunct, env, code: item.body, label: item.body.pos });
      } else items.push({ ...conjunct, code: item, label: item.pos });
    }
    addList(evaluator, vertex, { items, shape: { length: items.length, isOpen, rest, pos: literal.pos } });
  };
  if (!unifyKind(vertex, kinds.list, "[…]", literal.pos)) return;
  if (literal.items.some((item) => item.kind === "comprehension")) evaluator.addTask(vertex, literal, run);
  else run();
}

/** Unifies a list of items: place by place, and with what other lists say of places behind their end. */
export function addList(
  evaluator: Evaluator,
  vertex: Vertex,
  { items, shape }: { items: readonly Conjunct[]; shape: ListShape },
): void {
  if (!unifyKind(vertex, kinds.list, "[…]", shape.pos)) return;
  vertex.pos ??= shape.pos;
  vertex.items ??= [];
  vertex.lists ??= [];
  const add = (item: Vertex, conjunct: Conjunct): void => evaluator.add(item, { ...conjunct, choice: undefined });
  for (const [index, conjunct] of items.entries()) {
    let item = vertex.items[index];
    if (item === undefined) {
      item = evaluator.newVertex(vertex, index, conjunct.label);
      vertex.items.push(item);
      for (const { length, rest } of vertex.lists) if (rest !== undefined && index >= length) add(item, rest);
    }
    add(item, conjunct);
  }
  const { rest } = shape;
  if (rest !== undefined) for (const item of vertex.items.slice(items.length)) add(item, rest);
  vertex.lists.push(shape);
}

/** Adds a fault where a closed list is shorter than another one, at the later of the two. */
export function checkLength(vertex: Vertex, lists: readonly ListShape[]): void {
  const longest = lists.reduce((a, b) => (b.length > a.length ? b : a));
  const short = lists.find((list) => !list.isOpen && list.length < longest.length);
  if (short === undefined) return;
  const detail = `incompatible list lengths (${short.length} and ${longest.length})`;
  const [first, second] = lists.indexOf(short) > lists.indexOf(longest) ? [short, longest] : [longest, short];
  addFault(vertex, errorAt(vertex, "conflicting-values", detail, first.pos, [second.pos]));
}
