import type * as ast from "./ast.js";
import { decodeUtf8 } from "./decode-utf8.js";
import { ExprParser } from "./parse-expr.js";
import type { TokenKind } from "./token.js";
import { noTemplates, SyntaxFault, type TokenCursor } from "./token-cursor.js";

/** Reads declarations: fields with their labels, embeddings, comprehensions and the rest. */
export class DeclParser {
  readonly exprs: ExprParser;
  readonly #cursor: TokenCursor;

  constructor(cursor: TokenCursor) {
    this.#cursor = cursor;
    this.exprs = new ExprParser(cursor, this);
  }

  /** Declarations up to a closing brace or the end of the file, which is left to the caller. */
  decls(closer: "}" | "end"): ast.Decl[] {
    const cursor = this.#cursor;
    const decls: ast.Decl[] = [];
    const { depth } = cursor;
    while (!cursor.at(closer) && !cursor.at("end")) {
      try {
        if (isCloser(cursor.peek().kind))
          throw cursor.fail(`unexpected ${cursor.describe()}: nothing is open that it closes`);
        decls.push(this.#decl());
        if (cursor.at(closer) || cursor.accept(",")) continue;
        if (!cursor.at("end"))
          throw cursor.fail(`missing ',' or a new line before ${cursor.describe()}${this.#foreignHint()}`);
      } catch (error) {
        if (!(error instanceof SyntaxFault)) throw error;
        cursor.leave(depth);
        cursor.skipItem();
        // A closer of something else would stop the loop: it is part of the same fault.
        if (!cursor.at(closer) && (isCloser(cursor.peek().kind) || cursor.at("string-end"))) {
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

  #decl(): ast.Decl {
    const cursor = this.#cursor;
    if (cursor.at("attribute")) return this.attribute();
    if (cursor.at("...")) {
      const token = cursor.next();
      return { kind: "ellipsis", pos: cursor.pos(token), end: token.end };
    }
    if (cursor.at("identifier") && !this.#isLabelEnd(1)) {
      if (cursor.atWord("for") || cursor.atWord("if")) return this.comprehension();
      if (cursor.atWord("let")) {
        if (cursor.at("identifier", 1)) return this.#letClause();
      } else if (cursor.at("=", 1)) return this.#aliasedField();
    }
    const { line } = cursor.peek();
    const expr = this.#fieldOrExpr();
    if (expr.kind === "field") return expr;
    const isName = expr.kind === "identifier" || (expr.kind === "literal" && expr.value.type === "string");
    const goesOn = !cursor.at(",") && !cursor.at("}") && !cursor.at("end") && cursor.peek().line === line;
    if (goesOn && expr.kind === "identifier" && expr.name === "package")
      throw cursor.fail("the package clause stands once, before everything else");
    if (goesOn && expr.kind === "identifier" && expr.name === "import")
      throw cursor.fail("imports stand before the fields");
    if (isName && goesOn) {
      const isComment = expr.kind === "identifier" && expr.name.startsWith("#") && cursor.at("identifier");
      const hint = isComment ? "; a comment starts with //" : "";
      throw cursor.fail(`expected ':' after the label, or a new line, found ${cursor.describe()}${hint}`);
    }
    return { kind: "embedding", expr, pos: expr.pos, end: expr.end };
  }

  #aliasedField(): ast.Field {
    const cursor = this.#cursor;
    const alias = this.exprs.identifier("");
    cursor.next();
    const field = this.#fieldOrExpr();
    if (field.kind === "field") return { ...field, alias, pos: alias.pos };
    const hint = `a field is written "${alias.name}: …", a name for a value "let ${alias.name} = …"`;
    throw cursor.fail(`expected a field after the alias; ${hint}`, alias.pos);
  }

  /** What CUE has for a construct of other languages that starts before the token at hand, or at it. */
  #foreignHint(): string {
    const cursor = this.#cursor;
    if (cursor.atWord("else")) return "; CUE has no else: write a second if";
    return cursor.at("{") && cursor.isBehind("$") ? noTemplates("$" + "{…}") : "";
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
      return this.#field(this.exprs.identifierOf(cursor.next()));
    }
    const listAlias = cursor.at("[") && cursor.at("identifier", 1) && cursor.at("=", 2);
    if (listAlias) return this.#field(this.#patternWithAlias());
    const expr = this.exprs.expr();
    // Only a label reaches over the end of its line to a colon.
    const isLabel = this.#isLabelEnd(0) && (!cursor.at(",") || isLabelLike(expr));
    if (!isLabel) {
      if (cursor.at("?") || cursor.at("!")) {
        const mark = cursor.next();
        const isAlone = cursor.at(",") || cursor.at("end");
        const hint = mark.kind === "?" && !isAlone ? '; CUE has no "? :", a choice is [if condition {a}, b][0]' : "";
        const pos = cursor.pos(isAlone ? mark : undefined);
        throw cursor.fail(`expected ':' after the label, found ${cursor.describe()}${hint}`, pos);
      }
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
    cursor.enter();
    const isAliased = cursor.at("identifier") && cursor.at("=", 1);
    const value = isAliased ? this.#aliasOrAliasedField() : this.#fieldOrExpr();
    cursor.leave();
    return value.kind === "field" ? this.#implicitStruct(value) : value;
  }

  #implicitStruct(field: ast.Field): ast.StructLiteral {
    return { kind: "struct", decls: [field], braces: false, pos: field.pos, end: field.end };
  }

  /** `X={…}` as a value, or `X=b: …` as a field in short form. */
  #aliasOrAliasedField(): ast.Alias | ast.Field {
    const name = this.exprs.identifier("");
    this.#cursor.next();
    const expr = this.#fieldOrExpr();
    if (expr.kind === "field") return { ...expr, alias: name, pos: name.pos };
    return { kind: "alias", name, expr, pos: name.pos, end: expr.end };
  }

  #patternWithAlias(): ast.PatternLabel {
    const cursor = this.#cursor;
    const pos = cursor.pos();
    cursor.next();
    const alias = this.exprs.identifier("");
    cursor.next();
    const expr = this.exprs.expr();
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
    if (expr.kind === "literal" && expr.value.type === "bytes")
      return { kind: "string-label", value: decodeUtf8(expr.value.value), pos, end };
    if (expr.kind === "interpolation" && expr.type === "string") return { kind: "dynamic-label", expr, pos, end };
    if (expr.kind === "paren") return { kind: "dynamic-label", expr: expr.expr, pos, end };
    if (expr.kind === "list") {
      const [item] = expr.items;
      if (expr.items.length === 1 && item !== undefined && item.kind !== "comprehension" && item.kind !== "ellipsis")
        return { kind: "pattern-label", expr: item, pos, end };
      throw this.#cursor.fail("the brackets of a label hold one expression", pos);
    }
    const what = "a label is a name, a string, an expression in parentheses or a pattern in brackets";
    const text = this.#cursor.slice(pos.offset, end);
    const isName = /^[\w$]+([-./][\w$]+)+$/.test(text);
    throw this.#cursor.fail(`unexpected ':': ${what}${isName ? `; write "${text}", with the quotes` : ""}`);
  }

  comprehension(): ast.Comprehension {
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
    const body = this.exprs.struct();
    return { kind: "comprehension", clauses, body, pos, end: body.end };
  }

  #forClause(): ast.ForClause {
    const cursor = this.#cursor;
    const pos = cursor.pos(cursor.next());
    const first = this.exprs.identifier(" of the loop");
    const second = cursor.accept(",") ? this.exprs.identifier(" of the loop") : undefined;
    if (!cursor.atWord("in")) throw cursor.fail(`expected 'in', found ${cursor.describe()}`);
    cursor.next();
    const source = this.exprs.expr();
    const names = second === undefined ? { value: first } : { key: first, value: second };
    return { kind: "for", ...names, source, pos, end: source.end };
  }

  #ifClause(): ast.IfClause {
    const pos = this.#cursor.pos(this.#cursor.next());
    const condition = this.exprs.expr();
    return { kind: "if", condition, pos, end: condition.end };
  }

  #letClause(): ast.LetDecl {
    const pos = this.#cursor.pos(this.#cursor.next());
    const name = this.exprs.identifier(" after let");
    this.#cursor.expect("=", ` after "let ${name.name}"`);
    const value = this.exprs.expr();
    return { kind: "let", name, value, pos, end: value.end };
  }
}

function isLabelLike(expr: ast.Expr): boolean {
  if (expr.kind === "literal") return expr.value.type === "string";
  return expr.kind === "identifier" || expr.kind === "interpolation" || expr.kind === "paren";
}

function isCloser(kind: TokenKind): boolean {
  return kind === "}" || kind === "]" || kind === ")";
}
