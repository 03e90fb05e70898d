import { SourceError } from "../diagnostics/index.js";
import type { File } from "./ast.js";

/** Files of one value share a package; those without a package clause go with any. */
export function packageFaults(files: readonly File[]): SourceError[] {
  const first = files.find((file) => file.package !== undefined)?.package;
  return files.flatMap(({ package: name }) => {
    if (first === undefined || name === undefined || name.name === first.name) return [];
    const detail = `the package is ${name.name} here and ${first.name} in another file; files of one value share a package`;
    return [new SourceError("conflicting-packages", detail, name.pos, [first.pos])];
  });
}
