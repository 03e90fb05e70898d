// Whole-process times of the OCI commands against docker-registry, each as a ratio to skopeo doing the same in the same run.
// Needs Debian's docker-registry and skopeo.
//
//   npm run bench:registry            15 rounds
//   npm run bench:registry -- --quick 3 rounds
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const rounds = process.argv.includes("--quick") ? 3 : 15;
const work = mkdtempSync(join(tmpdir(), "sheaf-bench-"));
const catalog = join(root, "dist", "catalog");
const [module, version] = ["flux-aio", "2.9.4-0"];

const host = `127.0.0.1:${await freePort()}`;
const config = `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${work}/data}}\nhttp: {addr: "${host}"}\n`;
writeFileSync(join(work, "registry.yml"), config);
const registry = spawn("docker-registry", ["serve", join(work, "registry.yml")], { stdio: "ignore" });

let round = 0;
const fresh = () => join(work, `out-${round}-${Math.random().toString(36).slice(2)}`);
const sheaf = (/** @type {string[]} */ ...args) => [
  process.execPath,
  join(root, "bin", "sheaf.js"),
  ...args,
  "--registry-insecure",
];
const skopeo = (/** @type {string[]} */ ...args) => ["skopeo", ...args];
const copy = ["copy", "-q", "--insecure-policy", "--src-tls-verify=false", "--dest-tls-verify=false"];
const [cold, warm] = [join(work, "cold"), join(work, "warm")];
const cases = [
  {
    name: `push ${module}`,
    ours: () => sheaf("mod", "push", `oci-layout:${catalog}/${module}`, `oci://${host}/ours/${round}`, "-v", version),
    theirs: () => skopeo(...copy, `oci:${catalog}:${module}:${version}`, `docker://${host}/theirs/${round}:${version}`),
  },
  {
    name: `pull ${module}, cold`,
    before: () => rmSync(cold, { recursive: true, force: true }),
    ours: () => sheaf("mod", "pull", `oci://${host}/bench`, "-v", version, "-o", fresh()),
    theirs: () => skopeo(...copy, `docker://${host}/bench:${version}`, `dir:${fresh()}`),
    cache: cold,
  },
  {
    name: `pull ${module}, cached`,
    ours: () => sheaf("mod", "pull", `oci://${host}/bench`, "-v", version, "-o", fresh()),
    theirs: () => skopeo(...copy, `docker://${host}/bench:${version}`, `dir:${fresh()}`),
    cache: warm,
  },
  {
    name: "list 1,000 tags",
    ours: () => sheaf("mod", "list", `oci://${host}/bench`, "--with-digest=false"),
    theirs: () => skopeo("list-tags", "--tls-verify=false", `docker://${host}/bench`),
  },
];

try {
  await prepare();
  const times = cases.map(() => ({ ours: /** @type {number[]} */ ([]), theirs: /** @type {number[]} */ ([]) }));
  // Round by round, so that a slow moment of the machine meets every case.
  for (round = 0; round <= rounds; round++) {
    cases.forEach((each, i) => {
      each.before?.();
      for (const who of /** @type {const} */ (["ours", "theirs"])) {
        const took = time(each[who](), each.cache);
        if (round > 0) times[i]?.[who].push(took);
      }
    });
  }
  console.log("| command | sheaf, median ms | skopeo, median ms | ratio |\n|---|---|---|---|");
  cases.forEach((each, i) => {
    const [ours, theirs] = [median(times[i]?.ours ?? []), median(times[i]?.theirs ?? [])];
    console.log(`| ${each.name} | ${ours.toFixed(0)} | ${theirs.toFixed(0)} | ${(ours / theirs).toFixed(2)}x |`);
  });
} finally {
  registry.kill();
  rmSync(work, { recursive: true, force: true });
}

/** A repository with 1,000 versions, which all are the same artifact. */
async function prepare() {
  for (let i = 0; i < 100; i++) {
    if (
      await fetch(`http://${host}/v2/`).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      break;
    await sleep(50);
  }
  time(skopeo(...copy, `oci:${catalog}:${module}:${version}`, `docker://${host}/bench:${version}`));
  const headers = { accept: "application/vnd.oci.image.manifest.v1+json" };
  const answer = await fetch(`http://${host}/v2/bench/manifests/${version}`, { headers });
  const [type, body] = [answer.headers.get("content-type") ?? "", await answer.text()];
  for (let i = 1; i < 1000; i++) {
    await fetch(`http://${host}/v2/bench/manifests/1.0.${i}`, {
      method: "PUT",
      headers: { "content-type": type },
      body,
    });
  }
}

/** @param {string[]} command @param {string} [cache] */
function time([program = "", ...args], cache = warm) {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(program, args, {
    env: { ...process.env, XDG_CACHE_HOME: cache },
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} exited with ${status}: ${stderr}`);
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return address === null || typeof address === "string" ? 0 : address.port;
}

/** @param {number[]} numbers */
function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
