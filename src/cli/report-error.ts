import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { FaultsError, formatPos, SheafError, type SourcePos } from "../engine/diagnostics/index.js";
import type { Context } from "./context.js";
import { visible } from "./visible.js";

/** Faults shown of one run; the rest is counted. */
const maxFaults = 20;

/**
 * Prints an error for people: its message, and under it the lines of the user's files that took part, with a caret at each
 * place.
 */
export function reportError(error: unknown, context: Context): void {
  const { terminal } = context;
  const { colors } = terminal;
  const faults = error instanceof FaultsError ? error.errors : [error];
  for (const fault of faults.slice(0, maxFaults)) {
    terminal.err(`${colors.red("error:")} ${visible(messageOf(fault))}\n`);
    for (const [index, places] of byLine(fault instanceof SheafError ? fault.places : []).entries()) {
      const [place] = places;
      if (index > 0) terminal.err(`  and ${visible(formatPos(place))}\n`);
      const excerpt = excerptAt(places, sourceText(place.file, context));
      if (excerpt !== undefined) terminal.err(`${colors.dim(visible(excerpt))}\n`);
    }
  }
  if (faults.length > maxFaults) terminal.err(`${colors.red("error:")} and ${faults.length - maxFaults} more\n`);
}

type Places = [SourcePos, ...SourcePos[]];

/** Places of one line in a row are shown with one excerpt. */
function byLine(places: readonly SourcePos[]): Places[] {
  const lines: Places[] = [];
  for (const place of places) {
    const last = lines.at(-1);
    if (last?.[0].file === place.file && last[0].line === place.line) last.push(place);
    else lines.push([place]);
  }
  return lines;
}

/** The text of a file that a place is in: one that was read as a source, or one of a module's folder. */
function sourceText(file: string, { sources, cwd }: Context): string | undefined {
  const known = sources.get(file);
  if (known !== undefined) return known;
  try {
    return readFileSync(resolve(cwd, file), "utf8");
  } catch {
    return undefined;
  }
}

function messageOf(fault: unknown): string {
  if (fault instanceof SheafError) return fault.message;
  // Not one of ours: a fault of sheaf itself, whose trace is what a report needs.
  if (fault instanceof Error) return `internal error: ${fault.stack ?? fault.message}`;
  return String(fault);
}

/** `  9 | hostNetwrok: true` and a caret below each place; a long line is cut around the first one. */
function excerptAt(places: Places, text: string | undefined): string | undefined {
  const [{ line: number, column }] = places;
  const line = text?.split("\n")[number - 1]?.replace(/\r$/, "");
  if (line === undefined) return undefined;
  const from = Math.max(0, column - 80);
  const gutter = `${String(number).padStart(5)} | `;
  const shown = line.slice(from, from + 120);
  const columns = new Set(places.map((place) => place.column - 1 - from).filter((at) => at >= 0 && at <= shown.length));
  const marks = Array.from({ length: Math.max(-1, ...columns) + 1 }, (_, at) =>
    columns.has(at) ? "^" : shown[at] === "\t" ? "\t" : " ",
  );
  return `${gutter}${shown}\n${" ".repeat(gutter.length - 2)}| ${marks.join("")}`;
}
