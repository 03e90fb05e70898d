import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { access, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { goBuild, requireGo } from "../control-plane/go.js";

/** The version of the cue command that sheaf agrees with. */
const version = "0.15.0";

/** What `cue` answered: its output, errors included, and its exit code; undefined where it came to no end. */
export type Answer = Readonly<{ code: number; output: string }> | undefined;

/** Builds the program beside this file, unless the cache has it, and returns its path. */
export async function buildOracle(cacheDir: string): Promise<string> {
  const source = join(import.meta.dirname, "main.go");
  const hash = createHash("sha256")
    .update(await readFile(source))
    .digest("hex")
    .slice(0, 12);
  const program = join(cacheDir, `cue-${version}-${hash}_${process.platform}-${process.arch}`);
  const isThere = await access(program).then(
    () => true,
    () => false,
  );
  if (isThere) return program;
  await requireGo();
  await mkdir(cacheDir, { recursive: true });
  const workDir = await mkdtemp(join(cacheDir, "build-"));
  try {
    await cp(source, join(workDir, "main.go"));
    await writeFile(join(workDir, "go.mod"), `module oracle\ngo 1.25\nrequire cuelang.org/go v${version}\n`);
    const built = join(workDir, "cue-oracle");
    await goBuild(workDir, built, ".", "-s -w", (line) => process.stderr.write(`${line}\n`));
    await rename(built, program);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
  return program;
}

/** A call that is under way. */
type Call = { readonly line: string; readonly done: (answer: Answer) => void; timer: NodeJS.Timeout | undefined };

/** Runs cue commands, one after the other in one process: a call takes less than a millisecond then. */
export class Oracle {
  readonly #program: string;
  readonly #cwd: string | undefined;
  readonly #calls: Call[] = [];
  #child: ChildProcess | undefined;

  constructor(program: string, cwd?: string) {
    this.#program = program;
    this.#cwd = cwd;
  }

  run(args: readonly string[], stdin: string): Promise<Answer> {
    return new Promise((done) => {
      const call: Call = { line: `${JSON.stringify({ args, stdin })}\n`, done, timer: undefined };
      this.#calls.push(call);
      this.#child ??= this.#start();
      this.#child.stdin?.write(call.line);
      if (this.#calls.length === 1) this.#watch();
    });
  }

  stop(): void {
    this.#child?.removeAllListeners("exit");
    this.#child?.stdin?.end();
  }

  #start(): ChildProcess {
    const child = spawn(this.#program, [], { cwd: this.#cwd, stdio: ["pipe", "pipe", "ignore"] });
    child.stdin.on("error", () => {});
    createInterface({ input: child.stdout }).on("line", (line) => this.#answered(readAnswer(line)));
    // Some programs make cue recurse without end: the call has no answer, and the next ones go to a new process.
    child.once("exit", () => {
      this.#child = this.#start();
      this.#answered(undefined);
      for (const { line } of this.#calls) this.#child.stdin?.write(line);
    });
    return child;
  }

  #answered(answer: Answer): void {
    const call = this.#calls.shift();
    clearTimeout(call?.timer);
    call?.done(answer);
    this.#watch();
  }

  #watch(): void {
    const [next] = this.#calls;
    if (next !== undefined) next.timer ??= setTimeout(() => this.#child?.kill("SIGKILL"), 10_000);
  }
}

function readAnswer(line: string): Answer {
  const answer: unknown = JSON.parse(line);
  if (typeof answer !== "object" || answer === null || !("code" in answer) || !("output" in answer)) return undefined;
  const { code, output } = answer;
  return typeof code === "number" && typeof output === "string" && code < 2 ? { code, output } : undefined;
}
