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

/** Takes the white space of a JSON text away, and puts `newline(depth)` between its parts. */
export function respaceJson(source: string, newline: (depth: number) => string): string {
  const tokens = source.match(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g) ?? [];
  const space = newline(0) === "" ? "" : " ";
  let result = "";
  let depth = 0;
  for (const [i, token] of tokens.entries()) {
    const before = tokens[i - 1] ?? "";
    const opened = before === "{" || before === "[";
    if (token === "}" || token === "]") {
      depth--;
      if (!opened) result += newline(depth);
    } else if (opened || before === ",") result += newline(depth);
    result += token === ":" ? `:${space}` : token;
    if (token === "{" || token === "[") depth++;
  }
  return result;
}
