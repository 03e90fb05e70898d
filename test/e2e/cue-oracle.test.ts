import { homedir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { standardPackages } from "../../src/engine/cue/packages/standard-packages.js";
import { bundle } from "../engine/cue/bundle-arbitrary.js";
import { call } from "../engine/cue/call-arbitrary.js";
import { caseFiles, writeCaseFile } from "../engine/cue/case-files.js";
import { evaluateText, outcomeOf } from "../engine/cue/evaluate-text.js";
import { program as anyProgram } from "../engine/cue/program-arbitrary.js";
import {
  evaluatePackage,
  inFolder,
  type PackageCase,
  packageCases,
  writePackageCases,
} from "../engine/source/package-cases.js";
import { compactJson, difference, errorPlaces, exportOutcome } from "./cue-oracle/comparison.js";
import { explained, explanation } from "./cue-oracle/explained.js";
import { buildOracle, Oracle } from "./cue-oracle/oracle.js";

/**
 * The CUE engine against the cue command: values, their order, the text of numbers, exit codes and the lines of errors.
 * `SHEAF_RECORD_CUE=1` writes what cue gives into the case files, `SHEAF_CUE_PROGRAMS=20000` compares as many random programs.
 */
const isRecording = process.env.SHEAF_RECORD_CUE !== undefined;
const numRuns = Number(process.env.SHEAF_CUE_PROGRAMS ?? 500);
const seed = Number(process.env.SHEAF_CUE_SEED ?? 1);

let program: string;
let oracle: Oracle;

beforeAll(async () => {
  const cacheDir = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "sheaf-e2e");
  program = await buildOracle(cacheDir);
  oracle = new Oracle(program);
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

/** The export of given files of a folder: JSON, or the places of the errors. */
async function exportFiles({ given }: PackageCase, dir: string): Promise<string | ReadonlySet<string>> {
  const cue = new Oracle(program, dir);
  const answer = await cue.run(["export", ...given], "");
  cue.stop();
  if (answer === undefined) throw new Error("cue has no answer");
  return answer.code === 0 ? compactJson(answer.output) : errorPlaces(answer.output.replaceAll(`${dir}/`, ""));
}

test.runIf(isRecording)("record the packages", async () => {
  const recorded: PackageCase[] = [];
  for (const each of await packageCases()) {
    const expected = await inFolder(each, async (dir) => {
      const outcome = await exportFiles(each, dir);
      return typeof outcome === "string" ? outcome : evaluatePackage(each, dir);
    });
    recorded.push({ ...each, expected });
  }
  await writePackageCases(recorded);
});

test("packages of files", async () => {
  const different: unknown[] = [];
  for (const each of await packageCases()) {
    const outcome = await inFolder(each, (dir) => exportFiles(each, dir));
    // Some errors of cue have no place.
    const isSame =
      typeof outcome === "string"
        ? outcome === each.expected
        : !/^[{["\d]/.test(each.expected) &&
          (outcome.size === 0 || each.expected.split(", ").every((error) => outcome.has(error.split("@")[1] ?? "")));
    if (!isSame) different.push({ title: each.title, outcome, expected: each.expected });
  }
  expect(different).toEqual([]);
});

const packages = await Promise.all([...standardPackages].map(async ([path, load]) => [path, await load()] as const));

test.each([
  { of: "every construct", programs: anyProgram },
  { of: "the shape of bundles", programs: bundle },
  { of: "one call to a package", programs: call(new Map(packages)) },
])(`${numRuns} random programs of $of`, async ({ programs: arbitrary }) => {
  const programs = fc.sample(arbitrary, { numRuns, seed });
  const differences: Difference[] = [];
  // In portions: all at a time would fill the pipe.
  for (let i = 0; i < programs.length; i += 100) {
    const found = await Promise.all(programs.slice(i, i + 100).map(compareValues));
    differences.push(...found.filter((each) => each !== undefined));
  }
  expect(differences.filter(({ why }) => why === undefined)).toEqual([]);
  // Where a rule of sheaf got too strict, many programs are refused.
  expect(differences.filter(({ why }) => why !== "unseen" && why !== "unsupported").length).toBeLessThan(numRuns / 50);
});

type Difference = Readonly<{ source: string; found: string; why: ReturnType<typeof explanation> }>;

/** As `compare`, but of errors only that there are some. */
async function compareValues(source: string): Promise<Difference | undefined> {
  const [ours, answer] = await Promise.all([outcomeOf(source), oracle.run(["export", "-"], source)]);
  const cues = answer && exportOutcome(answer);
  if (cues === undefined || (!("json" in ours) && !("json" in cues))) return undefined;
  const found = difference(ours, cues);
  return found === undefined ? undefined : { source, found, why: explanation(ours, cues) };
}
