import { createColors } from "picocolors";
import { Redactor } from "../engine/diagnostics/index.js";
import { LiveLines } from "./live-lines.js";
import { formatJson, visible, visibleLine } from "./visible.js";

/** The streams of a run, and how to write on them. */
export interface Terminal {
  /** Data on stdout: what a command was asked to print, as it is. */
  out(text: string): void;
  /** What a run tells of itself on stdout, with secrets hidden and control characters written out. */
  say(text: string): void;
  /** A value as JSON on stdout, with secrets hidden in every string of it; on one line without `indent`. */
  json(value: unknown, indent?: number): void;
  /** Errors, warnings and notes on stderr, with secrets hidden and control characters written out. */
  err(text: string): void;
  readonly colors: ReturnType<typeof createColors>;
  /**
   * Shows a line at the end of the screen under a key, in the place of what was there; undefined takes it off, and so does
   * an error. Undefined where nobody watches: then every line is said.
   */
  readonly live: ((key: string, line: string | undefined) => void) | undefined;
  /** True where a person watches: stderr is a terminal and this is no CI. */
  readonly interactive: boolean;
  readonly redactor: Redactor;
}

/**
 * Opens the terminal of a process. Colours follow NO_COLOR (https://no-color.org), FORCE_COLOR, and whether stderr is one.
 */
export function openTerminal(
  streams: { stdout: NodeJS.WritableStream; stderr: NodeJS.WritableStream & { isTTY?: boolean } },
  env: NodeJS.ProcessEnv,
): Terminal {
  const redactor = new Redactor();
  const isTty = streams.stderr.isTTY === true;
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "0";
  const colors = createColors(forced || (isTty && !env.NO_COLOR && env.TERM !== "dumb"));
  const show = (text: string) => visibleExceptColors(redactor.redact(text), colors.isColorSupported);
  const interactive = isTty && !env.CI;
  const lines = interactive && env.TERM !== "dumb" ? new LiveLines(streams.stderr) : undefined;
  const write = (stream: NodeJS.WritableStream, text: string) => {
    if (lines === undefined) stream.write(text);
    else lines.around(() => stream.write(text));
  };
  return {
    out: (text) => write(streams.stdout, text),
    say: (text) => write(streams.stdout, show(text)),
    json: (value, indent) => write(streams.stdout, `${formatJson(value, (text) => redactor.redact(text), indent)}\n`),
    err: (text) => {
      lines?.clear();
      write(streams.stderr, show(text));
    },
    live: lines && ((key, line) => lines.set(key, line && visibleLine(redactor.redact(line)))),
    colors,
    interactive,
    redactor,
  };
}

/** The sequences by which picocolors makes text bold, dim or coloured, and ends that. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what the sequences start with
const colorSequence = /(\x1b\[(?:[12]|22|3[1-6]|39)m)/;

function visibleExceptColors(text: string, hasColors: boolean): string {
  if (!hasColors) return visible(text);
  // Split by a group, every second part is one of the sequences.
  return text
    .split(colorSequence)
    .map((part, index) => (index % 2 === 0 ? visible(part) : part))
    .join("");
}
