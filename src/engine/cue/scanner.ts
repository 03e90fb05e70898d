import { SourceError, type SourcePos } from "../diagnostics/index.js";
import type { Comment } from "./ast.js";
import { isNumberLiteral, numberFault } from "./number-literal.js";
import { endsItem, type Punctuation, type Quote, symbols, type Token, type TokenKind } from "./token.js";

export type Scan = Readonly<{ tokens: readonly Token[]; comments: readonly Comment[]; errors: readonly SourceError[] }>;

/** Cuts a whole text into tokens. */
export function scan(text: string, file: string): Scan {
  const scanner = new Scanner(text, file);
  const tokens = [scanner.next()];
  while (tokens.at(-1)?.kind !== "end") tokens.push(scanner.next());
  const { comments, errors } = scanner;
  return { tokens, comments, errors };
}

/** How the message of a string without an end starts. */
export const unterminatedString = "the string is not terminated";

const identifierStart = /[\p{L}_$#]/u;
const identifierRest = /[\p{L}\p{Nd}_$]*/uy;
const attributeName = /[\p{L}_$][\p{L}\p{Nd}_$]*/uy;
/** What has no meaning of its own in a string. */
const plainText = /[^"'\\\n\0\uFEFF]+/y;
const stringStart = /(#*)("""|'''|"|')/y;
const numberText = /(?:0[xX]|(?=\.?\d))(?:[eE][+-](?=\d)|[\p{L}\d_]|\.(?!\.\.))*/uy;

/** Symbols by their first character. */
const symbolsByStart = new Map<string, Punctuation[]>();
for (const symbol of symbols) {
  const start = symbol.charAt(0);
  symbolsByStart.set(start, [...(symbolsByStart.get(start) ?? []), symbol]);
}

/**
 * Cuts a text into tokens, one at a time: all of them at once take more memory than what they come to. Commas that newlines
 * stand for are among them. Comments and errors are collected on the way.
 */
export class Scanner {
  readonly comments: Comment[] = [];
  readonly errors: SourceError[] = [];
  readonly #text: string;
  readonly #file: string;
  #made: Token | undefined;
  /** Strings whose `\(` is open, with the parentheses open inside. */
  readonly #open: { quote: Quote; parens: number }[] = [];
  #at = 0;
  #end: number;
  #line = 1;
  #lineStart = 0;
  #last: TokenKind = ",";

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
    this.#end = text.length;
    if (text.startsWith("\uFEFF")) this.#at = 1;
  }

  /** The next token; the last one has the kind "end", and comes again and again. */
  next(): Token {
    for (;;) {
      const token = this.#made;
      if (token !== undefined) {
        this.#made = undefined;
        return token;
      }
      if (this.#at >= this.#end) this.#finish();
      else if (!this.#space()) this.#token();
    }
  }

  #finish(): void {
    if (this.#open.length > 0) this.#unterminated(this.#pos(this.#at), 'a ")" to close the interpolation');
    this.#open.length = 0;
    this.#newline();
    if (this.#made !== undefined) return;
    // The file ends on its last line, not on the empty one behind it.
    if (this.#lineStart > 0 && this.#lineStart === this.#text.length) {
      this.#line--;
      this.#lineStart = this.#text.slice(0, -1).lastIndexOf("\n") + 1;
    }
    this.#push("end", this.#at);
  }

  /** Passes over one blank, newline or comment. */
  #space(): boolean {
    const c = this.#text.charCodeAt(this.#at);
    if (c === 0x20 || c === 0x09 || c === 0x0d) this.#at++;
    else if (c === 0x0a) {
      this.#newline();
      this.#at++;
      this.#line++;
      this.#lineStart = this.#at;
    } else if (c === 0x2f && this.#text.charCodeAt(this.#at + 1) === 0x2f) {
      const newline = this.#text.indexOf("\n", this.#at);
      const end = newline === -1 ? this.#text.length : newline;
      const text = this.#text.slice(this.#at, end).replace(/\r$/, "");
      const mark = text.indexOf("\uFEFF");
      if (mark !== -1) this.#byteOrderMark(this.#at + mark);
      this.#newline();
      this.comments.push({ kind: "comment", text, pos: this.#pos(this.#at), end: this.#at + text.length });
      this.#at = end;
    } else return false;
    return true;
  }

  #newline(): void {
    if (endsItem(this.#last)) this.#push(",", this.#at);
  }

  #token(): void {
    const char = this.#text.charAt(this.#at);
    const c = char.charCodeAt(0);
    const isDigit = c >= 0x30 && c <= 0x39;
    stringStart.lastIndex = this.#at;
    const quotes = char === '"' || char === "'" || char === "#" ? stringStart.exec(this.#text) : null;
    if (quotes !== null) this.#string(quotes);
    else if (isDigit || (char === "." && /\d/.test(this.#text.charAt(this.#at + 1)))) this.#number();
    else if (char === "@") this.#attribute();
    else if (this.#text.startsWith("_|_", this.#at)) this.#symbol("_|_");
    else if (isLetter(c) || identifierStart.test(charAt(this.#text, this.#at))) this.#identifier();
    else {
      const symbol = symbolsByStart.get(char)?.find((s) => this.#text.startsWith(s, this.#at));
      if (symbol === undefined) this.#illegal();
      else this.#symbol(symbol);
    }
  }

  #symbol(symbol: Punctuation): void {
    const inner = this.#open.at(-1);
    if (inner !== undefined && symbol === "(") inner.parens++;
    if (inner !== undefined && symbol === ")" && inner.parens-- === 0) {
      this.#open.pop();
      this.#stringRest(inner.quote, this.#at, this.#at + 1, "string-middle", "string-end");
    } else this.#push(symbol, this.#at + symbol.length);
  }

  #identifier(): void {
    // `#` stands only at the start, `_#` too.
    const start = this.#text.startsWith("_#", this.#at) ? this.#at + 2 : this.#at + charAt(this.#text, this.#at).length;
    identifierRest.lastIndex = start;
    identifierRest.test(this.#text);
    this.#push("identifier", Math.max(start, identifierRest.lastIndex));
  }

  #number(): void {
    numberText.lastIndex = this.#at;
    const all = numberText.exec(this.#text)?.[0] ?? this.#text.charAt(this.#at);
    const text = all.replace(/(?<=^[\d_.]+)(?:div|mod|quo|rem)$/, "");
    if (!isNumberLiteral(text)) this.#error("syntax", numberFault(text), this.#pos(this.#at));
    this.#push("number", this.#at + text.length);
  }

  #string(match: RegExpExecArray): void {
    const [all, hashes = "", quotes = ""] = match;
    const char = quotes.startsWith('"') ? '"' : "'";
    const quote: Quote = { hashes: hashes.length, char, multiline: quotes.length === 3, start: this.#at };
    this.#stringRest(quote, this.#at, this.#at + all.length, "string-start", "string");
  }

  /** From `contentStart` to the end of the literal, or to the next `\(`. */
  #stringRest(quote: Quote, start: number, contentStart: number, more: TokenKind, done: TokenKind): void {
    const hashes = "#".repeat(quote.hashes);
    const close = quote.char.repeat(quote.multiline ? 3 : 1) + hashes;
    const marker = `\\${hashes}`;
    const place = { line: this.#line, column: start - this.#lineStart + 1 };
    let at = contentStart;
    let isOpen = true;
    while (isOpen && at < this.#text.length) {
      plainText.lastIndex = at;
      if (plainText.test(this.#text)) at = plainText.lastIndex;
      const c = this.#text.charAt(at);
      if (c === "" || c === "\0" || (c === "\n" && !quote.multiline)) break;
      if (c === quote.char && this.#text.startsWith(close, at)) isOpen = false;
      else if (c === "\\" && this.#text.startsWith(`${marker}(`, at)) {
        this.#open.push({ quote, parens: 0 });
        this.#pushString(more, quote, { start, contentStart, contentEnd: at, end: at + marker.length + 1 }, place);
        return;
      } else if (c === quote.char && quote.multiline && this.#text.startsWith(c.repeat(3), at)) {
        // Quotes without the hash signs are passed over together.
        at += 3;
      } else if (c === "\\" && this.#text.startsWith(marker, at)) {
        at += marker.length;
        if (this.#text.charAt(at) !== "\n") at++;
      } else {
        if (c === "\uFEFF") this.#byteOrderMark(at);
        at++;
        if (c === "\n") [this.#line, this.#lineStart] = [this.#line + 1, at];
      }
    }
    const missing = quote.multiline ? close : `${close} on the same line`;
    if (isOpen) this.#unterminated({ file: this.#file, offset: start, ...place }, missing);
    this.#pushString(
      done,
      quote,
      { start, contentStart, contentEnd: at, end: at + (isOpen ? 0 : close.length) },
      place,
    );
  }

  #pushString(
    kind: TokenKind,
    quote: Quote,
    at: { start: number; contentStart: number; contentEnd: number; end: number },
    place: { line: number; column: number },
  ): void {
    const string = { quote, start: at.contentStart, end: at.contentEnd };
    this.#made = { kind, start: at.start, end: at.end, line: place.line, column: place.column, string };
    this.#last = kind;
    this.#at = at.end;
  }

  #attribute(): void {
    const pos = this.#pos(this.#at);
    attributeName.lastIndex = this.#at + 1;
    const name = attributeName.exec(this.#text)?.[0];
    const open = this.#at + 1 + (name ?? "").length;
    if (name === undefined || this.#text.charAt(open) !== "(") {
      this.#error("syntax", `invalid attribute: expected "(" after @${name ?? "name"}, as in @name(text)`, pos);
      this.#push("attribute", open);
      return;
    }
    const [line, column] = [this.#line, pos.column];
    const { end, isClosed } = this.#endOfAttribute(open);
    if (!isClosed) this.#error("syntax", `the attribute @${name} misses its ")"`, pos);
    for (let n = this.#text.indexOf("\n", open); n !== -1 && n < end; n = this.#text.indexOf("\n", n + 1)) {
      this.#line++;
      this.#lineStart = n + 1;
    }
    this.#made = { kind: "attribute", start: this.#at, end, line, column, string: undefined };
    this.#last = "attribute";
    this.#at = end;
  }

  /**
   * The offset behind the parenthesis that closes the one at `open`; brackets nest, and those in strings do not count. An
   * attribute that nothing closes ends with its line, or before what closes something else.
   */
  #endOfAttribute(open: number): { end: number; isClosed: boolean } {
    const closers: string[] = [];
    const newline = this.#text.indexOf("\n", open);
    const lineEnd = newline === -1 ? this.#text.length : newline;
    let at = open;
    for (; at < this.#text.length; at++) {
      const c = this.#text.charAt(at);
      if (c === "(") closers.push(")");
      else if (c === "[") closers.push("]");
      else if (c === "{") closers.push("}");
      else if (c === closers.at(-1)) {
        closers.pop();
        if (closers.length === 0) return { end: at + 1, isClosed: true };
      } else if (c === ")" || c === "]" || c === "}") break;
      else if (c === '"' || c === "'") {
        const end = this.#closeOfPlainString(at);
        if (end === undefined) break;
        at = end;
      }
    }
    return { end: Math.min(at, lineEnd), isClosed: false };
  }

  #closeOfPlainString(open: number): number | undefined {
    const quote = this.#text.charAt(open);
    for (let at = open + 1; at < this.#text.length; at++) {
      const c = this.#text.charAt(at);
      if (c === "\\") at++;
      else if (c === quote) return at;
      else if (c === "\n") return undefined;
    }
    return undefined;
  }

  #illegal(): void {
    const char = charAt(this.#text, this.#at);
    const pos = this.#pos(this.#at);
    const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    if (char === "\0") {
      this.#error("syntax", "illegal character NUL: a CUE file is UTF-8 text", pos);
      this.#end = this.#at; // What follows is no text: one error says enough.
      return;
    }
    if (char === "\uFEFF") this.#byteOrderMark(this.#at);
    else if (/[\p{C}\p{Z}\uFFFD]/u.test(char)) this.#error("syntax", `illegal character U+${code}`, pos);
    else {
      const hint = /[\u2018-\u201F\u00AB\u00BB]/.test(char) ? '; a string stands in straight quotes, "…"' : "";
      this.#error("syntax", `illegal character ${JSON.stringify(char)} (U+${code})${hint}`, pos);
    }
    this.#at += char.length;
  }

  #byteOrderMark(offset: number): void {
    this.#error("syntax", "illegal byte order mark: it may only start a file", this.#pos(offset));
  }

  #push(kind: TokenKind, end: number): void {
    const start = this.#at;
    this.#made = { kind, start, end, line: this.#line, column: start - this.#lineStart + 1, string: undefined };
    this.#last = kind;
    this.#at = end;
  }

  #pos(offset: number): SourcePos {
    return { file: this.#file, offset, line: this.#line, column: offset - this.#lineStart + 1 };
  }

  #unterminated(pos: SourcePos, missing: string): void {
    this.#error("syntax", `${unterminatedString}: expected ${missing}`, pos);
  }

  #error(code: string, detail: string, pos: SourcePos): void {
    this.errors.push(new SourceError(code, detail, pos));
  }
}

function isLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
}

/** The whole character at an offset, also where it takes two units. */
function charAt(text: string, offset: number): string {
  return String.fromCodePoint(text.codePointAt(offset) ?? 0);
}
