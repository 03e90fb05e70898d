import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** A program that runs beside the tests. */
export type Child = Readonly<{ name: string; logFile: string; exited(): boolean; stop(): Promise<void> }>;

/**
 * Runs the program and ends it when its standard input ends: then it cannot outlive the tests, whatever ends them. It is
 * ended outright, since what it would put in order is thrown away. The shell returns when the program does.
 */
const untilInputEnds =
  'exec 3<&0; "$@" </dev/null 3<&- & pid=$!; { cat <&3 >/dev/null; kill -9 "$pid"; } & wait "$pid"';

export function startChild(
  name: string,
  command: string,
  args: readonly string[],
  logFile: string,
  env: NodeJS.ProcessEnv = process.env,
): Child {
  const log = openSync(logFile, "w");
  const child = spawn("sh", ["-c", untilInputEnds, name, command, ...args], { env, stdio: ["pipe", log, log] });
  closeSync(log);
  child.stdin?.on("error", () => {});
  child.unref();
  return { name, logFile, exited: () => hasExited(child), stop: () => stopChild(child) };
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (hasExited(child)) return;
  child.ref();
  const gone = new Promise<void>((done) => child.once("exit", () => done()));
  child.stdin?.end();
  await gone;
}

/** Waits until a child is up; tells the end of its log when it is not. */
export async function untilUp(child: Child, isUp: () => Promise<boolean>, timeoutMs = 90_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await isUp().catch(() => false))) {
    if (child.exited() || performance.now() > deadline) {
      const log = (await readFile(child.logFile, "utf8")).slice(-3000);
      throw new Error(`${child.name} ${child.exited() ? "ended" : "is not up in time"}:\n${log}`);
    }
    await new Promise((done) => setTimeout(done, 100));
  }
}
