import type { Located } from "../json/index.js";
import { cueText } from "./cue-text.js";
import { parseDecimal, signedZero } from "./decimal.js";
import type { Data } from "./packages/arguments.js";
import { jsonText, respaceJson } from "./packages/json-text.js";
import { yamlText } from "./packages/yaml-text.js";

/** The languages in which data is written. */
export type ValueFormat = "json" | "yaml" | "cue";

/**
 * Writes data in the styles of `cue export`. Numbers keep their exact text; with `mask`, that text stands for secrets.
 *
 * @example
 * ```ts
 * writeValue(value, "json"); // '{\n    "replicas": 1.0\n}\n'
 * ```
 */
export function writeValue(value: Located, format: ValueFormat, mask?: string): string {
  const data = dataOf(value, mask);
  switch (format) {
    case "json":
      return `${respaceJson(jsonText(data), (depth) => `\n${"    ".repeat(depth)}`)}\n`;
    case "yaml":
      return yamlText(data);
    case "cue":
      return cueText(data);
  }
}

function dataOf(located: Located, mask: string | undefined): Data {
  if (located.kind === "list") return located.items.map((item) => dataOf(item, mask));
  if (located.kind === "struct")
    return new Map([...located.fields].map(([key, field]) => [key, dataOf(field.value, mask)]));
  const { value, text, isBytes, pos, secret } = located;
  if (secret && mask !== undefined) return { type: "string", value: mask, pos, secret };
  if (value === null) return { type: "null", pos, secret };
  if (typeof value === "boolean") return { type: "bool", value, pos, secret };
  if (typeof value === "string" && isBytes) return { type: "bytes", value: Buffer.from(value, "base64"), pos, secret };
  if (typeof value === "string") return { type: "string", value, pos, secret };
  const shown = text ?? String(value);
  const decimal = parseDecimal(shown);
  if (typeof decimal === "string") throw new TypeError(`${String(value)} is a number of data`);
  return { type: "number", value: signedZero(decimal, shown.startsWith("-")), pos, secret };
}
