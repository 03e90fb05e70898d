import type { Quote } from "./token.js";

/** One stretch of a string literal between its delimiters and interpolations: its text as written, and where it starts. */
export type RawPart = Readonly<{ text: string; offset: number }>;
export type StringFault = Readonly<{ detail: string; offset: number }>;

/**
 * The content of a literal: escapes resolved, and of a multi-line one the indentation of its closing quotes taken away.
 * Of bytes (single quotes) each character of the result is one byte.
 *
 * @param raw The stretches around the interpolations, at least one
 */
export function decodeString(raw: readonly RawPart[], quote: Quote): { texts: string[]; faults: StringFault[] } {
  const [only] = raw;
  // Most literals have nothing to resolve.
  const isPlain = !quote.multiline && quote.char === '"' && raw.length === 1;
  if (only !== undefined && isPlain && !only.text.includes("\\")) return { texts: [only.text], faults: [] };
  const faults: StringFault[] = [];
  const parts = quote.multiline ? dedent(raw, quote, faults) : raw.map((part) => [part]);
  return { texts: parts.map((lines) => lines.map((line) => resolveEscapes(line, quote, faults)).join("")), faults };
}

/** Cuts the parts into lines without their indentation. Done before escapes are resolved, since `\n` is no new line. */
function dedent(raw: readonly RawPart[], quote: Quote, faults: StringFault[]): RawPart[][] {
  const [first] = raw;
  const last = raw.at(-1);
  if (first === undefined || last === undefined) return [];
  const quotes = quote.char.repeat(3);
  const opening = /^\r?\n/.exec(first.text);
  if (opening === null) {
    faults.push({ detail: `expected a newline after the multi-line quotes ${quotes}`, offset: quote.start });
    return raw.map((part) => [part]);
  }
  const lastNewline = last.text.lastIndexOf("\n");
  const lastLine = last.text.slice(lastNewline + 1);
  const indent = /[^\S\n]*$/.exec(lastLine)?.[0] ?? "";
  const closesAlone = lastNewline !== -1 && indent === lastLine;
  const badIndent = (): void => {
    const detail = `every line of a multi-line string starts with the white space before its closing ${quotes}`;
    if (faults.length === 0) faults.push({ detail: `invalid white space: ${detail}`, offset: quote.start });
  };
  return raw.map((part, index) => {
    const lines: RawPart[] = [];
    let offset = part.offset;
    for (const [n, piece] of part.text.split(/(?<=\n)/).entries()) {
      const isLineStart = n > 0;
      const isOpening = index === 0 && n === 0;
      const isClosing = closesAlone && part === last && offset - part.offset > lastNewline;
      if (!isOpening && !isClosing) {
        const blank = piece === "\n" || piece === "\r\n";
        if (isLineStart && !blank && !piece.startsWith(indent)) badIndent();
        const cut = isLineStart && !blank ? indent.length : 0;
        lines.push({ text: piece.slice(cut).replace(/\r\n$/, "\n"), offset: offset + cut });
      }
      offset += piece.length;
    }
    if (part === last && closesAlone) trimFinalNewline(lines);
    // An interpolation starts the next line.
    else if (part !== last && part.text.endsWith("\n") && indent !== "") badIndent();
    return lines;
  });
}

/** The newline before the closing quotes is not part of the string. */
function trimFinalNewline(lines: RawPart[]): void {
  const last = lines.pop();
  if (last !== undefined) lines.push({ ...last, text: last.text.replace(/\n$/, "") });
}

const simple: Readonly<Record<string, string>> = {
  ...{ a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", "/": "/", "\\": "\\" },
};

function resolveEscapes(part: RawPart, quote: Quote, faults: StringFault[]): string {
  const marker = `\\${"#".repeat(quote.hashes)}`;
  const isBytes = quote.char === "'";
  const plain = isBytes ? toByteString : (text: string) => text;
  let out = "";
  let at = 0;
  for (let next = part.text.indexOf(marker); next !== -1; next = part.text.indexOf(marker, at)) {
    out += plain(part.text.slice(at, next));
    const rest = part.text.slice(next + marker.length, next + marker.length + 9);
    const found = readEscape(rest, isBytes, quote.char);
    if (typeof found === "string") faults.push({ detail: found, offset: part.offset + next + marker.length });
    let text = typeof found === "string" ? "" : found.text;
    at = next + marker.length + (typeof found === "string" ? 1 : found.length);
    // Two escapes may stand for one character, as in JSON.
    if (/^[\ud800-\udbff]$/.test(text)) {
      const low = /^u([dD][c-fC-F][0-9a-fA-F]{2})/.exec(part.text.slice(at + marker.length, at + marker.length + 5));
      const joined = low !== null && part.text.startsWith(marker, at);
      if (!joined) faults.push({ detail: "the escape is half of a surrogate pair", offset: part.offset + next });
      else {
        text = plain(text + String.fromCharCode(Number.parseInt(low[1] ?? "", 16)));
        at += marker.length + 5;
      }
    }
    out += text;
  }
  return out + plain(part.text.slice(at));
}

/** Reads behind the backslash: the text and how many characters it took, or what is wrong. */
function readEscape(rest: string, isBytes: boolean, quote: string): { text: string; length: number } | string {
  const kind = rest.charAt(0);
  if (kind === quote) return { text: kind, length: 1 };
  const known = Object.hasOwn(simple, kind) ? simple[kind] : undefined;
  if (known !== undefined) return { text: known, length: 1 };
  if (kind === "u" || kind === "U") {
    const length = kind === "u" ? 4 : 8;
    const hex = new RegExp(`^[0-9a-fA-F]{${length}}`).exec(rest.slice(1))?.[0];
    if (hex === undefined) return `expected ${length} hexadecimal digits after \\${kind}`;
    const code = Number.parseInt(hex, 16);
    if (code > 0x10ffff) return `\\${kind}${hex} is no Unicode code point`;
    if (code >= 0xdc00 && code <= 0xdfff) return "the escape is half of a surrogate pair";
    const text = String.fromCodePoint(code);
    return { text: isBytes && (code < 0xd800 || code > 0xdfff) ? toByteString(text) : text, length: length + 1 };
  }
  if (isBytes && kind === "x") {
    const hex = /^[0-9a-fA-F]{2}/.exec(rest.slice(1))?.[0];
    if (hex === undefined) return "expected two hexadecimal digits after \\x";
    return { text: String.fromCharCode(Number.parseInt(hex, 16)), length: 3 };
  }
  if (isBytes && /[0-7]/.test(kind)) {
    const octal = /^[0-3][0-7]{2}/.exec(rest)?.[0];
    if (octal === undefined) return "expected three octal digits up to 377";
    return { text: String.fromCharCode(Number.parseInt(octal, 8)), length: 3 };
  }
  return `unknown escape sequence \\${kind}; a backslash itself is written \\\\`;
}

/** The UTF-8 bytes of a text, each as one character. */
export function toByteString(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
