import { SourceError } from "../diagnostics/index.js";
import type { File, Identifier } from "./ast.js";

/** The package that a file is part of; none for the clause `package _`. */
export function packageClause({ package: name }: File): Identifier | undefined {
  return name?.name === "_" ? undefined : name;
}

/** Files of one value share a package; those without a package clause go with any. */
export function packageFaults(files: readonly File[]): SourceError[] {
  const names = files.map(packageClause).filter((name) => name !== undefined);
  const [first] = names;
  return names.flatMap((name) => {
    if (first === undefined || name.name === first.name) return [];
    const detail = `the package is ${name.name} here and ${first.name} in another file; files of one value share a package`;
    return [new SourceError("conflicting-packages", detail, name.pos, [first.pos])];
  });
}
