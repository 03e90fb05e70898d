import type { Expr } from "../ast.js";
import type { Printer } from "./printer.js";

/** Whether a value spans lines by its kind, so that it ends the table that its field is in. */
export function needsBlock(expr: Expr, printer: Printer): boolean {
  switch (expr.kind) {
    case "struct":
    case "list":
      return true;
    case "literal":
      return printer.spansLines(expr);
    case "paren":
      return needsBlock(expr.expr, printer);
    case "unary":
    case "index":
    case "selector":
      return needsBlock(expr.operand, printer);
    case "binary":
      return needsBlock(expr.left, printer) || needsBlock(expr.right, printer);
    case "call":
      return expr.args.some((arg) => needsBlock(arg, printer));
    default:
      return false;
  }
}
