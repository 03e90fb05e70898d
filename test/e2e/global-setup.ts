import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp, readFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { buildControlPlane } from "./control-plane/build.js";
import { startStandIns } from "./control-plane/stand-ins.js";
import { type ControlPlane, startControlPlane, users } from "./control-plane/start.js";

/** What the suites are told about the control plane that they share. */
export type ClusterFacts = Omit<ControlPlane, "stop"> & Readonly<{ binDir: string; dataDir: string }>;

declare module "vitest" {
  interface ProvidedContext {
    cluster: ClusterFacts;
  }
}

const root = join(import.meta.dirname, "../..");
const say = (line: string) => process.stderr.write(`${line}\n`);

/**
 * Builds the command and the control plane where they are missing, starts the control plane, and stops it at the end.
 * `SHEAF_E2E_NO_BUILD=1` leaves the command as it is, for work on suites that do not run it.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (process.env.SHEAF_E2E_NO_BUILD === undefined) await buildCommand();
  const cacheDir = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "sheaf-e2e");
  const binDir = await buildControlPlane(cacheDir, say);
  const dataDir = await mkdtemp(join(tmpdir(), "sheaf-e2e-"));
  const remove = () => rmSync(dataDir, { recursive: true, force: true });
  // The programs end with this process, whatever ends it; their data goes too, unless it is killed outright.
  process.once("exit", remove);
  const { stop, ...facts } = await startControlPlane(binDir, dataDir, join(root, "test/fixtures/tls/ca.pem"));
  const access = { server: facts.server, ca: await readFile(facts.caFile, "utf8"), token: users.admin.token };
  const stopStandIns = startStandIns(access);
  project.provide("cluster", { ...facts, binDir, dataDir });
  return async () => {
    await stopStandIns();
    await stop();
    remove();
  };
}

/** Builds the command when something that it is made of has changed. */
async function buildCommand(): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [join(root, "scripts/ensure-built.js")], { maxBuffer: 2 ** 26 });
  } catch (error) {
    // The default message would repeat all of the output.
    const output =
      error instanceof Error && "stdout" in error && "stderr" in error ? [error.stdout, error.stderr] : [error];
    throw new Error(`the build failed:\n${output.join("\n").slice(-4000)}`);
  }
}
