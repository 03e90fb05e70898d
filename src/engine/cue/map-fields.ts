import type { Clause, Comprehension, Decl, Ellipsis, Expr, Field, File, Label } from "./ast.js";

/**
 * The same file with fields replaced, at every depth and inside out: `replace` sees a field whose value is done, and
 * returns it or another one. What does not change is shared with the file that came in.
 *
 * @example Put a known value where an attribute asks for one
 * ```ts
 * mapFields(file, (field) => (field.attributes.length > 0 ? { ...field, value: scalarLiteral("x", field) } : field));
 * ```
 */
export function mapFields(file: File, replace: (field: Field) => Field): File {
  const decls = mapAll(file.decls, mapDecl);
  return decls === file.decls ? file : { ...file, decls };

  function mapDecl(decl: Decl): Decl {
    switch (decl.kind) {
      case "field":
        return replace(patch(decl, { label: mapLabel(decl.label), value: mapExpr(decl.value) }));
      case "let":
        return patch(decl, { value: mapExpr(decl.value) });
      case "embedding":
        return patch(decl, { expr: mapExpr(decl.expr) });
      case "comprehension":
        return mapComprehension(decl);
      case "ellipsis":
        return mapEllipsis(decl);
      case "attribute":
        return decl;
    }
  }

  function mapLabel(label: Label): Label {
    if (label.kind === "dynamic-label" || label.kind === "pattern-label")
      return patch(label, { expr: mapExpr(label.expr) });
    return label;
  }

  function mapEllipsis(ellipsis: Ellipsis): Ellipsis {
    return ellipsis.type === undefined ? ellipsis : patch(ellipsis, { type: mapExpr(ellipsis.type) });
  }

  function mapComprehension(node: Comprehension): Comprehension {
    const body = patch(node.body, { decls: mapAll(node.body.decls, mapDecl) });
    return patch(node, { clauses: mapAll(node.clauses, mapClause), body });
  }

  function mapClause(clause: Clause): Clause {
    if (clause.kind === "for") return patch(clause, { source: mapExpr(clause.source) });
    if (clause.kind === "if") return patch(clause, { condition: mapExpr(clause.condition) });
    return patch(clause, { value: mapExpr(clause.value) });
  }

  function mapItem(item: Expr | Comprehension | Ellipsis): Expr | Comprehension | Ellipsis {
    if (item.kind === "comprehension") return mapComprehension(item);
    return item.kind === "ellipsis" ? mapEllipsis(item) : mapExpr(item);
  }

  function mapExpr(expr: Expr): Expr {
    switch (expr.kind) {
      case "identifier":
      case "literal":
      case "bottom":
        return expr;
      case "struct":
        return patch(expr, { decls: mapAll(expr.decls, mapDecl) });
      case "list":
        return patch(expr, { items: mapAll(expr.items, mapItem) });
      case "interpolation":
        return patch(expr, { exprs: mapAll(expr.exprs, mapExpr) });
      case "unary":
      case "selector":
        return patch(expr, { operand: mapExpr(expr.operand) });
      case "binary":
        return patch(expr, { left: mapExpr(expr.left), right: mapExpr(expr.right) });
      case "paren":
      case "alias":
        return patch(expr, { expr: mapExpr(expr.expr) });
      case "index":
        return patch(expr, { operand: mapExpr(expr.operand), index: mapExpr(expr.index) });
      case "slice": {
        const low = expr.low && { low: mapExpr(expr.low) };
        const high = expr.high && { high: mapExpr(expr.high) };
        return patch(expr, { operand: mapExpr(expr.operand), ...low, ...high });
      }
      case "call":
        return patch(expr, { callee: mapExpr(expr.callee), args: mapAll(expr.args, mapExpr) });
    }
  }
}

/** The list itself where nothing in it changed. */
function mapAll<T>(list: readonly T[], map: (item: T) => T): readonly T[] {
  let mapped: T[] | undefined;
  for (const item of list) {
    const result = map(item);
    if (result !== item) mapped ??= list.slice(0, list.indexOf(item));
    mapped?.push(result);
  }
  return mapped ?? list;
}

/** The node itself where none of the parts differs. */
function patch<T extends object>(node: T, parts: Partial<T>): T {
  for (const key in parts) if (parts[key] !== node[key]) return { ...node, ...parts };
  return node;
}
