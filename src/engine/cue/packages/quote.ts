/** Quoted text as Go writes it. */
const escapes: Readonly<Record<string, string>> = {
  ...{ "\x07": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\" },
};

export function quoteText(text: string, isShown: (rune: string) => boolean): string {
  return `"${Array.from(text, (rune) => quoted(rune, '"', isShown)).join("")}"`;
}

/** What is no rune shows as the replacement character. */
export function quoteRune(rune = "\ufffd", isShown: (rune: string) => boolean): string {
  return `'${quoted(rune, "'", isShown)}'`;
}

function quoted(rune: string, quote: string, isShown: (rune: string) => boolean): string {
  if (rune === quote) return `\\${quote}`;
  const known = escapes[rune];
  if (known !== undefined) return known;
  if (isShown(rune)) return rune;
  const code = rune.codePointAt(0) ?? 0;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
}

export function isPrint(rune: string): boolean {
  return /^[ \p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(rune);
}

/** Also the spaces of Unicode. */
export function isGraphic(rune: string): boolean {
  return isPrint(rune) || /^\p{Zs}$/u.test(rune);
}
