import { SourceError, type SourcePos } from "../diagnostics/index.js";
import type { Scanner } from "./scanner.js";
import type { Token, TokenKind } from "./token.js";

/** How deep braces, brackets, parentheses and labels may nest in a file. */
const maxNesting = 400;

/** Unwinds to the nearest list of declarations or items once a fault is noted. */
export class SyntaxFault extends Error {}

/** Walks over the tokens of one text, and notes what is wrong with them where their scanner does. */
export class TokenCursor {
  readonly file: string;
  /** The imported package that the text is part of. */
  readonly package: string | undefined;
  readonly #text: string;
  readonly #scanner: Scanner;
  #token: Token;
  /** Tokens behind the one at hand that were looked at. */
  readonly #ahead: Token[] = [];
  #end = 0;
  #depth = 0;

  constructor(text: string, file: string, scanner: Scanner, inPackage?: string) {
    this.#text = text;
    this.file = file;
    this.#scanner = scanner;
    this.#token = scanner.next();
    this.package = inPackage;
  }

  /** The token at hand, or one behind it; past the end it is the end. */
  peek(ahead = 0): Token {
    if (ahead === 0) return this.#token;
    for (;;) {
      const token = this.#ahead[ahead - 1];
      if (token !== undefined) return token;
      this.#ahead.push(this.#scanner.next());
    }
  }

  /** Whether some text stands before the token at hand. */
  isBehind(text: string): boolean {
    return this.#text.slice(0, this.#token.start).trimEnd().endsWith(text);
  }

  /** The offset behind the last token taken. */
  get end(): number {
    return this.#end;
  }

  next(): Token {
    const token = this.#token;
    if (token.kind === "end") return token;
    this.#end = token.end;
    this.#token = this.#ahead.shift() ?? this.#scanner.next();
    return token;
  }

  at(kind: TokenKind, ahead = 0): boolean {
    return this.peek(ahead).kind === kind;
  }

  atWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === "identifier" && this.text(token) === word;
  }

  accept(kind: TokenKind): boolean {
    if (!this.at(kind)) return false;
    this.next();
    return true;
  }

  /** Takes a token of this kind, or fails saying what it was wanted for. */
  expect(kind: TokenKind, purpose = ""): Token {
    if (this.at(kind)) return this.next();
    throw this.fail(`expected ${kind === "identifier" ? "a name" : `'${kind}'`}${purpose}, found ${this.describe()}`);
  }

  text(token: Token): string {
    return this.#text.slice(token.start, token.end);
  }

  slice(start: number, end: number): string {
    return this.#text.slice(start, end);
  }

  pos(token: Token = this.peek()): SourcePos {
    return { file: this.file, offset: token.start, line: token.line, column: token.column };
  }

  /** How many brackets and labels are open. */
  get depth(): number {
    return this.#depth;
  }

  /** Goes a level deeper, as deep as the limit lets. */
  enter(): void {
    if (this.#depth >= maxNesting) throw this.fail(`nested too deep: more than ${maxNesting} levels`);
    this.#depth++;
  }

  /** Comes back from the level, or to `depth` where a fault unwinds several. */
  leave(depth = this.#depth - 1): void {
    this.#depth = depth;
  }

  /** Notes a fault, at the token at hand unless told, and gives what to throw where nothing can go on. */
  fail(detail: string, pos: SourcePos = this.pos()): SyntaxFault {
    this.#scanner.errors.push(new SourceError("syntax", detail, pos));
    return new SyntaxFault();
  }

  /** The token at hand in words. */
  describe(token: Token = this.peek()): string {
    if (token.kind === "end") return "the end of the file";
    if (token.kind === "," && token.start === token.end) return "a new line";
    if (token.kind === "identifier" || token.kind === "number") return `${token.kind} ${this.text(token).slice(0, 60)}`;
    if (token.kind === "string" || token.kind === "attribute")
      return token.kind === "string" ? "a string" : "an attribute";
    if (token.kind.startsWith("string")) return "an interpolated string";
    return `'${token.kind}'`;
  }

  /** Skips to behind the next comma of this level, or to before the bracket that closes it. */
  skipItem(): void {
    for (let depth = 0; !this.at("end"); this.next()) {
      const { kind } = this.peek();
      if (kind === "," && depth === 0) {
        this.next();
        return;
      }
      if (kind === "(" || kind === "[" || kind === "{" || kind === "string-start") depth++;
      if (kind === ")" || kind === "]" || kind === "}" || kind === "string-end") {
        if (depth === 0) return;
        depth--;
      }
    }
  }
}

/** The advice for the braces of a template language. */
export function noTemplates(braces: string): string {
  return `; CUE has no ${braces}: a name stands as it is, and in a text as "\\(name)"`;
}
