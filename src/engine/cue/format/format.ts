import { type SheafError, throwFaults } from "../../diagnostics/index.js";
import { parse } from "../parser.js";
import { scan } from "../scanner.js";
import { formatFile } from "./format-file.js";
import { Printer } from "./printer.js";

/**
 * Formats a CUE file as `cue fmt` does: tabs, one space, aligned values; line breaks and comments stay.
 *
 * @param name What the text is called in messages
 * @throws {SheafError} For a text that is not CUE
 * @example
 * ```ts
 * formatCue("a:1\nbcd:   2", "x.cue"); // "a:   1\nbcd: 2\n"
 * ```
 */
export function formatCue(text: string, name: string): string {
  const { file, errors } = parse(text, name);
  throwFaults(errors satisfies readonly SheafError[]);
  const { tokens, comments } = scan(text, name);
  const printer = new Printer(text, tokens, comments);
  formatFile(file, printer);
  return printer.finish();
}
