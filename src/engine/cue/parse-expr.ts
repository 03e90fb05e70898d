import type { SourcePos } from "../diagnostics/index.js";
import type * as ast from "./ast.js";
import type { DeclParser } from "./parse-decl.js";
import { decodeString, type RawPart } from "./string-literal.js";
import type { Token, TokenKind } from "./token.js";
import { noTemplates, type TokenCursor } from "./token-cursor.js";

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

/** Reads expressions by recursive descent, binary operators by precedence climbing; structs have declarations in them. */
export class ExprParser {
  readonly #cursor: TokenCursor;
  readonly #decls: DeclParser;

  constructor(cursor: TokenCursor, decls: DeclParser) {
    this.#cursor = cursor;
    this.#decls = decls;
  }

  identifier(purpose: string): ast.Identifier {
    return this.identifierOf(this.#cursor.expect("identifier", purpose));
  }

  identifierOf(token: Token): ast.Identifier {
    const cursor = this.#cursor;
    const name = cursor.text(token);
    const isHidden = name.startsWith("_") && cursor.package !== undefined;
    return {
      ...{ kind: "identifier", name, pos: cursor.pos(token), end: token.end },
      ...(isHidden && { package: cursor.package }),
    };
  }

  /** What a list ends with: `...` or `...type`. */
  #ellipsis(): ast.Ellipsis {
    const pos = this.#cursor.pos(this.#cursor.next());
    if (this.#cursor.at(",") || this.#cursor.at("]")) return { kind: "ellipsis", pos, end: this.#cursor.end };
    const type = this.expr();
    return { kind: "ellipsis", type, pos, end: type.end };
  }

  /** An expression whose binary operators bind at least as strongly as `precedence`. */
  expr(precedence = 1): ast.Expr {
    let left = this.#unary();
    for (let length = 0; ; length++) {
      this.#limitChain(length);
      const token = this.#cursor.peek();
      const op = this.#binaryOp(token);
      const strength = op === undefined ? 0 : (precedences.get(op) ?? 0);
      if (op === undefined || strength < precedence) return left;
      const opPos = this.#cursor.pos(this.#cursor.next());
      const right = this.expr(strength + 1);
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
    this.#cursor.enter();
    const operand = this.#unary();
    this.#cursor.leave();
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
        return this.struct();
      case "[":
        return this.#list();
      default: {
        const hint = cursor.isBehind("{{") ? noTemplates("{{ … }}") : "";
        throw cursor.fail(`expected a value, found ${cursor.describe()}${hint}`);
      }
    }
  }

  #nameOrConstant(): ast.Identifier | ast.Literal {
    const name = this.identifier("");
    const { pos, end } = name;
    if (name.name === "null") return { kind: "literal", value: { type: "null" }, secret: false, pos, end };
    if (name.name !== "true" && name.name !== "false") return name;
    return { kind: "literal", value: { type: "bool", value: name.name === "true" }, secret: false, pos, end };
  }

  struct(): ast.StructLiteral {
    const cursor = this.#cursor;
    const pos = cursor.pos(cursor.expect("{"));
    this.#cursor.enter();
    const decls = this.#decls.decls("}");
    this.#cursor.leave();
    const { end } = cursor.expect("}", ` to close the '{' of line ${pos.line}`);
    return { kind: "struct", decls, braces: true, pos, end };
  }

  #list(): ast.ListLiteral {
    const cursor = this.#cursor;
    const pos = cursor.pos(cursor.next());
    const items: ast.ListLiteral["items"][number][] = [];
    while (!cursor.at("]")) {
      this.#cursor.enter();
      const item = this.#item();
      this.#cursor.leave();
      items.push(item);
      // A new line is no comma where the list goes on behind it, but one before the bracket may stay away.
      if (cursor.at(",") && cursor.peek().start === cursor.peek().end && !cursor.at("]", 1))
        throw cursor.fail("missing ',' before the new line in the list", cursor.pos(cursor.peek(1)));
      if (!cursor.accept(",") || item.kind === "ellipsis") break;
    }
    if (items.length > 0 && (cursor.at("number") || cursor.at("string") || cursor.at("identifier") || cursor.at("{")))
      throw cursor.fail(`missing ',' between the items of a list, before ${cursor.describe()}`);
    const { end } = cursor.expect("]", ` to close the '[' of line ${pos.line}`);
    return { kind: "list", items, pos, end };
  }

  #item(): ast.Expr | ast.Comprehension | ast.Ellipsis {
    const cursor = this.#cursor;
    if (cursor.at("...")) return this.#ellipsis();
    if ((cursor.atWord("for") || cursor.atWord("if")) && !cursor.at(",", 1)) return this.#decls.comprehension();
    return this.expr();
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
    this.#cursor.enter();
    const expr = this.expr();
    this.#cursor.leave();
    return expr;
  }
}

function isUnaryOp(kind: TokenKind): kind is ast.UnaryOp & TokenKind {
  return unaryOps.has(kind);
}

function isBinaryOp(op: string): op is ast.BinaryOp {
  return precedences.has(op);
}
