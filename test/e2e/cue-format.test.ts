import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { formatCue, parse } from "../../src/engine/cue/index.js";
import { caseFiles } from "../engine/cue/case-files.js";
import { program } from "../engine/cue/program-arbitrary.js";
import { seeds } from "../support/seeds.js";
import { buildOracle, Oracle } from "./cue-oracle/oracle.js";

let oracle: Oracle;

beforeAll(async () => {
  const cacheDir = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "sheaf-e2e");
  oracle = new Oracle(await buildOracle(cacheDir));
});
afterAll(() => oracle.stop());

/** Imports on one line are joined by cue fmt to what is no CUE. */
const broken = (source: string) => /^import \(".*, /.test(source);

/** The programs that come out differently. */
async function differences(programs: readonly string[]): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const source of programs) {
    if (parse(source, "x.cue").errors.length > 0 || broken(source)) continue;
    const answer = await oracle.run(["fmt", "-"], source);
    const ours = formatCue(source, "x.cue");
    if (answer?.code === 0 && answer.output !== ours) found.push({ source, ours, cue: answer.output });
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
