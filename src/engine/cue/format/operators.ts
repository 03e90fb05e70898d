import type { Binary, Expr } from "../ast.js";

const precedences: Readonly<Record<string, number>> = {
  ...{ "*": 7, "/": 7, div: 7, mod: 7, quo: 7, rem: 7, "+": 6, "-": 6 },
  ...{ "==": 5, "!=": 5, "<": 5, "<=": 5, ">": 5, ">=": 5, "=~": 5, "!~": 5, "&&": 4, "||": 3, "&": 2, "|": 1 },
};

export function precedenceOf({ op }: Binary): number {
  return precedences[op] ?? 0;
}

/**
 * Operators of a lower precedence have blanks around them: sums and products lose theirs where they are mixed, or deep
 * inside of other expressions.
 */
export function blankLimit(expr: Binary, depth: number): number {
  const found = { sum: false, product: false, clash: 0 };
  visit(expr);
  if (found.clash > 0) return found.clash + 1;
  if (found.sum && found.product) return depth === 1 ? 7 : 6;
  return depth === 1 ? 8 : 6;

  function visit(binary: Binary): void {
    const own = precedenceOf(binary);
    if (own === 6) found.sum = true;
    if (own === 7) found.product = true;
    if (binary.left.kind === "binary" && precedenceOf(binary.left) >= own) visit(binary.left);
    if (binary.right.kind === "binary" && precedenceOf(binary.right) > own) visit(binary.right);
    if (binary.right.kind === "unary" && /^(?:\+\+|--)$/.test(binary.op + binary.right.op))
      found.clash = Math.max(found.clash, 6);
  }
}

export function isSamePrecedence(expr: Expr, precedence: number): boolean {
  return expr.kind === "binary" && precedenceOf(expr) === precedence;
}
