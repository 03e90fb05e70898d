import type { Decl, Field, Label, StructLiteral } from "../ast.js";
import { ExprFormatter } from "./expr-formatter.js";
import { needsBlock } from "./needs-block.js";
import type { Printer } from "./printer.js";
import { space } from "./spacing.js";

const { blank, cell, noBlank, fixed, comma, trailingComma, declComma, newline, blockBreak, section, indent, unindent } =
  space;
const { valueBreak } = space;

/** Writes declarations: fields with their labels, embeddings and the rest, and the structs that hold them. */
export class DeclFormatter {
  readonly #printer: Printer;
  readonly #exprs: ExprFormatter;
  /** Whether the declarations around stand on one line: their breaks do not end tables. */
  #isOneLine = false;

  constructor(printer: Printer) {
    this.#printer = printer;
    this.#exprs = new ExprFormatter(printer, (struct) => this.#struct(struct));
  }

  decls(decls: readonly Decl[]): void {
    const printer = this.#printer;
    const separator = this.#isOneLine ? blank : newline;
    let depth = 0;
    for (const [i, decl] of decls.entries()) {
      const before = decls[i - 1];
      if (before !== undefined) {
        printer.ask(declComma);
        const next = decl.kind === "field" ? nestDepth(decl) : 0;
        if (!this.#isOneLine && (depth === 0 || next !== depth)) printer.ask(blockBreak);
        if (printer.isDocumented(decl.pos.offset))
          if (before.kind !== "field" || isDefinition(before.label)) printer.ask(section);
      }
      this.decl(decl);
      depth = decl.kind === "field" ? nestDepth(decl) : 0;
      const after = decls[i + 1];
      const value = after?.kind === "field" ? after.value : undefined;
      const isBlock =
        (value?.kind === "struct" && (value.braces || value.decls.length !== 1)) || value?.kind === "list";
      printer.ask(!isBlock ? separator : this.#isOneLine ? blank : blockBreak);
    }
  }

  decl(decl: Decl): void {
    const printer = this.#printer;
    const startsLine = printer.isOnNewLine(printer.peek());
    switch (decl.kind) {
      case "field":
        this.#field(decl);
        return;
      case "let":
        if (startsLine) printer.ask(blockBreak);
        this.#exprs.let(decl.value, true);
        printer.ask(declComma);
        return;
      case "embedding":
        if (startsLine) printer.ask(blockBreak);
        this.#exprs.expr(decl.expr);
        printer.ask(newline);
        return;
      case "comprehension":
        if (startsLine) printer.ask(blockBreak);
        this.#exprs.comprehension(decl);
        return;
      case "ellipsis":
        this.#exprs.ellipsis(decl);
        return;
      case "attribute":
        printer.write();
        return;
    }
  }

  #field(field: Field): void {
    const printer = this.#printer;
    if (field.alias !== undefined) {
      printer.write();
      printer.write();
    }
    this.#label(field.label);
    if (field.mark !== "") printer.write(undefined, true);
    printer.ask(noBlank, fixed);
    printer.write();
    const inner = inlineField(field);
    if (inner !== undefined && !printer.isDocumented(inner.pos.offset)) {
      if (printer.isOnNewLine(printer.peek())) {
        printer.indented(() => {
          printer.ask(blockBreak);
          this.#field(inner);
        });
      } else {
        printer.ask(blank, fixed);
        this.#field(inner);
      }
      return;
    }
    const { value } = field;
    const isBlock = needsBlock(value, printer);
    const gap = isBlock || printer.hasBraceOnLine ? blank : cell;
    printer.ask(gap);
    if (value.kind === "struct" || value.kind === "list") this.#exprs.expr(value);
    else printer.indented(() => this.#exprs.expr(value));
    let before: number = gap;
    for (const _ of field.attributes) {
      printer.ask(before);
      printer.write();
      before = blank;
    }
    if (isBlock) printer.ask(valueBreak);
  }

  #label(label: Label): void {
    const printer = this.#printer;
    switch (label.kind) {
      case "identifier":
        printer.write();
        return;
      case "string-label": {
        const token = printer.peek();
        const { char, multiline, hashes } = token?.string?.quote ?? { char: "'", multiline: false, hashes: 0 };
        const isOdd = char === '"' && (multiline || hashes > 0);
        printer.write(isOdd ? JSON.stringify(label.value) : undefined);
        return;
      }
      case "dynamic-label":
        if (printer.peek()?.kind !== "(") this.#exprs.expr(label.expr);
        else {
          printer.write();
          this.#exprs.expr(label.expr);
          printer.write();
        }
        return;
      case "pattern-label":
        printer.write();
        printer.ask(noBlank, indent);
        if (label.alias !== undefined) {
          printer.write();
          printer.write();
        }
        this.#exprs.expr(label.expr);
        printer.ask(comma, blank, trailingComma, noBlank, unindent);
        printer.write();
    }
  }

  #struct(struct: StructLiteral): void {
    const printer = this.#printer;
    const outer = this.#isOneLine;
    const isCollapsed = struct.braces && struct.decls.length <= 1 && !printer.spansLines(struct);
    this.#isOneLine = outer || isCollapsed;
    const write = (text: string): void => (struct.braces ? printer.write() : printer.raw(text));
    write("{");
    const { line } = printer;
    const isEmpty = struct.decls.length === 0 && !printer.hasCommentBefore(struct.end);
    printer.ask(noBlank, isEmpty ? blank | fixed : this.#isOneLine ? blank : blockBreak, indent);
    // Braces that the source does not have stand on lines of their own.
    if (!struct.braces) printer.ask(newline, fixed);
    printer.hasBraceOnLine = true;
    this.decls(struct.decls);
    printer.endItems();
    printer.ask(unindent, noBlank);
    if (printer.line !== line) {
      printer.ask(newline);
      if (!/^[}\]]$/.test(printer.lastText)) printer.ask(fixed);
    }
    write("}");
    this.#isOneLine = outer;
  }
}

/** How many labels follow each other up to a value; 0 for a value in braces. */
function nestDepth({ value }: Field): number {
  if (value.kind !== "struct") return 1;
  const [only] = value.decls;
  if (value.decls.length !== 1) return 0;
  return only?.kind === "field" ? 1 + nestDepth(only) : 1;
}

/** The field in `a: b: c`. */
function inlineField({ value, attributes }: Field): Field | undefined {
  if (value.kind !== "struct" || value.braces || attributes.length > 0) return undefined;
  const [only] = value.decls;
  return only?.kind === "field" && only.attributes.length === 0 ? only : undefined;
}

function isDefinition(label: Label): boolean {
  return label.kind === "identifier" && /^_?#/.test(label.name);
}
