import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";

const run = promisify(execFile);

export async function requireGo(): Promise<void> {
  try {
    await run("go", ["version"]);
  } catch (cause) {
    throw new Error(
      "the end-to-end tests build what they compare with by Go 1.26 or later, but there is no `go` in PATH",
      {
        cause,
      },
    );
  }
}

/** Builds one program of the module in `cwd`. */
export async function goBuild(
  cwd: string,
  output: string,
  path: string,
  ldflags: string,
  log: (line: string) => void,
): Promise<void> {
  const startedAt = performance.now();
  // More compilers at a time than this need more memory than a small machine has.
  const parallel = String(Math.min(availableParallelism(), 8));
  const args = ["build", "-trimpath", "-p", parallel, "-ldflags", ldflags, "-o", output, path];
  try {
    await run("go", args, { cwd, env: goEnv(), maxBuffer: 2 ** 26 });
  } catch (cause) {
    const complaint = cause instanceof Error && "stderr" in cause ? String(cause.stderr).slice(-4000) : String(cause);
    throw new Error(`go build ${path} failed:\n${complaint}`, { cause });
  }
  log(`built ${path} in ${Math.round((performance.now() - startedAt) / 1000)} s`);
}

export function goEnv(): NodeJS.ProcessEnv {
  return { ...process.env, GOFLAGS: "-mod=mod", CGO_ENABLED: "0" };
}
