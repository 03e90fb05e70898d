import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { Writable } from "node:stream";
import { onTestFinished } from "vitest";
import type { Context } from "../../src/cli/context.js";
import { runCommand } from "../../src/cli/main.js";
import { openTerminal } from "../../src/cli/terminal.js";

/** What a run of the command printed, and its exit code. */
export type CliRun = Readonly<{ code: number; stdout: string; stderr: string }>;

/** A folder of a test, removed when the test ends. `files` are written into it. */
export function tempDir(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const dir = mkdtempSync(join(tmpdir(), "sheaf-test-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
  return dir;
}

/**
 * Runs the command in this process, as the shell would: in a folder, with an environment and a standard input.
 *
 * @param line The arguments, without the name of the command
 */
export async function sheaf(
  line: readonly string[],
  options: Readonly<{
    cwd?: string;
    env?: Readonly<Record<string, string>>;
    stdin?: string;
    now?: Date;
    /** Called with what is printed; what it returns aborts the run when it is true. */
    stopAfter?: (printed: string) => boolean;
  }> = {},
): Promise<CliRun> {
  const interrupt = new AbortController();
  const watch = (printed: string) => {
    if (options.stopAfter?.(printed) === true) interrupt.abort();
  };
  const [stdout, stderr] = [sink(watch), sink()];
  const home = tempDir();
  const context: Context = {
    terminal: openTerminal({ stdout: stdout.stream, stderr: stderr.stream }, {}),
    env: { HOME: home, ...options.env },
    cwd: options.cwd ?? process.cwd(),
    signal: interrupt.signal,
    now: () => options.now ?? new Date("2026-01-02T03:04:05Z"),
    readStdin: async () => Buffer.from(options.stdin ?? ""),
    catalogDir: resolve(dirname(new URL(import.meta.url).pathname), "../../dist/catalog"),
    sources: new Map(),
  };
  const code = await runCommand(line, context);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

/** A stream that keeps what is written. */
export function sink(onWrite: (text: string) => void = () => {}): { stream: Writable; text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      onWrite(chunk.toString());
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}
