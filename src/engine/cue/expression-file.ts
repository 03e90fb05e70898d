import { SourceError } from "../diagnostics/index.js";
import type { File, ImportSpec } from "./ast.js";
import { standardPackages } from "./packages/standard-packages.js";
import { parse } from "./parser.js";
import { someExpr } from "./some-expr.js";

/**
 * Reads an expression that is evaluated in the scope of files. It may name standard packages without importing them,
 * where no field of the files has their name.
 *
 * @param name What the text is called in messages
 */
export function parseExpression(
  text: string,
  name: string,
  files: readonly File[],
): { file: File; errors: SourceError[] } {
  const { file, errors } = parse(text, name);
  const [decl, second] = file.decls;
  const isOne = decl?.kind === "embedding" && second === undefined && file.imports.length === 0;
  if (errors.length === 0 && !isOne) {
    const pos = (second ?? decl)?.pos ?? { file: name, offset: 0, line: 1, column: 1 };
    errors.push(new SourceError("syntax", "expected one expression, such as bundle.instances.web", pos));
  }
  return { file: { ...file, imports: importsOf(file, files) }, errors };
}

function importsOf(file: File, files: readonly File[]): ImportSpec[] {
  const taken = new Set(
    files.flatMap(({ decls }) =>
      decls.flatMap((decl) => (decl.kind === "field" && decl.label.kind === "identifier" ? [decl.label.name] : [])),
    ),
  );
  const paths = new Map([...standardPackages.keys()].map((path) => [path.split("/").at(-1) ?? path, path]));
  const found = new Map<string, ImportSpec>();
  someExpr(file, (expr) => {
    if (expr.kind !== "selector" || expr.operand.kind !== "identifier" || taken.has(expr.operand.name)) return false;
    const { name, pos, end } = expr.operand;
    const path = paths.get(name);
    if (path !== undefined) found.set(path, { kind: "import", path, pos, end });
    return false;
  });
  return [...found.values()];
}
