import type { SourcePos } from "../diagnostics/index.js";
import type * as ast from "./ast.js";
import { decodeString, type RawPart } from "./string-literal.js";
import type { Token, TokenKind } from "./token.js";
import { SyntaxFault, type TokenCursor } from "./token-cursor.js";

/** How deep braces, brackets, parentheses and labels may nest in a file. */
const maxNesting = 400;
/** How many operators, selectors and calls may follow each other in one expression. */
const maxChain = 1000;

/** The binary operators by how strongly they bind. */
const precedences: ReadonlyMap<string, number> = new Map([
  ...(["*", "/", "div", "mod", "quo", "rem"] as const).map((op) => [op, 7] as const),
  ...(["+", "-"] as const).map((op) => [op, 6] as const),
  ...(["==", "!=", "<", "<=", ">", ">=", "=~", "!~"] as const).map((op) => [op, 5] as const),
  ...([
    ["&&", 4],
    ["||", 3],
    ["&", 2],
    ["|", 1],
  ] as const),
]);
const unaryOps: ReadonlySet<TokenKind> = new Set<ast.UnaryOp>([
  ...(["+", "-", "!", "*", "==", "!=", "<", "<=", ">", ">=", "=~", "!~"] as const),
]);

/** Recursive descent over declarations and expressions; binary operators by precedence climbing. */
export class ExprParser {
  readonly #cursor: TokenCursor;
  #depth = 0;

  constructor(cursor: TokenCursor) {
    this.#cursor = cursor;
  }

  /** Declarations up to a closing brace or the end of the file, which is left to the caller. */
  decls(closer: "}" | "end"): ast.Decl[] {
    const cursor = this.#cursor;
    const decls: ast.Decl[] = [];
    const depth = this.#depth;
    while (!cursor.at(closer) && !cursor.at("end")) {
      try {
        decls.push(this.#decl());
        if (cursor.at(closer) || cursor.accept(",")) continue;
        if (!cursor.at("end")) throw cursor.fail(`missing ',' or a new line before ${cursor.describe()}`);
      } catch (error) {
        if (!(error instanceof SyntaxFault)) throw error;
        this.#depth = depth;
        cursor.skipItem();
        // A closer of something else would stop the loop: it is part of the same fault.
        if (!cursor.at(closer) && (cursor.at("}") || cursor.at("]") || cursor.at(")") || cursor.at("string-end"))) {
          cursor.next();
          cursor.accept(",");
        }
      }
    }
    return decls;
  }

  attribute(): ast.Attribute {
    const token = this.#cursor.next();
    const text = this.#cursor.text(token);
    const open = text.indexOf("(");
    const name = open === -1 ? text.slice(1) : text.slice(1, open);
    const body = open === -1 ? "" : text.slice(open + 1, text.endsWith(")") ? -1 : undefined);
    return { kind: "attribute", name, text: body, pos: this.#cursor.pos(token), end: token.end };
  }

  identifier(purpose: string): ast.Identifier {
    return this.#identifierOf(this.#cursor.expect("identifier", purpose));
  }

  #identifierOf(token: Token): ast.Identifier {
    const pos = this.#cursor.pos(token);
    return { kind: "identifier", name: this.#cursor.text(token), pos, end: token.end };
  }

  #decl(): ast.Decl {
    const cursor = this.#cursor;
    if (cursor.at("attribute")) return this.attribute();
    if (cursor.at("...")) {
      const token = cursor.next();
      return { kind: "ellipsis", pos: cursor.pos(token), end: token.end };
    }
    if (cursor.at("identifier") && !this.#isLabelEnd(1)) {
      if (cursor.atWord("for") || cursor.atWord("if")) return this.#comprehension();
      if (cursor.atWord("let")) {
        if (cursor.at("identifier", 1)) return this.#letClause();
      } else if (cursor.at("=", 1)) return this.#aliasedField();
    }
    const { line } = cursor.peek();
    const expr = this.#fieldOrExpr();
    if (expr.kind === "field") return expr;
    const isName = expr.kind === "identifier" || (expr.kind === "literal" && expr.value.type === "string");
    const goesOn = !cursor.at(",") && !cursor.at("}") && !cursor.at("end") && cursor.peek().line === line;
    if (isName && goesOn) throw cursor.fail(`expected ':' after the label, or a new line, found ${cursor.describe()}`);
    return { kind: "embedding", expr, pos: expr.pos, end: expr.end };
  }

  #aliasedField(): ast.Field {
    const cursor = this.#cursor;
    const alias = this.identifier("");
    cursor.next();
    const field = this.#fieldOrExpr();
    if (field.kind === "field") return { ...field, alias, pos: alias.pos };
    throw cursor.fail(`expected a field after the alias; write "let ${alias.name} = …" to name a value`, alias.pos);
  }

  /** Whether a colon follows, so that what came before is a label. The colon may stand on the next line. */
  #isLabelEnd(ahead: number): boolean {
    const cursor = this.#cursor;
    const mark = cursor.at("?", ahead) || cursor.at("!", ahead) ? ahead + 1 : ahead;
    if (cursor.at(":", mark)) return true;
    const { kind, start, end } = cursor.peek(mark);
    return kind === "," && start === end && cursor.at(":", mark + 1);
  }

  /** A field where a colon follows, otherwise the expression itself. */
  #fieldOrExpr(): ast.Field | ast.Expr {
    const cursor = this.#cursor;
    const first = cursor.peek();
    if (first.kind === "identifier" && this.#isLabelEnd(1)) {
      return this.#field(this.#identifierOf(cursor.next()));
    }
    const listAlias = cursor.at("[") && cursor.at("identifier", 1) && cursor.at("=", 2);
    if (listAlias) return this.#field(this.#patternWithAlias());
    const expr = this.#expr();
    // Only a label reaches over the end of its line to a colon.
    const isLabel = this.#isLabelEnd(0) && (!cursor.at(",") || isLabelLike(expr));
    if (!isLabel) {
      if (cursor.at("?") || cursor.at("!"))
        throw cursor.fail(`expected ':' after the label, found ${cursor.describe(cursor.peek(1))}`);
      return expr;
    }
    return this.#field(this.#labelOf(expr));
  }

  #field(label: ast.Label): ast.Field {
    const cursor = this.#cursor;
    const mark = cursor.accept("?") ? "?" : cursor.accept("!") ? "!" : "";
    if (!cursor.at(":")) cursor.next();
    cursor.next();
    const value = this.#fieldValue();
    // In `a: b: 1 @x()` the attribute belongs to the innermost field, which has taken it already.
    const attributes: ast.Attribute[] = [];
    while (cursor.at("attribute")) attributes.push(this.attribute());
    return { kind: "field", label, mark, value, attributes, pos: label.pos, end: cursor.end };
  }

  #fieldValue(): ast.Expr {
    const cursor = this.#cursor;
    this.#enter();
    const isAliased = cursor.at("identifier") && cursor.at("=", 1);
    const value = isAliased ? this.#aliasOrAliasedField() : this.#fieldOrExpr();
    this.#depth--;
    return value.kind === "field" ? this.#implicitStruct(value) : value;
  }

  #implicitStruct(field: ast.Field): ast.StructLiteral {
    return { kind: "struct", decls: [field], braces: false, pos: field.pos, end: field.end };
  }

  /** `X={…}` as a value, or `X=b: …` as a field in short form. */
  #aliasOrAliasedField(): ast.Alias | ast.Field {
    const name = this.identifier("");
    this.#cursor.next();
    const expr = this.#fieldOrExpr();
    if (expr.kind === "field") return { ...expr, alias: name, pos: name.pos };
    return { kind: "alias", name, expr, pos: name.pos, end: expr.end };
  }

  #patternWithAlias(): ast.PatternLabel {
    const cursor = this.#cursor;
    const pos = cursor.pos();
    cursor.next();
    const alias = this.identifier("");
    cursor.next();
    const expr = this.#expr();
    if (cursor.at(",")) throw cursor.fail("the brackets of a label hold one expression", pos);
    const { end } = cursor.expect("]", " to close the label");
    if (!this.#isLabelEnd(0)) throw cursor.fail(`expected ':' after the label, found ${cursor.describe()}`);
    return { kind: "pattern-label", alias, expr, pos, end };
  }

  #labelOf(expr: ast.Expr): ast.Label {
    const { pos, end } = expr;
    if (expr.kind === "identifier") return expr;
    if (expr.kind === "literal" && expr.value.type === "string")
      return { kind: "string-label", value: expr.value.value, pos, end };
    if (expr.kind === "interpolation" && expr.type === "string") return { kind: "dynamic-label", expr, pos, end };
    if (expr.kind === "paren") return { kind: "dynamic-label", expr: expr.expr, pos, end };
    if (expr.kind === "list") {
      const [item] = expr.items;
      if (expr.items.length === 1 && item !== undefined && item.kind !== "comprehension" && item.kind !== "ellipsis")
        return { kind: "pattern-label", expr: item, pos, end };
      throw this.#cursor.fail("the brackets of a label hold one expression", pos);
    }
    const what = "a label is a name, a string, an expression in parentheses or a pattern in brackets";
    throw this.#cursor.fail(`unexpected ':': ${what}`);
  }

  /** What a list ends with: `...` or `...type`. */
  #ellipsis(): ast.Ellipsis {
    const pos = this.#cursor.pos(this.#cursor.next());
    if (this.#cursor.at(",") || this.#cursor.at("]")) return { kind: "ellipsis", pos, end: this.#cursor.end };
    const type = this.#expr();
    return { kind: "ellipsis", type, pos, end: type.end };
  }

  #comprehension(): ast.Comprehension {
    const cursor = this.#cursor;
    const clauses: ast.Clause[] = [];
    const pos = cursor.pos();
    while (!cursor.at("{")) {
      if (cursor.atWord("for")) clauses.push(this.#forClause());
      else if (cursor.atWord("if")) clauses.push(this.#ifClause());
      else if (cursor.atWord("let")) clauses.push(this.#letClause());
      else throw cursor.fail(`expected '{' with the body of the comprehension, found ${cursor.describe()}`);
      cursor.accept(",");
    }
    const body = this.#struct();
    return { kind: "comprehension", clauses, body, pos, end: body.end };
  }

  #forClause(): ast.ForClause {
    const cursor = this.#cursor;
    const pos = cursor.pos(cursor.next());
    const first = this.identifier(" of the loop");
    const second = cursor.accept(",") ? this.identifier(" of the loop") : undefined;
    if (!cursor.atWord("in")) throw cursor.fail(`expected 'in', found ${cursor.describe()}`);
    cursor.next();
    const source = this.#expr();
    const names = second === undefined ? { value: first } : { key: first, value: second };
    return { kind: "for", ...names, source, pos, end: source.end };
  }

  #ifClause(): ast.IfClause {
    const pos = this.#cursor.pos(this.#cursor.next());
    const condition = this.#expr();
    return { kind: "if", condition, pos, end: condition.end };
  }

  #letClause(): ast.LetDecl {
    const pos = this.#cursor.pos(this.#cursor.next());
    const name = this.identifier(" after let");
    this.#cursor.expect("=", ` after "let ${name.name}"`);
    const value = this.#expr();
    return { kind: "let", name, value, pos, end: value.end };
  }

  /** An expression whose binary operators bind at least as strongly as `precedence`. */
  #expr(precedence = 1): ast.Expr {
    let left = this.#unary();
    for (let length = 0; ; length++) {
      this.#limitChain(length);
      const token = this.#cursor.peek();
      const op = this.#binaryOp(token);
      const strength = op === undefined ? 0 : (precedences.get(op) ?? 0);
      if (op === undefined || strength < precedence) return left;
      const opPos = this.#cursor.pos(this.#cursor.next());
      const right = this.#expr(strength + 1);
      left = { kind: "binary", op, opPos, left, right, pos: left.pos, end: right.end };
    }
  }

  #binaryOp(token: Token): ast.BinaryOp | undefined {
    const op = token.kind === "identifier" ? this.#cursor.text(token) : token.kind;
    return isBinaryOp(op) ? op : undefined;
  }

  #unary(): ast.Expr {
    const token = this.#cursor.peek();
    if (!isUnaryOp(token.kind)) return this.#primary();
    const op = token.kind;
    this.#cursor.next();
    this.#enter();
    const operand = this.#unary();
    this.#depth--;
    return { kind: "unary", op, operand, pos: this.#cursor.pos(token), end: operand.end };
  }

  #primary(): ast.Expr {
    const cursor = this.#cursor;
    let expr = this.#operand();
    for (let length = 0; ; length++) {
      this.#limitChain(length);
      const { pos } = expr;
      if (cursor.accept(".")) {
        const name = this.#selectorName();
        expr = { kind: "selector", operand: expr, name, pos, end: name.end };
      } else if (cursor.at("[")) expr = this.#indexOrSlice(expr);
      else if (cursor.accept("(")) {
        const args: ast.Expr[] = [];
        while (!cursor.at(")")) {
          args.push(this.#nestedExpr());
          if (!cursor.accept(",") || cursor.at("end")) break;
        }
        const { end } = cursor.expect(")", " to end the arguments");
        expr = { kind: "call", callee: expr, args, pos, end };
      } else return expr;
    }
  }

  #selectorName(): ast.Identifier | ast.StringLabel {
    const token = this.#cursor.peek();
    if (token.kind === "identifier") return this.identifier("");
    if (token.kind !== "string") throw this.#cursor.fail(`expected a name after '.', found ${this.#cursor.describe()}`);
    const literal = this.#string();
    if (literal.kind !== "literal" || literal.value.type !== "string")
      throw this.#cursor.fail("expected a name or a string after '.'", literal.pos);
    return { kind: "string-label", value: literal.value.value, pos: literal.pos, end: literal.end };
  }

  #indexOrSlice(operand: ast.Expr): ast.Index | ast.Slice {
    const cursor = this.#cursor;
    const { pos } = operand;
    cursor.next();
    const low = cursor.at(":") ? undefined : this.#nestedExpr();
    if (cursor.accept(":")) {
      const high = cursor.at("]") ? undefined : this.#nestedExpr();
      const { end } = cursor.expect("]", " to end the slice");
      return { kind: "slice", operand, ...(low && { low }), ...(high && { high }), pos, end };
    }
    if (low === undefined) throw cursor.fail("expected an index");
    cursor.accept(",");
    const { end } = cursor.expect("]", " to end the index");
    return { kind: "index", operand, index: low, pos, end };
  }

  #operand(): ast.Expr {
    const cursor = this.#cursor;
    const token = cursor.peek();
    const pos = cursor.pos(token);
    switch (token.kind) {
      case "identifier":
        return this.#nameOrConstant();
      case "number":
        cursor.next();
        return {
          kind: "literal",
          value: { type: "number", text: cursor.text(token) },
          secret: false,
          pos,
          end: token.end,
        };
      case "string":
      case "string-start":
        return this.#string();
      case "_|_":
        cursor.next();
        return { kind: "bottom", pos, end: token.end };
      case "(": {
        cursor.next();
        const expr = this.#nestedExpr();
        const { end } = cursor.expect(")", ` to close the '(' of line ${pos.line}`);
        return { kind: "paren", expr, pos, end };
      }
      case "{":
        return this.#struct();
      case "[":
        return this.#list();
      default:
        throw cursor.fail(`expected a value, found ${cursor.describe()}`);
    }
  }

  #nameOrConstant(): ast.Identifier | ast.Literal {
    const name = this.identifier("");
    const { pos, end } = name;
    if (name.name === "null") return { kind: "literal", value: { type: "null" }, secret: false, pos, end };
    if (name.name !== "true" && name.name !== "false") return name;
    return { kind: "literal", value: { type: "bool", value: name.name === "true" }, secret: false, pos, end };
  }

  #struct(): ast.StructLiteral {
    const cursor = this.#cursor;
    const pos = cursor.pos(cursor.expect("{"));
    this.#enter();
    const decls = this.decls("}");
    this.#depth--;
    const { end } = cursor.expect("}", ` to close the '{' of line ${pos.line}`);
    return { kind: "struct", decls, braces: true, pos, end };
  }

  #list(): ast.ListLiteral {
    const cursor = this.#cursor;
    const pos = cursor.pos(cursor.next());
    const items: ast.ListLiteral["items"][number][] = [];
    while (!cursor.at("]")) {
      this.#enter();
      const item = this.#item();
      this.#depth--;
      items.push(item);
      // A new line is no comma where the list goes on behind it, but one before the bracket may stay away.
      if (cursor.at(",") && cursor.peek().start === cursor.peek().end && !cursor.at("]", 1))
        throw cursor.fail("missing ',' before the new line in the list", cursor.pos(cursor.peek(1)));
      if (!cursor.accept(",") || item.kind === "ellipsis") break;
    }
    const { end } = cursor.expect("]", ` to close the '[' of line ${pos.line}`);
    return { kind: "list", items, pos, end };
  }

  #item(): ast.Expr | ast.Comprehension | ast.Ellipsis {
    const cursor = this.#cursor;
    if (cursor.at("...")) return this.#ellipsis();
    if ((cursor.atWord("for") || cursor.atWord("if")) && !cursor.at(",", 1)) return this.#comprehension();
    return this.#expr();
  }

  #string(): ast.Literal | ast.Interpolation {
    const cursor = this.#cursor;
    const first = cursor.next();
    const parts: RawPart[] = [this.#part(first)];
    const exprs: ast.Expr[] = [];
    let last = first;
    while (last.kind === "string-start" || last.kind === "string-middle") {
      exprs.push(this.#nestedExpr());
      if (!cursor.at("string-middle") && !cursor.at("string-end"))
        throw cursor.fail(`expected ')' to end the interpolation, found ${cursor.describe()}`);
      last = cursor.next();
      parts.push(this.#part(last));
    }
    const pos = cursor.pos(first);
    const { end } = last;
    const quote = first.string?.quote ?? { hashes: 0, char: '"', multiline: false, start: first.start };
    const { texts, faults } = decodeString(parts, quote);
    for (const { detail, offset } of faults) cursor.fail(detail, this.#posIn(first, offset));
    const [text = ""] = texts;
    const isBytes = quote.char === "'";
    if (exprs.length > 0) return { kind: "interpolation", type: isBytes ? "bytes" : "string", texts, exprs, pos, end };
    const value = isBytes
      ? ({ type: "bytes", value: Buffer.from(text, "latin1") } as const)
      : ({ type: "string", value: text } as const);
    return { kind: "literal", value, secret: false, pos, end };
  }

  #part(token: Token): RawPart {
    const { start, end } = token.string ?? token;
    return { text: this.#cursor.slice(start, end), offset: start };
  }

  /** The place of an offset inside a token, which may have several lines. */
  #posIn(token: Token, offset: number): SourcePos {
    const before = this.#cursor.slice(token.start, offset);
    const newline = before.lastIndexOf("\n");
    const line = token.line + before.split("\n").length - 1;
    const column = newline === -1 ? token.column + before.length : before.length - newline;
    return { file: this.#cursor.file, offset, line, column };
  }

  /** A chain of operators nests to the left. */
  #limitChain(length: number): void {
    if (length > maxChain) throw this.#cursor.fail(`more than ${maxChain} operators in one expression`);
  }

  #nestedExpr(): ast.Expr {
    this.#enter();
    const expr = this.#expr();
    this.#depth--;
    return expr;
  }

  /** Goes a level deeper. Where a fault unwinds, `decls` comes back to its own level. */
  #enter(): void {
    if (this.#depth >= maxNesting) throw this.#cursor.fail(`nested too deep: more than ${maxNesting} levels`);
    this.#depth++;
  }
}

function isUnaryOp(kind: TokenKind): kind is ast.UnaryOp & TokenKind {
  return unaryOps.has(kind);
}

function isBinaryOp(op: string): op is ast.BinaryOp {
  return precedences.has(op);
}

function isLabelLike(expr: ast.Expr): boolean {
  if (expr.kind === "literal") return expr.value.type === "string";
  return expr.kind === "identifier" || expr.kind === "interpolation" || expr.kind === "paren";
}
