import { FaultsError, SheafError, type SourcePos } from "../engine/diagnostics/index.js";
import type { Terminal } from "./terminal.js";

/** Faults shown of one run; the rest is counted. */
const maxFaults = 20;

/**
 * Prints an error for people: its message, and under it the line of the user's file with a caret at the place.
 *
 * @param sources The texts of the files that were read, by the names that places have
 */
export function reportError(terminal: Terminal, error: unknown, sources: ReadonlyMap<string, string>): void {
  const { colors } = terminal;
  const faults = error instanceof FaultsError ? error.errors : [error];
  for (const fault of faults.slice(0, maxFaults)) {
    terminal.err(`${colors.red("error:")} ${messageOf(fault)}\n`);
    const [place] = fault instanceof SheafError ? fault.places : [];
    const excerpt = place && excerptAt(place, sources.get(place.file));
    if (excerpt !== undefined) terminal.err(`${colors.dim(excerpt)}\n`);
  }
  if (faults.length > maxFaults) terminal.err(`${colors.red("error:")} and ${faults.length - maxFaults} more\n`);
}

function messageOf(fault: unknown): string {
  if (fault instanceof SheafError) return fault.message;
  // Not one of ours: a fault of sheaf itself, whose trace is what a report needs.
  if (fault instanceof Error) return `internal error: ${fault.stack ?? fault.message}`;
  return String(fault);
}

/** `  9 | hostNetwrok: true` and a caret below; a long line is cut around the place. */
function excerptAt(pos: SourcePos, text: string | undefined): string | undefined {
  const line = text?.split("\n")[pos.line - 1]?.replace(/\r$/, "");
  if (line === undefined) return undefined;
  const from = Math.max(0, pos.column - 80);
  const gutter = `${String(pos.line).padStart(5)} | `;
  const shown = line.slice(from, from + 120);
  const before = shown.slice(0, pos.column - 1 - from).replace(/[^\t]/g, " ");
  return `${gutter}${shown}\n${" ".repeat(gutter.length - 2)}| ${before}^`;
}
