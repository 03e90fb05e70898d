import { formatDecimal } from "../decimal.js";
import type { Data } from "./arguments.js";
import { isFields, isList } from "./equal-data.js";

/** Compact JSON, with the exact text of numbers and bytes as base64. */
export function jsonText(data: Data): string {
  if (isList(data)) return `[${data.map(jsonText).join(",")}]`;
  if (isFields(data)) return `{${[...data].map(([key, value]) => `${quote(key)}:${jsonText(value)}`).join(",")}}`;
  switch (data.type) {
    case "null":
      return "null";
    case "bool":
      return String(data.value);
    case "number":
      return formatDecimal(data.value);
    case "string":
      return quote(data.value);
    case "bytes":
      return quote(Buffer.from(data.value).toString("base64"));
  }
}

/** As Go writes strings: line separators escaped, since they end lines in JavaScript. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}
