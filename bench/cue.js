// Evaluation of CUE: bundles of 100, 1,000 and 10,000 instances, ours against `cue export`, and hostile programs.
//
//   node scripts/build.js && node bench/cue.js [--quick]
//
// The reference implementation is `cue` on the PATH, or the program that CUE names; without it only our numbers are shown.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleOf } from "./cue-bundle.js";
import { hostile } from "./cue-hostile.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const library = join(root, "dist", "index.js");
const cue = process.env.CUE ?? "cue";
const rounds = process.argv.includes("--quick") ? 3 : 9;
const work = mkdtempSync(join(tmpdir(), "sheaf-bench-"));

/** Evaluates a file `rounds` times in one process: milliseconds of the first and the median time, and peak megabytes. */
const evaluateOften = `
import { readFileSync } from "node:fs";
const { evaluateSources } = await import(process.argv[1]);
const input = { name: "bundle.cue", bytes: readFileSync(process.argv[2]) };
const times = [];
let code = "";
for (let i = 0; i < Number(process.argv[3]); i++) {
  const start = performance.now();
  try { await evaluateSources([input], []); } catch (error) { code = [...new Set((error.errors ?? [error]).map((each) => each.code))].join(","); }
  times.push(performance.now() - start);
}
const median = times.slice(1).sort((a, b) => a - b)[Math.floor((times.length - 1) / 2)] ?? times[0];
console.log(JSON.stringify({ first: times[0], median, code }));
`;

try {
  console.log(
    "| instances | lines | first ms | median ms | whole process s | peak MB | cue s | cue MB | time ratio | memory ratio |",
  );
  console.log("|---|---|---|---|---|---|---|---|---|---|");
  for (const count of [100, 1000, 10_000]) {
    const text = bundleOf(count);
    const file = join(work, "bundle.cue");
    writeFileSync(file, text);
    const { first, median } = await inProcess(file, rounds);
    const ours = await measured(process.execPath, [join(root, "bin", "sheaf.js"), "eval", file, "-o", "json"]);
    const theirs = await measured(cue, ["export", file]);
    const ratio = (/** @type {"seconds" | "megabytes"} */ key) =>
      theirs && ours ? `${(ours[key] / theirs[key]).toFixed(2)}x` : "";
    const cells = [
      ...[count, text.split("\n").length - 1, first.toFixed(0), median.toFixed(0)],
      ...[
        ours?.seconds.toFixed(2),
        ours?.megabytes,
        theirs?.seconds.toFixed(2) ?? "not found",
        theirs?.megabytes ?? "",
      ],
      ...[ratio("seconds"), ratio("megabytes")],
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
  console.log("\n| hostile program | error | ms | peak MB |\n|---|---|---|---|");
  for (const { name, text } of hostile) {
    const file = join(work, "hostile.cue");
    writeFileSync(file, text);
    const { first, code, megabytes } = await inProcess(file, 1);
    console.log(`| ${name} | ${code} | ${first.toFixed(0)} | ${megabytes} |`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** @param {string} file @param {number} times */
async function inProcess(file, times) {
  const run = await measured(process.execPath, [
    "--input-type=module",
    "-e",
    evaluateOften,
    library,
    file,
    String(times),
  ]);
  if (run === undefined) throw new Error("the evaluation did not end well");
  return { ...JSON.parse(run.stdout), megabytes: run.megabytes };
}

/**
 * Wall time and peak memory of a process, as Linux tells it; undefined where it cannot be run.
 *
 * @param {string} command @param {string[]} args
 * @returns {Promise<{ seconds: number, megabytes: number, stdout: string } | undefined>}
 */
function measured(command, args) {
  const start = process.hrtime.bigint();
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  let kilobytes = 0;
  const watch = setInterval(() => {
    const status = existsSync(`/proc/${child.pid}/status`) ? readFileSync(`/proc/${child.pid}/status`, "utf8") : "";
    kilobytes = Math.max(kilobytes, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
  }, 5);
  /** @type {Buffer[]} */
  const output = [];
  child.stdout.on("data", (chunk) => output.push(chunk));
  return new Promise((done) => {
    child.on("error", () => done(undefined));
    child.on("close", (code) => {
      clearInterval(watch);
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      const stdout = Buffer.concat(output).toString();
      done(code === 0 ? { seconds, megabytes: Math.round(kilobytes / 1024), stdout } : undefined);
    });
  }).finally(() => clearInterval(watch));
}
