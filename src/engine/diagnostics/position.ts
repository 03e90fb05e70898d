/**
 * A place in a text that a user wrote: `offset` counts UTF-16 units from 0, `line` and `column` count from 1
 * (a column counts UTF-16 units too, as editors do).
 */
export type SourcePos = Readonly<{ file: string; offset: number; line: number; column: number }>;

/** `file:line:column`, the form that editors and terminals make clickable. */
export function formatPos(pos: SourcePos): string {
  return `${pos.file}:${pos.line}:${pos.column}`;
}

/** Orders places by file name, then by offset. */
export function comparePos(a: SourcePos, b: SourcePos): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.offset - b.offset;
}
