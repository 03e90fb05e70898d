import { isJsonObject, type JsonValue } from "../json/index.js";

/** Words that YAML 1.1 or 1.2 readers take for a boolean, a null or a number. */
const reserved = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf|infinity)$/i;
/** An amount with its unit, as durations and quantities are written: `60m`, `64Mi`. */
const amount = /^\d+(?:ms|s|m|h|[KMGT]i)$/;
/** Starts as no number, date or indicator does, and holds only characters without a meaning. */
const plain = /^(?:--|\.{1,2}\/)?[A-Za-z/_][A-Za-z0-9 _./@,+=:()$*-]*$/;
/** Characters that a quoted scalar has to escape beyond JSON's: not printable in YAML, or line breaks for old readers. */
const unprintable = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a literal block can carry none of these
const notLiteral = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]/;
/** YAML reads an implicit key of at most 1,024 characters. */
const maxImplicitKey = 1000;

/**
 * Writes data as one YAML document: block style, two spaces, keys in their order, a string quoted whenever any YAML
 * reader (1.1 or 1.2) could take it for something else. Reading the text back gives the same data.
 *
 * It exists beside the `yaml` library because that one needs 130 ms for the CRDs of one bundle, this one 5
 * (docs/decisions/0006-own-yaml-writer.md).
 *
 * @example
 * ```ts
 * stringifyYaml({ a: "no", b: [1, "two"] }); // 'a: "no"\nb:\n- 1\n- two\n'
 * ```
 */
export function stringifyYaml(value: JsonValue): string {
  const out: string[] = [];
  writeBlock(out, value, "", "");
  return out.join("");
}

/** Writes several documents, separated by `---`. */
export function stringifyYamlDocuments(values: readonly JsonValue[]): string {
  return values.map(stringifyYaml).join("---\n");
}

/** Writes a value at the start of a line, whose first `lead` (such as `- `) is written already for the caller. */
function writeBlock(out: string[], value: JsonValue, indent: string, lead: string): void {
  if (Array.isArray(value) && value.length > 0) writeList(out, value, indent, lead);
  else if (isJsonObject(value) && Object.keys(value).length > 0) writeMap(out, value, indent, lead);
  else out.push(lead, scalarText(value, indent), "\n");
}

function writeList(out: string[], items: readonly JsonValue[], indent: string, lead: string): void {
  let prefix = lead;
  for (const item of items) {
    writeBlock(out, item, `${indent}  `, `${prefix}- `);
    prefix = indent;
  }
}

function writeMap(out: string[], map: { readonly [key: string]: JsonValue }, indent: string, lead: string): void {
  let prefix = lead;
  for (const key of Object.keys(map)) {
    const value = map[key] ?? null;
    out.push(prefix, keyText(key, indent), ":");
    prefix = indent;
    if (Array.isArray(value) && value.length > 0) {
      out.push("\n");
      writeList(out, value, indent, indent);
    } else if (isJsonObject(value) && Object.keys(value).length > 0) {
      out.push("\n");
      writeMap(out, value, `${indent}  `, `${indent}  `);
    } else {
      out.push(" ", scalarText(value, `${indent}  `), "\n");
    }
  }
}

function keyText(key: string, indent: string): string {
  const text = isPlain(key) ? key : quoted(key);
  return text.length > maxImplicitKey ? `? ${text}\n${indent}` : text;
}

/** A scalar or an empty collection, without a final newline; `indent` is that of a literal block's lines. */
function scalarText(value: JsonValue, indent: string): string {
  if (typeof value === "string") {
    if (isPlain(value)) return value;
    return value.includes("\n") ? (literal(value, indent) ?? quoted(value)) : quoted(value);
  }
  if (Array.isArray(value)) return "[]";
  if (isJsonObject(value)) return "{}";
  return JSON.stringify(value);
}

function isPlain(text: string): boolean {
  if (amount.test(text)) return true;
  return plain.test(text) && !reserved.test(text) && !text.includes(": ") && !text.endsWith(":") && !text.endsWith(" ");
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(unprintable, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The text as a literal block, or undefined where that would not carry it exactly. */
function literal(text: string, indent: string): string | undefined {
  if (notLiteral.test(text) || /^[ \t\n]|[ \t]$|\n\t|\n[ \t]+\n|\n\n$/.test(text)) return undefined;
  const ends = text.endsWith("\n");
  const lines = (ends ? text.slice(0, -1) : text).split("\n");
  // The document's own indent is empty only at the top, where a literal still needs one.
  const margin = indent === "" ? "  " : indent;
  return `${ends ? "|" : "|-"}\n${lines.map((line) => (line === "" ? "" : margin + line)).join("\n")}`;
}
