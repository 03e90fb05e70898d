import type { SourcePos } from "../../diagnostics/index.js";
import type { Comment } from "../ast.js";
import type { Token } from "../token.js";
import { alignColumns, blockEnd, cellEnd } from "./align-columns.js";
import { anyBreak, space } from "./spacing.js";

const { blank, cell, noBlank, fixed, comma, trailingComma, declComma, newline, blockBreak, section, indent, unindent } =
  space;
const { valueBreak } = space;

/** How the source has a token: behind the one before without space, behind a blank, on the next line or after an empty one. */
export type Gap = "none" | "blank" | "newline" | "section";

/** Writes tokens with the space between them: what the formatter asks for, and the line breaks of the source. */
export class Printer {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  readonly #comments: readonly Comment[];
  readonly #pieces: string[] = [];
  #token = 0;
  #comment = 0;
  #pending: number = fixed;
  readonly #levels: ("asked" | "indented")[] = [];
  #indentation = 0;
  #isLineStart = true;
  #isAfterComment = false;
  /** Lines written by now. */
  line = 0;
  hasBraceOnLine = false;
  lastText = "";

  constructor(source: string, tokens: readonly Token[], comments: readonly Comment[]) {
    this.#source = source;
    this.#tokens = tokens.filter(({ kind }) => kind !== ",");
    this.#comments = comments;
  }

  get level(): number {
    return this.#indentation;
  }

  /** Asks for space before the next token. */
  ask(...wanted: number[]): void {
    for (const each of wanted) this.#pending |= each;
  }

  /** The next token of the source. */
  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#token + ahead];
  }

  textOf(token: Token): string {
    return this.#source.slice(token.start, token.end);
  }

  /** What stands before a token in the source. */
  gapBefore(token: Token): Gap {
    return gapOf(this.#whiteBefore(token.start));
  }

  /** Whether a stretch of the source has several lines. */
  spansLines({ pos, end }: Readonly<{ pos: SourcePos; end: number }>): boolean {
    return this.#source.slice(pos.offset, end).includes("\n");
  }

  isOnNewLine(token: Token | undefined): boolean {
    if (token === undefined) return false;
    const gap = this.gapBefore(token);
    return gap === "newline" || gap === "section";
  }

  /** Whether a comment that has not been written stands before an offset. */
  hasCommentBefore(offset: number): boolean {
    return (this.#comments[this.#comment]?.pos.offset ?? Number.POSITIVE_INFINITY) < offset;
  }

  /** Whether a comment ends the lines directly above an offset. */
  isDocumented(offset: number): boolean {
    let last: Comment | undefined;
    for (let i = this.#comment; (this.#comments[i]?.pos.offset ?? offset) < offset; i++) last = this.#comments[i];
    if (last === undefined || !/^\r?\n[ \t]*$/.test(this.#source.slice(last.end, offset))) return false;
    const start = last.pos.offset;
    return this.#whiteBefore(start).includes("\n") || start < last.pos.column;
  }

  /** Writes the next token of the source; `text` in its place, and its line break unless `free` is set. */
  write(text?: string, isFree = false): void {
    const token = this.#tokens[this.#token++];
    if (token === undefined) throw new TypeError("the formatter read behind the end of the file");
    this.#writeComments(token.start);
    if (!isFree) this.#settle(this.gapBefore(token));
    this.raw(text ?? this.textOf(token));
  }

  /** Writes the comments that stand before the next token, which closes what they are in. */
  endItems(): void {
    const token = this.peek();
    if (token !== undefined) this.#writeComments(token.start, true);
  }

  /** Makes sure that a blank stands before the next token, whatever the source has there. */
  separate(): void {
    const token = this.peek();
    if (token === undefined) return;
    this.#writeComments(token.start);
    this.#settle(this.gapBefore(token));
    if ((this.#pending & anyBreak) === 0 && !this.#isLineStart && !/[ \v]$/.test(this.#pieces.at(-1) ?? " "))
      this.#put(" ");
  }

  /** Writes text that is not in the source. */
  raw(text: string): void {
    this.#space(this.#pending);
    this.#pending = 0;
    this.#isAfterComment = false;
    this.#put(text);
    this.lastText = text;
  }

  /** Skips the next token. */
  skip(): void {
    this.#token++;
  }

  /** Indents what goes on in a next line. */
  indented(write: () => void): void {
    this.ask(indent);
    write();
    this.#dropLevel();
  }

  /** The rest of the comments, and the whole text. */
  finish(): string {
    this.#writeComments(Number.POSITIVE_INFINITY);
    return `${alignColumns(this.#pieces).trimEnd()}\n`;
  }

  /** Makes the space before a token what is asked for, changed by how the source has it. */
  #settle(gap: Gap): void {
    if ((this.#pending & fixed) !== 0) return;
    let wanted = this.#pending;
    if (gap === "none") wanted &= ~anyBreak;
    else if (gap === "blank") wanted = (wanted | blank) & ~anyBreak;
    else wanted |= gap === "section" ? section : newline;
    if (this.#isAfterComment) wanted |= newline;
    this.#space(wanted);
    this.#pending = 0;
  }

  /** Writes the comments before an offset. Behind one at the end of a line, the next ones stand apart where `isEnd` is set. */
  #writeComments(before: number, isEnd = false): void {
    for (;;) {
      const comment = this.#comments[this.#comment];
      if (comment === undefined || comment.pos.offset >= before) return;
      this.#comment++;
      const white = this.#whiteBefore(comment.pos.offset);
      const isTrailing = !white.includes("\n") && white.length < comment.pos.offset;
      const asked = this.#pending;
      if (isTrailing) {
        const isGroup = isEnd || this.lastText === "{" || this.lastText === "[";
        if ((asked & comma) !== 0) this.#put(",");
        this.#space(((asked & noBlank) !== 0 ? 0 : cell) | (asked & indent));
        const dropped = comma | declComma | noBlank | indent | fixed | valueBreak;
        this.#pending = (asked & ~dropped) | newline | (isGroup && this.hasCommentBefore(before) ? section : 0);
      } else {
        const gap = gapOf(white);
        const isSection = gap === "section" && (asked & fixed) === 0;
        const start = this.#pieces.length === 0 ? 0 : (asked & ~(noBlank | blank | cell)) | newline;
        this.#space(start === 0 ? 0 : start | (isSection ? section : 0));
        this.#pending = newline;
      }
      this.#put(comment.text);
      this.#isAfterComment = true;
    }
  }

  /** The white space before an offset, from the comma or token on that stands there. */
  #whiteBefore(offset: number): string {
    let start = offset;
    while (start > 0 && /[ \t\r\n]/.test(this.#source.charAt(start - 1))) start--;
    return this.#source.slice(start, offset);
  }

  #space(wanted: number): void {
    if ((wanted & comma) !== 0 && ((wanted & anyBreak) !== 0 || (wanted & trailingComma) === 0)) this.#put(",");
    if ((wanted & indent) !== 0) this.#levels.push("asked");
    if ((wanted & unindent) !== 0) this.#dropLevel();
    if ((wanted & anyBreak) !== 0) {
      if ((wanted & unindent) === 0 && this.#levels.at(-1) === "asked") {
        this.#levels[this.#levels.length - 1] = "indented";
        this.#indentation++;
      }
      if ((wanted & section) !== 0) this.#break(blockEnd, 2);
      else this.#break((wanted & (blockBreak | valueBreak)) !== 0 ? blockEnd : "\n", 1);
    } else if ((wanted & declComma) !== 0) this.#put(", ");
    else if ((wanted & noBlank) === 0) {
      if ((wanted & cell) !== 0) this.#pieces.push(cellEnd);
      else if ((wanted & blank) !== 0) this.#put(" ");
    }
  }

  #dropLevel(): void {
    if (this.#levels.pop() === "indented") this.#indentation--;
  }

  #break(piece: string, count: number): void {
    for (let i = 0; i < count; i++) this.#pieces.push(piece);
    this.line += count;
    this.#isLineStart = true;
    this.hasBraceOnLine = false;
  }

  #put(text: string): void {
    if (this.#isLineStart) this.#pieces.push("\t".repeat(this.#indentation));
    this.#isLineStart = false;
    this.#pieces.push(text);
  }
}

function gapOf(white: string): Gap {
  const breaks = white.split("\n").length - 1;
  if (breaks > 1) return "section";
  if (breaks === 1) return "newline";
  return white === "" ? "none" : "blank";
}
