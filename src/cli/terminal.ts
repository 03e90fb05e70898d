import { createColors } from "picocolors";
import { Redactor } from "./redact.js";

/** The streams of a run, and how to write on them. */
export interface Terminal {
  /** Data on stdout: what a command was asked to print, as it is. */
  out(text: string): void;
  /** What a run tells of itself on stdout, with secrets hidden. */
  say(text: string): void;
  /** Errors, warnings and notes on stderr, with secrets hidden. */
  err(text: string): void;
  readonly colors: ReturnType<typeof createColors>;
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
  return {
    out: (text) => void streams.stdout.write(text),
    say: (text) => void streams.stdout.write(redactor.redact(text)),
    err: (text) => void streams.stderr.write(redactor.redact(text)),
    colors: createColors(forced || (isTty && !env.NO_COLOR && env.TERM !== "dumb")),
    interactive: isTty && !env.CI,
    redactor,
  };
}
