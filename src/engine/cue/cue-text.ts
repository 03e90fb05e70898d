import { formatDecimal } from "./decimal.js";
import { formatCue } from "./format/format.js";
import type { Data } from "./packages/arguments.js";
import { isFields, isList } from "./packages/equal-data.js";
import { isGraphic, quoteText } from "./packages/quote.js";

/** Data as a CUE file, formatted. */
export function cueText(data: Data): string {
  const text = isFields(data) && data.size > 0 ? fieldsText(data) : valueText(data);
  return formatCue(text, "value");
}

function fieldsText(fields: ReadonlyMap<string, Data>): string {
  return [...fields].map(([name, value]) => `${labelText(name)}: ${fieldValue(value)}`).join("\n");
}

/** A struct with one field goes on behind the label. */
function fieldValue(value: Data): string {
  if (!isFields(value) || value.size !== 1) return valueText(value);
  return fieldsText(value);
}

function valueText(data: Data): string {
  if (isList(data)) return `[${data.map(valueText).join(", ")}]`;
  if (isFields(data)) return data.size === 0 ? "{}" : `{\n${fieldsText(data)}\n}`;
  switch (data.type) {
    case "null":
      return "null";
    case "bool":
      return String(data.value);
    case "number":
      return formatDecimal(data.value);
    case "string":
      return data.value.includes("\n") ? blockText(data.value) : quoteText(data.value, isGraphic);
    case "bytes":
      return `'${Array.from(data.value, byteText).join("")}'`;
  }
}

function labelText(name: string): string {
  const isName = /^[\p{L}$][\p{L}\p{Nd}_$]*$/u.test(name) && !/^(?:true|false|null)$/.test(name);
  return isName ? name : quoteText(name, isGraphic);
}

/** A string of several lines; quotes need no escape there, but for three. */
function blockText(text: string): string {
  const lines = text
    .split("\n")
    .map((line) => quoteText(line, isGraphic).slice(1, -1).replaceAll('\\"', '"').replaceAll('"""', '\\"""'));
  return `"""\n${lines.map((line) => (line === "" ? "" : `\t${line}`)).join("\n")}\n\t"""`;
}

function byteText(byte: number): string {
  const char = String.fromCharCode(byte);
  if (char === "'" || char === "\\") return `\\${char}`;
  return byte >= 0x20 && byte < 0x7f ? char : `\\x${byte.toString(16).padStart(2, "0")}`;
}
