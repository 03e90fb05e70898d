import type { Evaluator } from "./evaluator.js";
import { withoutParens } from "./place-structs.js";
import { type Code, isWithin, type Vertex } from "./vertex.js";
import { view } from "./view.js";

/**
 * The vertex that has the order: what only refers to another value has the order of that, down to the last field.
 *
 * @param within The vertices that led here: values that only refer to each other are their own
 */
export function origin(evaluator: Evaluator, vertex: Vertex, within: readonly Vertex[] = []): Vertex {
  const { label, parent } = vertex;
  const shared = sharedValue(evaluator, vertex, within);
  if (shared !== undefined) return shared;
  const above = parent === undefined ? undefined : origin(evaluator, parent, within);
  if (above === undefined || above === parent || label === undefined) return vertex;
  const same = typeof label === "number" ? above.items?.[label] : above.arcs?.get(label);
  return same === undefined ? vertex : origin(evaluator, view(evaluator, same), within);
}

/** The one value that all conjuncts of a vertex refer to, if they do: the vertex shares it. */
function sharedValue(evaluator: Evaluator, vertex: Vertex, within: readonly Vertex[]): Vertex | undefined {
  const { targets, conjuncts, inDefinition } = vertex;
  if (targets === undefined || within.includes(vertex)) return undefined;
  const shared = new Set<Vertex>();
  for (const operand of operandsOf(conjuncts.map(({ code }) => code))) {
    const found = targets.filter(({ code }) => code === operand);
    if (found.length === 0) return undefined;
    for (const { target } of found) {
      const isRooted = target.parent === undefined || target.label !== undefined;
      if (!isRooted || isWithin(target, vertex) || (inDefinition && !target.inDefinition)) return undefined;
      shared.add(origin(evaluator, view(evaluator, target), [...within, vertex]));
    }
  }
  const [first, ...others] = shared;
  return others.length === 0 ? first : undefined;
}

/** The expressions that `&` joins; `_` says nothing. */
function operandsOf(codes: readonly Code[]): Code[] {
  return codes.map(withoutParens).flatMap((code) => {
    if (code.kind === "binary" && code.op === "&") return operandsOf([code.left, code.right]);
    return code.kind === "identifier" && code.name === "_" ? [] : [code];
  });
}
