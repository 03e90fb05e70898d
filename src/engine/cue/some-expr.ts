import type { Clause, Decl, Expr, File, ListLiteral } from "./ast.js";

/** Tells whether an expression of a file, at any depth, fits. */
export function someExpr(file: File, fits: (expr: Expr) => boolean): boolean {
  return file.decls.some(inDecl);

  function inDecl(decl: Decl): boolean {
    switch (decl.kind) {
      case "field": {
        const { label } = decl;
        const isComputed = label.kind === "dynamic-label" || label.kind === "pattern-label";
        return (isComputed && inExpr(label.expr)) || inExpr(decl.value);
      }
      case "let":
        return inExpr(decl.value);
      case "embedding":
        return inExpr(decl.expr);
      case "comprehension":
        return decl.clauses.some(inClause) || decl.body.decls.some(inDecl);
      case "ellipsis":
        return decl.type !== undefined && inExpr(decl.type);
      case "attribute":
        return false;
    }
  }

  function inClause(clause: Clause): boolean {
    if (clause.kind === "for") return inExpr(clause.source);
    return inExpr(clause.kind === "if" ? clause.condition : clause.value);
  }

  function inItem(item: ListLiteral["items"][number]): boolean {
    return item.kind === "comprehension" || item.kind === "ellipsis" ? inDecl(item) : inExpr(item);
  }

  function inExpr(expr: Expr): boolean {
    return fits(expr) || inParts(expr);
  }

  function inParts(expr: Expr): boolean {
    switch (expr.kind) {
      case "identifier":
      case "literal":
      case "bottom":
        return false;
      case "struct":
        return expr.decls.some(inDecl);
      case "list":
        return expr.items.some(inItem);
      case "interpolation":
        return expr.exprs.some(inExpr);
      case "unary":
      case "selector":
        return inExpr(expr.operand);
      case "binary":
        return inExpr(expr.left) || inExpr(expr.right);
      case "paren":
      case "alias":
        return inExpr(expr.expr);
      case "index":
        return inExpr(expr.operand) || inExpr(expr.index);
      case "slice":
        return [expr.operand, expr.low, expr.high].some((part) => part !== undefined && inExpr(part));
      case "call":
        return inExpr(expr.callee) || expr.args.some(inExpr);
    }
  }
}
