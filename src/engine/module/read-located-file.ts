import { throwFaults } from "../diagnostics/index.js";
import type { Located } from "../json/index.js";
import { ModuleError } from "./module-error.js";
import { startOf } from "./module-files.js";

/**
 * Reads a YAML or JSON file of one document that belongs to a module.
 *
 * @throws {SheafError} All faults, at their places
 */
export async function readLocatedFile(text: string, file: string): Promise<Located> {
  const { readLocated } = await import("./read-located.js");
  const { documents, errors } = readLocated(text, file);
  throwFaults(errors);
  const [document, second] = documents;
  if (document === undefined) throw new ModuleError("bad-file", "the file is empty", startOf(file));
  if (second !== undefined) throw new ModuleError("bad-file", "the file must hold one document", second.pos);
  return document;
}
