import type { JsonObject } from "../json/index.js";
import { ModuleError } from "./module-error.js";
import { startOf } from "./module-files.js";
import { listOptions, type ModuleOption } from "./schema-options.js";

const startMarker = "<!-- options:start -->";
const endMarker = "<!-- options:end -->";

/** The options of a schema as a Markdown table. */
export function optionTable(schema: JsonObject): string {
  const rows = listOptions(schema).map((option) =>
    [code(option.path), cell(option.type), defaultCell(option), cell(option.description)].join(" | "),
  );
  return ["| Option | Type | Default | Description |", "|---|---|---|---|", ...rows.map((row) => `| ${row} |`)].join(
    "\n",
  );
}

/**
 * The text of a README with its table of options as the schema has them.
 *
 * @throws {ModuleError} Where the markers are missing between which the table stands
 */
export function updateReadme(text: string, schema: JsonObject): string {
  const [start, end] = [text.indexOf(startMarker), text.indexOf(endMarker)];
  if (start < 0 || end < start) {
    const detail = `README.md needs the lines ${startMarker} and ${endMarker}, between which the options are written`;
    throw new ModuleError("bad-file", detail, startOf("README.md"));
  }
  return `${text.slice(0, start + startMarker.length)}\n${optionTable(schema)}\n${text.slice(end)}`;
}

function defaultCell(option: ModuleOption): string {
  if (option.default !== undefined) return code(JSON.stringify(option.default));
  return option.required ? "required" : "";
}

function code(text: string): string {
  return `\`${cell(text)}\``;
}

/** A table's cell is one line without bare pipes. */
function cell(text: string): string {
  return text.replace(/\s+/g, " ").replaceAll("|", "\\|").trim();
}
