import { formatDecimal } from "../decimal.js";
import type { Scalar } from "../scalar.js";
import type { Data } from "./arguments.js";
import { isFields, isList } from "./equal-data.js";

/** Data as a YAML document, in the styles that the reference implementation writes. */
export function yamlText(data: Data): string {
  const text = node(data, 0);
  return text.startsWith("\n") ? text.slice(1) : text.endsWith("\n") ? text : `${text}\n`;
}

/** What follows a key or a dash: a scalar, or a block on lines of its own, which starts with a line feed. */
function node(data: Data, indent: number): string {
  const pad = " ".repeat(indent);
  if (isList(data)) {
    if (data.length === 0) return "[]\n";
    return `\n${data.map((item) => `${pad}- ${inDash(node(item, below(item, indent)), indent + 2)}`).join("")}`;
  }
  if (isFields(data)) {
    if (data.size === 0) return "{}\n";
    const lines = [...data].map(([key, value]) => {
      const text = node(value, below(value, indent));
      const isBlock = key.includes("\n") && isBlockable(key);
      if (isBlock) return `${pad}? ${literalBlock(key, indent + 2)}\n${pad}: ${inDash(text, indent + 2)}`;
      return `${pad}${stringText(key, indent)}:${text.startsWith("\n") ? text : ` ${text}`}`;
    });
    return `\n${lines.join("")}`;
  }
  return `${scalarText(data, indent + 2)}\n`;
}

/** The indentation of what stands in a field or an item. */
function below(data: Data, indent: number): number {
  return isList(data) || isFields(data) ? indent + 2 : indent;
}

/** The first line of a block goes behind its dash. */
function inDash(text: string, indent: number): string {
  return text.startsWith("\n") ? text.slice(1 + indent) : text;
}

/** A number that was written as an item keeps its text, unless it has a multiplier, which YAML does not know. */
function scalarText(scalar: Scalar & { readonly text?: string }, indent: number): string {
  switch (scalar.type) {
    case "null":
      return "null";
    case "bool":
      return String(scalar.value);
    case "number":
      return scalar.text === undefined || /[KMGTP]i?$/.test(scalar.text) ? formatDecimal(scalar.value) : scalar.text;
    case "bytes":
      return `!!binary ${Buffer.from(scalar.value).toString("base64")}`.trimEnd();
    case "string":
      return stringText(scalar.value, indent);
  }
}

/** Words that YAML 1.1 takes for booleans and such. */
const legacyWords = new Set(
  "y Y yes Yes YES n N t T f F no No NO true True TRUE false False FALSE on On ON off Off OFF .Nan".split(" "),
);
/** What a reader takes for null, a boolean, a number or a time. */
const otherTypes = [
  /^(?:~|null|Null|NULL|)$/,
  /^[-+]?(?:\.inf|\.Inf|\.INF)$|^\.(?:nan|NaN|NAN)$/,
  /^[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|\d[\d_]*)$/,
  /^[-+]?(?:\.\d[\d_]*|\d[\d_]*\.?[\d_]*)(?:[eE][-+]?\d+)?$/,
  /^[-+0-9:. \t]+(?:[-:]|[tT])[-+0-9:. \t]+[zZ]?$/,
  /^\d{4}-\d\d?-\d\d?(?:[Tt ].*)?$/,
];

function stringText(text: string, indent: number): string {
  if (text.includes("\n")) return isBlockable(text) ? literalBlock(text, indent) : doubleQuoted(text);
  if (text === "" || legacyWords.has(text) || otherTypes.some((type) => type.test(text))) return doubleQuoted(text);
  if (hasSpecials(text)) return doubleQuoted(text);
  return isPlain(text) ? text : `'${text.replaceAll("'", "''")}'`;
}

function hasSpecials(text: string): boolean {
  return /[^\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u.test(text);
}

function isPlain(text: string): boolean {
  if (/^[\s#,[\]{}&*!|>'"%@`]|\s$/.test(text) || /^[-?:](?:\s|$)/.test(text)) return false;
  return !/:(?:\s|$)|\s#/.test(text) && !/^(?:---|\.\.\.)/.test(text) && !/[\u2028\u2029]/.test(text);
}

function isBlockable(text: string): boolean {
  return !hasSpecials(text.replaceAll("\t", " ")) && !/ \n| $/.test(text);
}

function literalBlock(text: string, indent: number): string {
  const hint = /^[ \n]/.test(text) ? "2" : "";
  const chomp = !text.endsWith("\n") ? "-" : text.endsWith("\n\n") || text === "\n" ? "+" : "";
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  const lines = body.split("\n").map((line) => (line === "" ? "" : " ".repeat(indent) + line));
  return `|${hint}${chomp}\n${lines.join("\n")}`;
}

const escapes: Readonly<Record<string, string>> = {
  ...{ "\0": "\\0", "\x07": "\\a", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f", "\r": "\\r" },
  ...{ "\x1b": "\\e", '"': '\\"', "\\": "\\\\", "\u0085": "\\N", "\u2028": "\\L", "\u2029": "\\P" },
};

function doubleQuoted(text: string): string {
  const escaped = Array.from(text, (rune) => {
    const known = escapes[rune];
    if (known !== undefined) return known;
    const code = rune.codePointAt(0) ?? 0;
    if (!hasSpecials(rune)) return rune;
    const hex = code.toString(16).toUpperCase();
    if (code < 0x100) return `\\x${hex.padStart(2, "0")}`;
    return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
  });
  return `"${escaped.join("")}"`;
}
