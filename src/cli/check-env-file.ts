import { SheafError, throwFaults } from "../engine/diagnostics/index.js";

const quotedValue = /(=[ \t]*)(["'`])(?:\\[\s\S]|(?!\2)[^\\])*\2/g;
const wellFormed = /^\s*(#.*|(export\s+)?[\w.-]+\s*(=|:\s).*)?$/;

/** A line of a `.env` file is none. It has no place, because the line at a place is shown, and may hold a secret. */
export class EnvFileError extends SheafError {
  override readonly name = "EnvFileError";
  readonly code = "env-syntax";
}

/**
 * Refuses lines of a `.env` file that dotenv passes over: a variable lost that way would be looked for in the wrong
 * place.
 *
 * @throws {EnvFileError} For every line that is neither empty, a comment nor `NAME=VALUE`
 */
export function checkEnvFile(file: string, text: string): void {
  // A value in quotes may have lines of its own; they count, but are not looked at.
  const masked = text.replace(
    quotedValue,
    (value, start) => start + value.replace(/[^\n]/g, "").replace(/\n/g, "#\n#"),
  );
  throwFaults(
    masked
      .split(/\r?\n/)
      .flatMap((line, index) =>
        wellFormed.test(line) ? [] : [new EnvFileError(`${file}:${index + 1}:1: expected NAME=VALUE`)],
      ),
  );
}
