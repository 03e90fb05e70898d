import type { Expr } from "../ast.js";
import { intDecimal } from "../decimal.js";
import { Exporter } from "../export.js";
import { toSourceError } from "../fault.js";
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
  const { kinds, alternatives, faults } = view(args.evaluator, made);
  if (kinds === anyKind && alternatives === undefined && faults === undefined) return true;
  const exporter = new Exporter(args.evaluator);
  exporter.data(made);
  return exporter.faults.size === 0;
}

/** What is wrong with data by a schema; where it has to be concrete, what is not, too. */
export function faultAgainst(args: Arguments, schema: Vertex, data: Expr, isConcrete: boolean): string | undefined {
  const made = args.evaluator.newVertex(undefined, undefined, args.place(0));
  const env = args.evaluator.valueConjunct(schema, args.place(0));
  made.conjuncts.push({ ...env, code: data });
  const both = unified(args, [schema, made]);
  const exporter = new Exporter(args.evaluator);
  if (isConcrete) exporter.data(both);
  else exporter.check(both);
  const [fault] = exporter.faults;
  return fault && toSourceError(fault).detail;
}

/** A value that unifies several. */
function unified(args: Arguments, values: readonly Vertex[]): Vertex {
  const pos = args.place(0);
  const made = args.evaluator.newVertex(undefined, undefined, pos);
  for (const vertex of values) made.conjuncts.push(args.evaluator.valueConjunct(vertex, pos));
  args.evaluator.expand(made);
  return made;
}
