import { intDecimal } from "../decimal.js";
import { Exporter } from "../export.js";
import { anyKind } from "../kind.js";
import { scalarVertex, type Vertex } from "../vertex.js";
import { view } from "../view.js";
import type { Arguments } from "./arguments.js";

/** Tells whether a value unifies with a schema, without an error. */
export function matchesValue(args: Arguments, schema: Vertex, value: Vertex | number): boolean {
  const pos = args.place(0);
  const other =
    typeof value === "number" ? scalarVertex({ type: "number", value: intDecimal(value), pos, secret: false }) : value;
  const made = unified(args, [schema, other]);
  if (view(args.evaluator, made).kinds === anyKind) return true;
  const exporter = new Exporter(args.evaluator);
  exporter.data(made);
  return exporter.faults.size === 0;
}

/** A value that unifies several. */
export function unified(args: Arguments, values: readonly Vertex[]): Vertex {
  const pos = args.place(0);
  const made = args.evaluator.newVertex(undefined, undefined, pos);
  for (const vertex of values) made.conjuncts.push(args.evaluator.valueConjunct(vertex, pos));
  args.evaluator.expand(made);
  return made;
}
