import { SourceError } from "../diagnostics/index.js";
import type { Attribute, Expr, File } from "./ast.js";
import { parse } from "./parser.js";

/** Tells whether `@ignore()` or an `@if(…)` that does not hold stands before the package clause. No build tag is ever set. */
export function isLeftOut(file: File): boolean {
  return buildAttributes(file).some(({ name, text }) => name === "ignore" || condition(text) === false);
}

/** What is wrong with the build attributes of files: none of them may be left. */
export function buildAttributeFaults(files: readonly File[]): SourceError[] {
  const errors: SourceError[] = [];
  for (const file of files) {
    const [first, second] = buildAttributes(file).filter(({ name }) => name === "if");
    if (second !== undefined)
      errors.push(new SourceError("syntax", "multiple @if attributes", second.pos, first && [first.pos]));
    for (const { name, text, pos } of buildAttributes(file))
      if (name === "if" && condition(text) === undefined)
        errors.push(new SourceError("syntax", "@if takes names with &&, ||, ! and parentheses", pos));
  }
  const [only] = files;
  if (only === undefined || !files.every(isLeftOut)) return errors;
  const [attribute] = buildAttributes(only);
  if (attribute === undefined) return errors;
  const detail = `no file is left: @${attribute.name}(${attribute.text}) leaves this one out, since no build tags are set`;
  return [...errors, new SourceError("left-out", detail, attribute.pos)];
}

/** Attributes before the package clause; where there is none, before anything else. */
function buildAttributes({ decls, package: name }: File): Attribute[] {
  const end =
    name?.pos.offset ?? decls.find(({ kind }) => kind !== "attribute")?.pos.offset ?? Number.POSITIVE_INFINITY;
  return decls.filter(
    (decl): decl is Attribute =>
      decl.kind === "attribute" && decl.pos.offset < end && (decl.name === "if" || decl.name === "ignore"),
  );
}

function condition(text: string): boolean | undefined {
  const { file, errors } = parse(text, "@if");
  const [decl] = file.decls;
  if (errors.length > 0 || file.decls.length !== 1 || decl?.kind !== "embedding") return undefined;
  return holds(decl.expr);
}

function holds(expr: Expr): boolean | undefined {
  if (expr.kind === "identifier") return false;
  if (expr.kind === "paren") return holds(expr.expr);
  if (expr.kind === "unary" && expr.op === "!") {
    const value = holds(expr.operand);
    return value === undefined ? undefined : !value;
  }
  if (expr.kind !== "binary" || (expr.op !== "&&" && expr.op !== "||")) return undefined;
  const [left, right] = [holds(expr.left), holds(expr.right)];
  if (left === undefined || right === undefined) return undefined;
  return expr.op === "&&" ? left && right : left || right;
}
