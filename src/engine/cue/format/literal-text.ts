import type { Token } from "../token.js";

/** The text of a number as the formatter writes it: digits on both sides of the point, a small e. */
export function numberText(text: string): string {
  if (/^0\d/.test(text) && !/[.eE]/.test(text)) return `0o${text.slice(1)}`;
  if (/^0[xXbo]/.test(text)) return text;
  return text
    .replace(/^\.(?!\d+[KMGTP])/, "0.")
    .replace(/\.$/, ".0")
    .replace(/\.(?=[A-Za-z])/, ".0")
    .replace(/E(?=.)/, "e");
}

/** A string of several lines, indented by so many tabs. One that closes behind text keeps its white space. */
export function indentedString(text: string, { string }: Token, tabs: number): string {
  if (string === undefined || !string.quote.multiline || tabs > 6) return text;
  const lines = text.split("\n");
  const margin = /^([ \t]*)["']/.exec(lines.at(-1) ?? "")?.[1];
  if (margin === undefined) return text;
  const [first = "", ...rest] = lines;
  const indented = rest.map((line) =>
    line !== "" && line.startsWith(margin) ? "\t".repeat(tabs) + line.slice(margin.length) : line,
  );
  return [first, ...indented].join("\n");
}
