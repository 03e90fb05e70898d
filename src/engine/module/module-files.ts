import type { SourcePos } from "../diagnostics/index.js";
import { ModuleError } from "./module-error.js";

/** The files of a module: bytes by path (`templates/app.yaml`: relative, with slashes on every system). */
export type ModuleFiles = ReadonlyMap<string, Uint8Array>;

/** The path of a module's file as messages show it. */
export function labelPath(label: string, path: string): string {
  return label === "" ? path : `${label.replace(/\/+$/, "")}/${path}`;
}

/** The files below a folder, by their paths in it. */
export function filesBelow(files: ModuleFiles, folder: string): Map<string, Uint8Array> {
  const below = [...files].filter(([path]) => path.startsWith(`${folder}/`));
  return new Map(below.map(([path, bytes]) => [path.slice(folder.length + 1), bytes]));
}

/** Where a module that is rendered inside of another stands in it. */
export function innerFolder(name: string): string {
  return `modules/${name}`;
}

/** The start of a file, for faults that concern all of it. */
export function startOf(file: string): SourcePos {
  return { file, offset: 0, line: 1, column: 1 };
}

/**
 * The text of a file.
 *
 * @throws {ModuleError} For bytes that are no UTF-8
 */
export function decodeText(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ModuleError("bad-file", "the file is not UTF-8 text; save it as UTF-8", startOf(file));
  }
}
