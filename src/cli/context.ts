import type { Terminal } from "./terminal.js";

/** What a run takes from its process. Nothing below reads the process by itself. */
export interface Context {
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly readStdin: () => Promise<Uint8Array>;
  /** The image layout with the modules that the package carries. */
  readonly catalogDir: string;
  /** The texts of the user's files that were read, by name: errors show their lines. */
  readonly sources: Map<string, string>;
}

/** The exit codes of the command; `changes` is that of a diff which found some. */
export const exitCode = { done: 0, failed: 1, usage: 2, changes: 3 } as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
