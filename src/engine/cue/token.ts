/** The punctuation and operators of CUE, longest first, so that the first that fits is the one. */
export const symbols = [
  ...["...", "_|_"],
  ...["&&", "||", "==", "!=", "<=", ">=", "=~", "!~"],
  ...["+", "-", "*", "/", "&", "|", "!", "<", ">", "=", ":", ".", ",", "?", "(", ")", "[", "]", "{", "}"],
] as const;

export type Punctuation = (typeof symbols)[number];

/** How a string literal is delimited: `#` signs, one of two quotes, and three quotes where it has several lines. */
export type Quote = Readonly<{ hashes: number; char: '"' | "'"; multiline: boolean; start: number }>;

export type TokenKind =
  | Punctuation
  | "identifier"
  | "number"
  | "attribute"
  /** A string without interpolation, or the parts around and between its `\( )`. */
  | "string"
  | "string-start"
  | "string-middle"
  | "string-end"
  | "end";

/**
 * A piece of the text from `start` to before `end`; `line` and `column` count from 1. A comma that a newline stands for
 * has no length. `quote` and the bounds of the content are there for strings.
 */
export type Token = Readonly<{
  kind: TokenKind;
  start: number;
  end: number;
  line: number;
  column: number;
  string: Readonly<{ quote: Quote; start: number; end: number }> | undefined;
}>;

/** Tokens behind which a newline ends the declaration or list item, as if a comma stood there. */
const finals: ReadonlySet<TokenKind> = new Set<TokenKind>([
  ...(["identifier", "number", "attribute", "string", "string-end"] as const),
  ...([")", "]", "}", "?", "_|_", "..."] as const),
]);

export function endsItem(kind: TokenKind): boolean {
  return finals.has(kind);
}
