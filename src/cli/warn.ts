import type { Terminal } from "./terminal.js";

/** Prints warnings for people, a line each. */
export function warn(warnings: Iterable<Readonly<{ message: string }>>, { err, colors }: Terminal): void {
  for (const { message } of warnings) err(`${colors.yellow("warning:")} ${message}\n`);
}
