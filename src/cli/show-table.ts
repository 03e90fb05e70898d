import { visibleLine } from "./visible.js";

/**
 * Rows as columns of equal width, with a heading, for people to read.
 *
 * @example
 * ```ts
 * formatTable(["NAME", "VERSION"], [["flux", "2.9.4-0"]]); // "NAME  VERSION\nflux  2.9.4-0\n"
 * ```
 */
export function formatTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heading, ...rows].map((row) => row.map(visibleLine));
  const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
