import { evaluate, loadLibrary, parse } from "../../../src/engine/cue/index.js";
import type { SourceError } from "../../../src/engine/diagnostics/index.js";
import type { Located } from "../../../src/engine/json/index.js";

async function run(text: string): Promise<{ value?: Located; errors: SourceError[] }> {
  const { file, errors } = parse(text, "case.cue");
  return errors.length > 0 ? { errors } : evaluate([file], { library: await loadLibrary([file]) });
}

/** Evaluates a CUE text: its JSON with the exact text of numbers, or its errors as `code @line:column`. */
export async function evaluateText(text: string): Promise<string> {
  const { value, errors } = await run(text);
  return value === undefined ? errors.map(showError).join(", ") : showLocated(value);
}

/** The JSON of a CUE text, or its errors and their lines. */
export async function outcomeOf(
  text: string,
): Promise<{ json: string } | { lines: number[]; hasUnplaced: boolean; output: string; codes: string[] }> {
  const { value, errors } = await run(text);
  if (value !== undefined) return { json: showLocated(value) };
  const lines = errors.map(({ pos }) => pos.line);
  const codes = errors.map(({ code }) => code);
  return { lines, hasUnplaced: false, codes, output: errors.map(({ message }) => message).join("\n") };
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
