import { Stop } from "../fault.js";
import type { Scalar } from "../scalar.js";
import { presences, type Vertex } from "../vertex.js";
import { scalarIn, view } from "../view.js";
import type { Arguments } from "./arguments.js";
import { CallFault } from "./package.js";

/** The items of the first argument in the order that the comparer in the second gives them; equal ones stay in theirs. */
export function sortBy(args: Arguments): Vertex[] {
  const items = args.list(0);
  if (!hasLess(args)) throw new CallFault('the comparer has no field "less"');
  const isLess = comparer(args);
  return items.toSorted((a, b) => (isLess(a, b) ? -1 : isLess(b, a) ? 1 : 0));
}

export function isSorted(args: Arguments): boolean {
  const items = args.list(0);
  // Without a comparer, no order is wrong.
  if (!hasLess(args)) return true;
  const isLess = comparer(args);
  return items.every((item, i) => {
    const before = items[i - 1];
    return before === undefined || !isLess(item, before);
  });
}

function hasLess(args: Arguments): boolean {
  return view(args.evaluator, args.value(1)).arcs?.get("less")?.presence === presences.regular;
}

/** Unifies `x` and `y` of the comparer with two values, and reads `less`. */
function comparer(args: Arguments): (x: Vertex, y: Vertex) => boolean {
  const { evaluator, vertex } = args;
  const pos = args.place(1);
  const template = args.value(1);
  return (x, y) => {
    evaluator.budget.step(pos);
    const made = evaluator.newVertex(undefined, undefined, pos);
    made.conjuncts.push(evaluator.valueConjunct(template, pos));
    evaluator.expand(made);
    for (const [name, value] of [
      ["x", x],
      ["y", y],
    ] as const) {
      const arc = made.arcs?.get(name);
      if (arc !== undefined) evaluator.add(arc, evaluator.valueConjunct(value, pos));
    }
    const less = made.arcs?.get("less");
    if (less === undefined) throw new CallFault('the comparer has no field "less"');
    const scalar = lessOf(less);
    if (scalar?.type === "bool") return scalar.value;
    throw new CallFault('"less" of the comparer is no boolean');
  };

  function lessOf(less: Vertex): Scalar | undefined {
    try {
      return scalarIn(evaluator, vertex, less, pos);
    } catch (stop) {
      // A place in the comparer says nothing: it may be one of the package.
      if (!(stop instanceof Stop) || stop.fault.kind !== "error") throw stop;
      throw new CallFault(stop.fault.detail);
    }
  }
}
