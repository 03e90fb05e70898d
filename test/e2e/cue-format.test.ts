import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { formatCue, parse } from "../../src/engine/cue/index.js";
import { caseFiles } from "../engine/cue/case-files.js";
import { program } from "../engine/cue/program-arbitrary.js";
import { seeds } from "../support/seeds.js";
import { buildOracle, Oracle } from "./cue-oracle/oracle.js";

let oracle: Oracle;
let dir: string;

beforeAll(async () => {
  const cacheDir = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "sheaf-e2e");
  oracle = new Oracle(await buildOracle(cacheDir));
  dir = await mkdtemp(join(tmpdir(), "sheaf-format-"));
});
afterAll(async () => {
  oracle.stop();
  await rm(dir, { recursive: true, force: true });
});

/** Imports on one line are joined by cue fmt to what is no CUE. */
const broken = (source: string) => /^import \(".*, /.test(source);

/** What cue fmt changes the value of, or puts where it says something else (docs/cue.md). */
const changedByCue = [
  // A string of several lines that closes behind text.
  /[^\s#]("""|''')$/m,
  // A comment between the operands of an expression, here of YAML that was pasted.
  /^ +url: oci:\/\//m,
];

/** The programs that come out differently. cue formats files in place: with "-" it would read the oracle's own input. */
async function differences(programs: readonly string[]): Promise<unknown[]> {
  const found: unknown[] = [];
  const file = join(dir, "program.cue");
  for (const source of programs) {
    if (parse(source, "x.cue").errors.length > 0 || broken(source)) continue;
    if (changedByCue.some((pattern) => pattern.test(source))) continue;
    await writeFile(file, source);
    const answer = await oracle.run(["fmt", "--files", file], "");
    const [ours, theirs] = [formatCue(source, "x.cue"), await readFile(file, "utf8")];
    if (answer?.code === 0 && theirs !== ours) found.push({ source, ours, theirs });
  }
  return found;
}

test("the cases of the formatter", async () => {
  const text = readFileSync(new URL("../engine/cue/format/cases.txt", import.meta.url), "utf8");
  const programs = text.split("\n%%%\n").map((block) => block.split("\n=>\n")[0] ?? "");
  expect(programs.length).toBeGreaterThan(100);
  expect(await differences(programs)).toEqual([]);
});

test("the cases of the evaluator, and whole bundles", async () => {
  const programs = caseFiles().flatMap(({ cases }) => cases.map(({ source }) => source));
  expect(await differences([...programs, ...seeds.map(({ text }) => text)])).toEqual([]);
});

test("random programs", async () => {
  expect(await differences(fc.sample(program, { numRuns: 500, seed: 1 }))).toEqual([]);
});
