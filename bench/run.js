// Whole-process times and peak memory of what people wait for, each as a ratio to `node -e 0` in the same run.
//
//   npm run bench            15 rounds
//   npm run bench -- --quick 3 rounds
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const rounds = process.argv.includes("--quick") ? 3 : 15;
const work = mkdtempSync(join(tmpdir(), "sheaf-bench-"));
const hundred = join(work, "hundred.cue");
writeFileSync(hundred, bundleOf(100));

const sheaf = join(root, "bin", "sheaf.js");
const fixture = (/** @type {string} */ name) => join(root, "test", "fixtures", "seeds", name);
const cases = [
  { name: "node -e 0", args: ["-e", "0"] },
  { name: "sheaf --version", args: [sheaf, "--version"], goal: "1.5x" },
  { name: "bundle build, git-sync", args: [sheaf, "bundle", "build", "-f", fixture("git-sync-public.cue")] },
  { name: "bundle build, flux-aio", args: [sheaf, "bundle", "build", "-f", fixture("flux-aio.cue")], goal: "0.35 s" },
  { name: "bundle build, 100 instances", args: [sheaf, "bundle", "build", "-f", hundred], goal: "0.7 s" },
  { name: "the same, not checked", args: [sheaf, "bundle", "build", "--no-validate", "-f", hundred] },
  {
    name: "bundle apply, flux-aio, new folder",
    args: [sheaf, "bundle", "apply", "-f", fixture("flux-aio.cue"), "--target"],
    folder: () => `dir:${mkdtempSync(join(work, "target-"))}`,
  },
];

try {
  const times = cases.map(() => /** @type {number[]} */ ([]));
  // Round by round, so that a slow moment of the machine meets every case.
  for (let round = 0; round <= rounds; round++) {
    cases.forEach((each, i) => {
      const start = process.hrtime.bigint();
      run(each);
      if (round > 0) times[i]?.push(Number(process.hrtime.bigint() - start) / 1e6);
    });
  }
  const base = median(times[0] ?? []);
  console.log("| command | median ms | min ms | ratio to node | peak MB | goal |\n|---|---|---|---|---|---|");
  cases.forEach((each, i) => {
    const found = times[i] ?? [];
    const [mid, least] = [median(found), Math.min(...found)];
    const cells = [
      each.name,
      mid.toFixed(0),
      least.toFixed(0),
      `${(mid / base).toFixed(2)}x`,
      peakMegabytes(each),
      each.goal ?? "",
    ];
    console.log(`| ${cells.join(" | ")} |`);
  });
} finally {
  rmSync(work, { recursive: true, force: true });
}

/**
 * @param {{ args: string[], folder?: () => string }} each
 * @param {NodeJS.ProcessEnv} [env]
 */
function run(each, env = process.env) {
  const args = each.folder === undefined ? each.args : [...each.args, each.folder()];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${args.join(" ")} exited with ${status}: ${stderr}`);
  return { stdout: stdout.toString(), stderr: stderr.toString() };
}

/** @param {{ args: string[], folder?: () => string }} each */
function peakMegabytes(each) {
  const report = "process.on('exit',()=>process.stderr.write('\\npeak '+process.resourceUsage().maxRSS+'\\n'))";
  const env = { ...process.env, NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(report)}` };
  const kilobytes = /\npeak (\d+)\n$/.exec(run(each, env).stderr)?.[1];
  return (Number(kilobytes) / 1024).toFixed(0);
}

/** @param {number[]} numbers */
function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

/** A bundle of Git syncs, each with names and paths of its own. @param {number} count */
function bundleOf(count) {
  const instances = Array.from(
    { length: count },
    (_, i) => `    "app-${i}": {
      module: url: "oci://ghcr.io/stefanprodan/modules/flux-git-sync"
      namespace: "flux-system"
      values: {
        git: {
          url:  "https://github.com/org/app-${i}"
          ref:  "refs/heads/main"
          path: "./deploy/${i}"
        }
        sync: targetNamespace: "app-${i}"
      }
    }`,
  );
  return `bundle: {\n  apiVersion: "v1alpha1"\n  name: "hundred"\n  instances: {\n${instances.join("\n")}\n  }\n}\n`;
}
