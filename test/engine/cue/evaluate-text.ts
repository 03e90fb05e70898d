import { evaluate, loadLibrary, parse } from "../../../src/engine/cue/index.js";
import type { SourceError } from "../../../src/engine/diagnostics/index.js";
import type { Located } from "../../../src/engine/json/index.js";

/** Evaluates a CUE text: its JSON with the exact text of numbers, or its errors as `code @line:column`. */
export async function evaluateText(text: string): Promise<string> {
  const { file, errors } = parse(text, "case.cue");
  if (errors.length > 0) return errors.map(showError).join(", ");
  const result = evaluate([file], { library: await loadLibrary([file]) });
  if (result.value === undefined) return result.errors.map(showError).join(", ");
  return showLocated(result.value);
}

export function showError({ code, pos }: SourceError): string {
  return `${code} @${pos.line}:${pos.column}`;
}

export function showLocated(value: Located): string {
  if (value.kind === "scalar") return value.text ?? JSON.stringify(value.value);
  if (value.kind === "list") return `[${value.items.map(showLocated).join(",")}]`;
  const fields = [...value.fields].map(([key, field]) => `${JSON.stringify(key)}:${showLocated(field.value)}`);
  return `{${fields.join(",")}}`;
}
