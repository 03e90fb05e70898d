import type { SourcePos } from "../../diagnostics/index.js";
import type { Decl, Expr } from "../ast.js";
import { listLiteral, structLiteral } from "../make-ast.js";
import { parse } from "../parser.js";
import type { Arguments } from "./arguments.js";
import { CallFault } from "./package.js";

/** Reads a text of CUE that is data, such as JSON. It counts as written where the call is. */
export function parseData(args: Arguments, text: string): Expr {
  args.claimParsing(text);
  const { file, errors } = parse(text, "data");
  const [error] = errors;
  if (error !== undefined) throw new CallFault(`could not parse the text: ${error.detail}`);
  const [first] = file.decls;
  const expr = first?.kind === "embedding" ? first.expr : structLiteral(file.decls, { pos: args.place(0) });
  return placed(expr, args.place(0), args.isSecret);
}

function placed(expr: Expr, pos: SourcePos, secret: boolean): Expr {
  switch (expr.kind) {
    case "literal":
      return { ...expr, pos, secret };
    case "unary":
      return { ...expr, pos, operand: placed(expr.operand, pos, secret) };
    case "struct":
      return structLiteral(expr.decls.map(placedField), { pos });
    case "list":
      return listLiteral(
        expr.items.flatMap((item) =>
          item.kind === "comprehension" || item.kind === "ellipsis" ? [] : [placed(item, pos, secret)],
        ),
        { pos },
      );
    default:
      return expr;
  }

  function placedField(decl: Decl): Decl {
    if (decl.kind !== "field" || decl.label.kind !== "string-label") return decl;
    return { ...decl, pos, label: { ...decl.label, pos }, value: placed(decl.value, pos, secret) };
  }
}
