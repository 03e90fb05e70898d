/** Characters as CUE counts them: code points, with Unicode's simple case mappings, which never change their number. */
export function codePoints(text: string): string[] {
  return Array.from(text);
}

export function isSpace(rune: string): boolean {
  return /^[\t-\r \u0085\p{Z}]$/u.test(rune);
}

export function toUpperRune(rune: string): string {
  return single(rune.toUpperCase(), rune);
}

export function toLowerRune(rune: string): string {
  return rune === "\u0130" ? "i" : single(rune.toLowerCase(), rune);
}

/** Letters that are two in one have a form of their own for titles, and Georgian has no capitals there. */
const titles: ReadonlyMap<string, string> = new Map(
  [
    "\u01c5\u01c4\u01c5\u01c6",
    "\u01c8\u01c7\u01c8\u01c9",
    "\u01cb\u01ca\u01cb\u01cc",
    "\u01f2\u01f1\u01f2\u01f3",
  ].flatMap(([title = "", ...forms]) => forms.map((form) => [form, title] as const)),
);

export function toTitleRune(rune: string): string {
  if (/^[\u10d0-\u10ff]$/.test(rune)) return rune;
  return titles.get(rune) ?? toUpperRune(rune);
}

function single(mapped: string, rune: string): string {
  return codePoints(mapped).length === 1 ? mapped : rune;
}
