import type { Expr, Identifier, LetDecl } from "./ast.js";
import type { Key } from "./label.js";

/**
 * What an identifier means. `up` counts the environments between the place of use and the one that has the name: each
 * struct literal, file, loop, `let` clause, named pattern and value alias makes one.
 */
export type Meaning = Readonly<
  | { kind: "field"; up: number; key: Key }
  /** The field that an alias in front of a computed label names. */
  | { kind: "dynamic-field"; up: number; label: Expr }
  | { kind: "let"; up: number; decl: LetDecl }
  /** A loop's variable, the `let` of a comprehension or the name of a pattern. */
  | { kind: "variable"; up: number; name: string }
  /** The value that the alias stands before. */
  | { kind: "self"; up: number }
  | { kind: "type"; name: string }
  | { kind: "builtin"; name: string }
  | { kind: "package"; path: string }
>;
export type Meanings = ReadonlyMap<Identifier, Meaning>;

/** A type or bound that stands there itself never becomes a value, as what a reference leads to may. */
export function isNeverConcrete(expr: Expr, meanings: Meanings): boolean {
  if (expr.kind === "paren") return isNeverConcrete(expr.expr, meanings);
  if (expr.kind === "identifier") return meanings.get(expr)?.kind === "type";
  return expr.kind === "unary" && expr.op !== "+" && expr.op !== "-" && expr.op !== "!";
}
