import type { Call, Clause, Comprehension, Ellipsis, Expr, ListLiteral, Selector, StructLiteral } from "../ast.js";
import { indentedString, numberText } from "./literal-text.js";
import { blankLimit, isSamePrecedence, precedenceOf } from "./operators.js";
import type { Printer } from "./printer.js";
import { space } from "./spacing.js";

const { blank, noBlank, fixed, comma, trailingComma, blockBreak, indent, unindent } = space;

/** Writes expressions, and the clauses that choose them. */
export class ExprFormatter {
  readonly #printer: Printer;
  readonly #writeStruct: (struct: StructLiteral) => void;

  /** @param writeStruct Writes a struct; passed in, since its declarations hold expressions again */
  constructor(printer: Printer, writeStruct: (struct: StructLiteral) => void) {
    this.#printer = printer;
    this.#writeStruct = writeStruct;
  }

  expr(expr: Expr, depth = 1): void {
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
          this.expr(part, depth + 1);
          printer.write();
        }
        return;
      case "struct":
        this.#writeStruct(expr);
        return;
      case "list":
        this.#list(expr);
        return;
      case "unary":
        printer.write();
        printer.ask(fixed);
        this.expr(expr.operand, depth);
        return;
      case "binary": {
        const precedence = precedenceOf(expr);
        const isWord = /^[a-z]/.test(expr.op);
        const gap = isWord || precedence < blankLimit(expr, depth) ? blank : 0;
        this.expr(expr.left, depth + (isSamePrecedence(expr.left, precedence) ? 0 : 1));
        printer.ask(fixed, gap);
        printer.write();
        if (printer.isOnNewLine(printer.peek())) printer.ask(blockBreak);
        else printer.ask(fixed, gap);
        this.expr(expr.right, depth + 1);
        return;
      }
      case "paren":
        if (expr.expr.kind === "paren") {
          printer.skip();
          this.expr(expr.expr, depth);
          printer.skip();
          return;
        }
        printer.write();
        this.expr(expr.expr, Math.max(1, depth - 1));
        printer.write();
        return;
      case "selector":
        if (this.#selector(expr, depth)) printer.ask(unindent);
        return;
      case "index":
        this.expr(expr.operand);
        printer.write();
        this.expr(expr.index, depth + 1);
        printer.write();
        return;
      case "slice": {
        this.expr(expr.operand);
        printer.write();
        if (expr.low !== undefined) this.expr(expr.low, depth + 1);
        const isSpaced =
          depth <= 1 && expr.low && expr.high && [expr.low, expr.high].some(({ kind }) => kind === "binary");
        if (isSpaced) printer.ask(blank);
        printer.write(undefined, true);
        if (isSpaced) printer.ask(blank);
        if (expr.high !== undefined) this.expr(expr.high, depth + 1);
        printer.write();
        return;
      }
      case "call":
        this.#call(expr, expr.args.length > 1 ? depth + 1 : depth);
        return;
      case "alias":
        printer.write();
        printer.write();
        this.expr(expr.expr);
    }
  }

  comprehension({ clauses, body }: Comprehension): void {
    for (const [i, clause] of clauses.entries()) {
      if (i > 0) this.#printer.ask(blank);
      this.#clause(clause);
    }
    this.#printer.ask(blank, fixed);
    this.expr(body);
  }

  /** A clause, or a declaration: then it does not indent its next lines. */
  let(value: Expr, isDecl: boolean): void {
    const printer = this.#printer;
    printer.separate();
    printer.write(undefined, true);
    printer.ask(blank, fixed);
    const rest = (): void => {
      printer.write();
      printer.ask(blank, fixed);
      printer.write();
      printer.ask(blank);
      this.expr(value);
    };
    if (isDecl) rest();
    else printer.indented(rest);
  }

  ellipsis({ type }: Ellipsis): void {
    this.#printer.write();
    if (type === undefined) return;
    if (type.kind === "identifier" && type.name === "_") this.#printer.skip();
    else this.expr(type);
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

  #list(list: ListLiteral): void {
    const printer = this.#printer;
    printer.write();
    const isEmpty = list.items.length === 0 && !printer.hasCommentBefore(list.end);
    printer.ask(noBlank, indent, isEmpty ? blank | fixed : 0);
    for (const item of list.items) {
      if (item.kind === "comprehension") this.comprehension(item);
      else if (item.kind === "ellipsis") this.ellipsis(item);
      else this.expr(item);
      printer.ask(comma, blank);
    }
    printer.endItems();
    printer.ask(trailingComma, noBlank, unindent);
    printer.write();
  }

  #call({ callee, args }: Call, depth: number): void {
    const printer = this.#printer;
    const isIndented = callee.kind === "selector" && this.#selector(callee, depth);
    if (callee.kind !== "selector") this.expr(callee, depth);
    printer.write();
    for (const arg of args) {
      this.expr(arg, depth);
      printer.ask(comma, blank);
    }
    printer.ask(trailingComma, noBlank);
    printer.write();
    if (isIndented) printer.ask(unindent);
  }

  /** True where the name stands on a line of its own. */
  #selector({ operand }: Selector, depth: number): boolean {
    const printer = this.#printer;
    this.expr(operand, depth);
    printer.write(undefined, true);
    const isBroken = printer.isOnNewLine(printer.peek());
    printer.ask(isBroken ? indent | blockBreak : noBlank);
    printer.write();
    return isBroken;
  }

  #clause(clause: Clause): void {
    const printer = this.#printer;
    if (clause.kind === "let") {
      this.let(clause.value, false);
      return;
    }
    printer.write();
    printer.ask(blank);
    printer.indented(() => {
      if (clause.kind === "if") {
        this.expr(clause.condition);
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
      this.expr(clause.source);
    });
  }
}
