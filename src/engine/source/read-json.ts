import type { File } from "../cue/index.js";
import { SourceError } from "../diagnostics/index.js";
import { readYaml } from "./read-yaml.js";

/**
 * Reads a JSON text as data in the form of a CUE file. The text has to be JSON (RFC 8259); the places of its values come
 * from the YAML reader, as JSON is YAML.
 *
 * @returns The file and its faults
 */
export async function readJson(text: string, file: string): Promise<{ file: File; errors: SourceError[] }> {
  const result = await readYaml(text, file);
  try {
    JSON.parse(text);
  } catch (error) {
    if (result.errors.length > 0) return result;
    return { ...result, errors: [jsonFault(text, file, error)] };
  }
  return result;
}

/** JSON.parse names a place only in words, and not every version of Node does. */
function jsonFault(text: string, file: string, error: unknown): SourceError {
  const message = error instanceof Error ? error.message : String(error);
  const found = /at position (\d+)/.exec(message)?.[1];
  const offset = found === undefined ? text.trimEnd().length : Number(found);
  const before = text.slice(0, offset).split("\n");
  const column = (before.at(-1)?.length ?? 0) + 1;
  // The rest of the message repeats the place, or quotes the text at length.
  const reason = message.replace(/,? ?(?:\.\.\.)?"[\s\S]*$| (?:in JSON )?at position[\s\S]*$/, "");
  return new SourceError("syntax", `not JSON: ${reason}`, { file, offset, line: before.length, column });
}
