import type { File } from "../ast.js";
import { DeclFormatter } from "./decl-formatter.js";
import type { Printer } from "./printer.js";
import { space } from "./spacing.js";

const { blank, fixed, newline, section, indent, unindent } = space;

/** Walks over a file, and asks the printer for the space between the tokens. */
export function formatFile(file: File, printer: Printer): void {
  const decls = new DeclFormatter(printer);
  const start = (file.package ?? file.imports[0])?.pos.offset ?? 0;
  const leading = file.decls.filter(({ pos }) => pos.offset < start);
  for (const decl of leading) {
    decls.decl(decl);
    printer.ask(newline);
  }
  if (file.package !== undefined) {
    printer.write();
    printer.ask(blank, fixed);
    printer.write();
    printer.ask(section, fixed);
  }
  while (isImport(printer)) formatImport(printer);
  decls.decls(file.decls.slice(leading.length));
}

function isImport(printer: Printer): boolean {
  const token = printer.peek();
  const next = printer.peek(1)?.kind;
  return token !== undefined && printer.textOf(token) === "import" && next !== ":" && next !== "?" && next !== "!";
}

function formatImport(printer: Printer): void {
  printer.write();
  printer.ask(blank);
  if (printer.peek()?.kind !== "(") formatImportSpec(printer);
  else {
    printer.write();
    printer.ask(newline, indent);
    for (let i = 0; printer.peek()?.kind !== ")"; i++) {
      // Without a comma two specifications need a line each.
      if (i > 0 && !printer.isOnNewLine(printer.peek())) printer.ask(fixed);
      formatImportSpec(printer);
    }
    printer.ask(unindent, newline);
    printer.write();
  }
  printer.ask(section, fixed);
}

function formatImportSpec(printer: Printer): void {
  if (printer.peek()?.kind === "identifier") {
    printer.write();
    printer.ask(blank);
  }
  printer.write();
  printer.ask(newline);
}
