import type {
  Call,
  Clause,
  Comprehension,
  Decl,
  Ellipsis,
  Expr,
  Field,
  File,
  Label,
  ListLiteral,
  Selector,
  StructLiteral,
} from "../ast.js";
import { indentedString, numberText } from "./literal-text.js";
import { blankLimit, isSamePrecedence, precedenceOf } from "./operators.js";
import type { Printer } from "./printer.js";
import { space } from "./spacing.js";

const { blank, cell, noBlank, fixed, comma, trailingComma, declComma, newline, blockBreak, section, indent, unindent } =
  space;
const { valueBreak } = space;

/** Walks over a file, and asks its printer for the space between the tokens. */
export class FileFormatter {
  readonly #printer: Printer;
  /** Whether the declarations around stand on one line: their breaks do not end tables. */
  #isOneLine = false;

  constructor(printer: Printer) {
    this.#printer = printer;
  }

  file(file: File): void {
    const printer = this.#printer;
    const start = (file.package ?? file.imports[0])?.pos.offset ?? 0;
    const leading = file.decls.filter(({ pos }) => pos.offset < start);
    for (const decl of leading) {
      this.#decl(decl);
      printer.ask(newline);
    }
    if (file.package !== undefined) {
      printer.write();
      printer.ask(blank, fixed);
      printer.write(undefined);
      printer.ask(section, fixed);
    }
    while (this.#isImport()) this.#import();
    this.#decls(file.decls.slice(leading.length));
  }

  #isImport(): boolean {
    const token = this.#printer.peek();
    const next = this.#printer.peek(1)?.kind;
    return (
      token !== undefined && this.#printer.textOf(token) === "import" && next !== ":" && next !== "?" && next !== "!"
    );
  }

  #import(): void {
    const printer = this.#printer;
    printer.write();
    printer.ask(blank);
    if (printer.peek()?.kind !== "(") this.#importSpec();
    else {
      printer.write();
      printer.ask(newline, indent);
      for (let i = 0; printer.peek()?.kind !== ")"; i++) {
        // Without a comma two specifications need a line each.
        if (i > 0 && !printer.isOnNewLine(printer.peek())) printer.ask(fixed);
        this.#importSpec();
      }
      printer.ask(unindent, newline);
      printer.write();
    }
    printer.ask(section, fixed);
  }

  #importSpec(): void {
    const printer = this.#printer;
    if (printer.peek()?.kind === "identifier") {
      printer.write();
      printer.ask(blank);
    }
    printer.write();
    printer.ask(newline);
  }

  #decls(decls: readonly Decl[]): void {
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
      this.#decl(decl);
      depth = decl.kind === "field" ? nestDepth(decl) : 0;
      const after = decls[i + 1];
      const value = after?.kind === "field" ? after.value : undefined;
      const isBlock =
        (value?.kind === "struct" && (value.braces || value.decls.length !== 1)) || value?.kind === "list";
      printer.ask(!isBlock ? separator : this.#isOneLine ? blank : blockBreak);
    }
  }

  #decl(decl: Decl): void {
    const printer = this.#printer;
    const startsLine = printer.isOnNewLine(printer.peek());
    switch (decl.kind) {
      case "field":
        this.#field(decl);
        return;
      case "let":
        if (startsLine) printer.ask(blockBreak);
        this.#let(decl.value, true);
        printer.ask(declComma);
        return;
      case "embedding":
        if (startsLine) printer.ask(blockBreak);
        this.#expr(decl.expr);
        printer.ask(newline);
        return;
      case "comprehension":
        if (startsLine) printer.ask(blockBreak);
        this.#comprehension(decl);
        return;
      case "ellipsis":
        this.#ellipsis(decl);
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
        printer.ask(indent, blockBreak);
        this.#field(inner);
        printer.dropLevel();
      } else {
        printer.ask(blank, fixed);
        this.#field(inner);
      }
      return;
    }
    const { value } = field;
    const isBlock = this.#needsBlock(value);
    const gap = isBlock || printer.hasBraceOnLine ? blank : cell;
    printer.ask(gap);
    if (value.kind === "struct" || value.kind === "list") this.#expr(value);
    else this.#indented(() => this.#expr(value));
    let before: number = gap;
    for (const _ of field.attributes) {
      printer.ask(before);
      printer.write();
      before = blank;
    }
    if (isBlock) printer.ask(valueBreak);
  }

  /** Whether a value spans lines by its kind, so that it ends the table that its field is in. */
  #needsBlock(expr: Expr): boolean {
    switch (expr.kind) {
      case "struct":
      case "list":
        return true;
      case "literal":
        return this.#printer.spansLines(expr);
      case "paren":
        return this.#needsBlock(expr.expr);
      case "unary":
      case "index":
      case "selector":
        return this.#needsBlock(expr.operand);
      case "binary":
        return this.#needsBlock(expr.left) || this.#needsBlock(expr.right);
      case "call":
        return expr.args.some((arg) => this.#needsBlock(arg));
      default:
        return false;
    }
  }

  #label(label: Label): void {
    const printer = this.#printer;
    switch (label.kind) {
      case "identifier":
        printer.write();
        return;
      case "string-label": {
        const token = printer.peek();
        const isOdd = token?.string !== undefined && (token.string.quote.multiline || token.string.quote.hashes > 0);
        printer.write(isOdd ? JSON.stringify(label.value) : undefined);
        return;
      }
      case "dynamic-label":
        if (printer.peek()?.kind !== "(") this.#expr(label.expr);
        else {
          printer.write();
          this.#expr(label.expr);
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
        this.#expr(label.expr);
        printer.ask(comma, blank, trailingComma, noBlank, unindent);
        printer.write();
    }
  }

  /** What goes on in a next line is indented. */
  #indented(write: () => void): void {
    this.#printer.ask(indent);
    write();
    this.#printer.dropLevel();
  }

  #let(value: Expr, isDecl: boolean): void {
    const printer = this.#printer;
    printer.separate();
    printer.write(undefined, true);
    printer.ask(blank, fixed);
    const rest = (): void => {
      printer.write();
      printer.ask(blank, fixed);
      printer.write();
      printer.ask(blank);
      this.#expr(value);
    };
    if (isDecl) rest();
    else this.#indented(rest);
  }

  #comprehension({ clauses, body }: Comprehension): void {
    for (const [i, clause] of clauses.entries()) {
      if (i > 0) this.#printer.ask(blank);
      this.#clause(clause);
    }
    this.#printer.ask(blank, fixed);
    this.#expr(body);
  }

  #clause(clause: Clause): void {
    const printer = this.#printer;
    if (clause.kind === "let") {
      this.#let(clause.value, false);
      return;
    }
    printer.write();
    printer.ask(blank);
    this.#indented(() => {
      if (clause.kind === "if") {
        this.#expr(clause.condition);
        return;
      }
      printer.write();
      if (clause.key !== undefined) {
        printer.raw(",");
        printer.ask(blank);
        printer.write();
      }
      printer.ask(blank);
      printer.write();
      printer.ask(blank);
      this.#expr(clause.source);
    });
  }

  #ellipsis({ type }: Ellipsis): void {
    this.#printer.write();
    if (type === undefined) return;
    if (type.kind === "identifier" && type.name === "_") this.#printer.skip();
    else this.#expr(type);
  }

  #expr(expr: Expr, depth = 1): void {
    const printer = this.#printer;
    switch (expr.kind) {
      case "identifier":
      case "bottom":
        printer.write();
        return;
      case "literal":
        this.#literal();
        return;
      case "interpolation":
        printer.write();
        for (const part of expr.exprs) {
          this.#expr(part, depth + 1);
          printer.write();
        }
        return;
      case "struct":
        this.#struct(expr);
        return;
      case "list":
        this.#list(expr);
        return;
      case "unary":
        printer.write();
        printer.ask(fixed);
        this.#expr(expr.operand, depth);
        return;
      case "binary": {
        const precedence = precedenceOf(expr);
        const isWord = /^[a-z]/.test(expr.op);
        const gap = isWord || precedence < blankLimit(expr, depth) ? blank : 0;
        this.#expr(expr.left, depth + (isSamePrecedence(expr.left, precedence) ? 0 : 1));
        printer.ask(fixed, gap);
        printer.write();
        if (printer.isOnNewLine(printer.peek())) printer.ask(blockBreak);
        else printer.ask(fixed, gap);
        this.#expr(expr.right, depth + 1);
        return;
      }
      case "paren":
        if (expr.expr.kind === "paren") {
          printer.skip();
          this.#expr(expr.expr, depth);
          printer.skip();
          return;
        }
        printer.write();
        this.#expr(expr.expr, Math.max(1, depth - 1));
        printer.write();
        return;
      case "selector":
        if (this.#selector(expr, depth)) printer.ask(unindent);
        return;
      case "index":
        this.#expr(expr.operand);
        printer.write();
        this.#expr(expr.index, depth + 1);
        printer.write();
        return;
      case "slice": {
        this.#expr(expr.operand);
        printer.write();
        if (expr.low !== undefined) this.#expr(expr.low, depth + 1);
        const isSpaced =
          depth <= 1 && expr.low && expr.high && [expr.low, expr.high].some(({ kind }) => kind === "binary");
        if (isSpaced) printer.ask(blank);
        printer.write(undefined, true);
        if (isSpaced) printer.ask(blank);
        if (expr.high !== undefined) this.#expr(expr.high, depth + 1);
        printer.write();
        return;
      }
      case "call":
        this.#call(expr, expr.args.length > 1 ? depth + 1 : depth);
        return;
      case "alias":
        printer.write();
        printer.write();
        this.#expr(expr.expr);
    }
  }

  #literal(): void {
    const printer = this.#printer;
    const token = printer.peek();
    if (token === undefined) return;
    const text = printer.textOf(token);
    if (token.kind === "number") printer.write(numberText(text));
    else if (token.kind === "string") printer.write(indentedString(text, token, printer.level + 1));
    else printer.write();
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
    this.#decls(struct.decls);
    printer.endItems();
    printer.ask(unindent, noBlank);
    if (printer.line !== line) {
      printer.ask(newline);
      if (!/^[}\]]$/.test(printer.lastText)) printer.ask(fixed);
    }
    write("}");
    this.#isOneLine = outer;
  }

  #list(list: ListLiteral): void {
    const printer = this.#printer;
    printer.write();
    const isEmpty = list.items.length === 0 && !printer.hasCommentBefore(list.end);
    printer.ask(noBlank, indent, isEmpty ? blank | fixed : 0);
    for (const item of list.items) {
      if (item.kind === "comprehension") this.#comprehension(item);
      else if (item.kind === "ellipsis") this.#ellipsis(item);
      else this.#expr(item);
      printer.ask(comma, blank);
    }
    printer.endItems();
    printer.ask(trailingComma, noBlank, unindent);
    printer.write();
  }

  #call({ callee, args }: Call, depth: number): void {
    const printer = this.#printer;
    const isIndented = callee.kind === "selector" && this.#selector(callee, depth);
    if (callee.kind !== "selector") this.#expr(callee, depth);
    printer.write();
    for (const arg of args) {
      this.#expr(arg, depth);
      printer.ask(comma, blank);
    }
    printer.ask(trailingComma, noBlank);
    printer.write();
    if (isIndented) printer.ask(unindent);
  }

  /** True where the name stands on a line of its own. */
  #selector({ operand }: Selector, depth: number): boolean {
    const printer = this.#printer;
    this.#expr(operand, depth);
    printer.write(undefined, true);
    const isBroken = printer.isOnNewLine(printer.peek());
    printer.ask(isBroken ? indent | blockBreak : noBlank);
    printer.write();
    return isBroken;
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
