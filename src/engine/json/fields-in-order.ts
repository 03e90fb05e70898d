import type { LocatedField, LocatedStruct } from "./located.js";

/** The fields of a struct in the order in which files name them: comprehensions, too, count from where they stand. */
export function fieldsInOrder({ fields }: LocatedStruct, files: readonly string[]): [string, LocatedField][] {
  return [...fields].sort(
    ([, { keyPos: a }], [, { keyPos: b }]) => files.indexOf(a.file) - files.indexOf(b.file) || a.offset - b.offset,
  );
}
