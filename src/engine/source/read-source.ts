import { type File, parse } from "../cue/index.js";
import { SourceError } from "../diagnostics/index.js";
import { decodeSource } from "./decode.js";
import { readJson } from "./read-json.js";
import { readYaml } from "./read-yaml.js";

/** The bytes of a source and the name that its places have; `-` is standard input. The name tells the format, unless it is given. */
export type SourceInput = Readonly<{ name: string; bytes: Uint8Array; format?: Format }>;

/** What a source says, as a CUE file, with its text (for excerpts) and its faults, sorted by place. */
export type Source = Readonly<{ name: string; text: string; file: File; errors: readonly SourceError[] }>;

type Format = "cue" | "yaml" | "json";

const formats: Readonly<Record<string, Format>> = { cue: "cue", yaml: "yaml", yml: "yaml", json: "json" };

/**
 * Reads a CUE, YAML or JSON source, told by the ending of its name; standard input is told by its content.
 *
 * @throws {SourceError} For a name without a known ending, and for bytes that are no UTF-8 text
 */
export async function readSource({ name, bytes, format: given }: SourceInput): Promise<Source> {
  const text = decodeSource(bytes, name);
  const format = given ?? formats[/\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase() ?? ""];
  if (format !== undefined) return { name, text, ...(await readAs(format, text, name)) };
  if (name === "-") return { name, text, ...(await readUnnamed(text, name)) };
  throw new SourceError("unknown-format", "the file has to end in .cue, .yaml, .yml or .json", {
    file: name,
    offset: 0,
    line: 1,
    column: 1,
  });
}

function readAs(
  format: Format,
  text: string,
  name: string,
): { file: File; errors: SourceError[] } | ReturnType<typeof readYaml> {
  if (format === "cue") return parse(text, name);
  return format === "yaml" ? readYaml(text, name) : readJson(text, name);
}

/**
 * YAML comes first: a bundle in CUE is no YAML (its fields are not separated by commas), whereas `a:` and an indented
 * `b: c` below it is a CUE text too, with another meaning. What is neither is reported as CUE.
 */
async function readUnnamed(text: string, name: string): Promise<{ file: File; errors: SourceError[] }> {
  const asYaml = await readYaml(text, name);
  if (asYaml.errors.length === 0) return asYaml;
  const asCue = parse(text, name);
  return asCue.errors.length === 0 || text.includes("{") ? asCue : asYaml;
}
