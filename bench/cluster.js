// What bundles cost a real API server: wall time and requests of whole commands, beside kubectl doing the same with the same
// objects. Builds the control plane of the end-to-end tests where it is missing (Go 1.26). Needs kubectl.
//
//   npm run bench:cluster            5 rounds; what takes kubectl minutes, once
//   npm run bench:cluster -- --quick 1 round
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const rounds = process.argv.includes("--quick") ? 1 : 5;
const work = mkdtempSync(join(tmpdir(), "sheaf-bench-"));
process.once("exit", () => rmSync(work, { recursive: true, force: true }));
// The servers end with this process, whatever ends it; its folder needs an orderly end.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
const { startControlPlane, startStandIns, buildControlPlane, users } = await controlPlane();
const binDir = await buildControlPlane(join(homedir(), ".cache", "sheaf-e2e"), console.error);
const plane = await startControlPlane(binDir, work, join(root, "test/fixtures/tls/ca.pem"));
const ca = readFileSync(plane.caFile, "utf8");
const stopStandIns = startStandIns({ server: plane.server, ca, token: users.admin.token });

const env = { PATH: process.env.PATH, HOME: work, KUBECONFIG: plane.kubeconfig, DEVTEAM_TOKEN: "t" };
const sheaf = (/** @type {string[]} */ ...args) => [process.execPath, join(root, "bin/sheaf.js"), ...args];
const server = ["kubectl", "apply", "--server-side", "--force-conflicts", "-f"];

const flux = join(root, "test/fixtures/seeds/flux-aio.cue");
// Nothing makes its custom resources ready here.
const tenant = ["-f", join(root, "test/fixtures/seeds/tenant.cue"), "--runtime-from-env", "--wait=false"];
const many = manyObjects(1000);
const fluxManifest = manifestOf(flux);
const manyManifest = manifestOf(many);
/** @type {{ name: string, args: string[], agent?: string, quiet?: number, once?: boolean }[]} In turn: each builds on what those before it have left. */
const cases = [
  { name: "flux-aio: install, wait", args: sheaf("bundle", "apply", "-f", flux, "--timeout", "60s") },
  { name: "flux-aio: apply again at once", args: sheaf("bundle", "apply", "-f", flux, "--timeout", "60s") },
  { name: "flux-aio: apply again later", args: sheaf("bundle", "apply", "-f", flux, "--timeout", "60s"), quiet: 3100 },
  { name: "flux-aio: dry run", args: sheaf("bundle", "apply", "-f", flux, "--dry-run") },
  { name: "tenant: install", args: sheaf("bundle", "apply", ...tenant) },
  { name: "tenant: delete, wait", args: sheaf("bundle", "delete", "dev-team") },
  { name: "tenant: install while its namespace goes", args: sheaf("bundle", "apply", ...tenant) },
  { name: "tenant: delete, do not wait", args: sheaf("bundle", "delete", "dev-team", "--wait=false") },
  { name: "flux-aio: delete, wait", args: sheaf("bundle", "delete", "flux-aio") },
  // kubectl does not wait for a namespace that is going.
  { name: "kubectl: install", args: [...server, fluxManifest], quiet: 10_000 },
  { name: "kubectl: apply again", args: [...server, fluxManifest] },
  { name: "kubectl: delete, wait", args: ["kubectl", "delete", "-f", fluxManifest] },
  { name: "1000 objects: install", args: sheaf("bundle", "apply", "-f", many) },
  { name: "1000 objects: apply again later", args: sheaf("bundle", "apply", "-f", many), quiet: 3100 },
  { name: "1000 objects: delete, wait", args: sheaf("bundle", "delete", "many") },
  { name: "kubectl, 1000 objects: install", args: [...server, manyManifest], once: true, quiet: 10_000 },
  { name: "kubectl, 1000 objects: apply again", args: [...server, manyManifest], once: true },
  { name: "kubectl, 1000 objects: delete, wait", args: ["kubectl", "delete", "-f", manyManifest], once: true },
];

try {
  const found = cases.map(() => /** @type {{ ms: number, requests: number, writes: number, mb: number }[]} */ ([]));
  for (let round = 0; round < rounds; round++) {
    for (const [index, each] of cases.entries()) {
      if (round > 0 && each.once) continue;
      await sleep(each.quiet ?? 0);
      const result = await measure(each);
      found[index]?.push(result);
      console.error(`${each.name}: ${(result.ms / 1000).toFixed(2)} s`);
    }
  }
  console.log("| run | median s | requests | writes | peak MB |\n|---|---|---|---|---|");
  for (const [index, { name }] of cases.entries()) {
    const all = found[index] ?? [];
    const middle = (/** @type {"ms" | "requests" | "writes" | "mb"} */ what) =>
      all.map((each) => each[what]).toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;
    console.log(
      `| ${name} | ${(middle("ms") / 1000).toFixed(2)} | ${middle("requests")} | ${middle("writes")} | ${middle("mb").toFixed(0)} |`,
    );
  }
} finally {
  await stopStandIns();
  await plane.stop();
}
process.exit();

/** @param {{ name: string, args: string[] }} each */
async function measure({ name, args }) {
  const from = statSync(plane.auditLog).size;
  const start = performance.now();
  // The stand-ins of kubelets run in this process: it must not block.
  const stderr = await run(name, ["time", "-f", "peak %M", ...args]);
  const ms = performance.now() - start;
  const mb = Number(/peak (\d+)\n$/.exec(stderr)?.[1] ?? Number.NaN) / 1024;
  await sleep(300); // the audit log is written a little later
  const agent = args[0] === "kubectl" ? "kubectl" : "sheaf";
  const events = readFileSync(plane.auditLog)
    .subarray(from)
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))
    .filter(({ userAgent = "" }) => userAgent.startsWith(agent));
  const writes = events.filter(
    ({ verb, requestURI }) => /^(create|update|patch|delete)/.test(verb) && !requestURI.includes("dryRun="),
  );
  return { ms, requests: events.length, writes: writes.length, mb };
}

/** @param {string} name @param {string[]} command @returns {Promise<string>} What it wrote to stderr */
function run(name, [command = "", ...args]) {
  return new Promise((done, fail) => {
    execFile(command, args, { env, maxBuffer: 1 << 28 }, (error, _stdout, stderr) => {
      if (error === null) done(stderr);
      else fail(new Error(`${name}: ${stderr}`));
    });
  });
}

/** The objects of a bundle as kubectl takes them. @param {string} file */
function manifestOf(file) {
  const [command = "", ...args] = sheaf("bundle", "build", "-f", file);
  const { status, stdout, stderr } = spawnSync(command, args, { env, maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`bundle build: ${stderr}`);
  const path = join(work, `${file.split("/").at(-1)}.yaml`);
  writeFileSync(path, stdout);
  return path;
}

/** A bundle of ten instances with ConfigMaps, and their namespace. @param {number} count */
function manyObjects(count) {
  const folder = join(work, "maps");
  mkdirSync(join(folder, "templates"), { recursive: true });
  const metadata = "metadata:\n  name: {{@root.instance.name}}-{{name}}\n  namespace: {{@root.instance.namespace}}\n";
  writeFileSync(
    join(folder, "module.yaml"),
    "apiVersion: sheaf/v1\nkind: Module\nname: maps\ndescription: Many ConfigMaps\n",
  );
  writeFileSync(
    join(folder, "values.schema.json"),
    JSON.stringify({
      type: "object",
      additionalProperties: false,
      properties: { names: { type: "array", items: { type: "string" }, default: [] } },
    }),
  );
  writeFileSync(
    join(folder, "templates/maps.yaml"),
    `{{#each values.names as |name|}}\n---\napiVersion: v1\nkind: ConfigMap\n${metadata}data:\n  text: "{{name}}"\n{{/each}}\n`,
  );
  writeFileSync(
    join(folder, "templates/namespace.yaml"),
    '{{#if (eq instance.name "app-0")}}\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: many\n{{/if}}\n',
  );
  const instances = Array.from({ length: 10 }, (_, i) => [
    `app-${i}`,
    {
      module: { url: `file://${folder}` },
      namespace: "many",
      values: { names: Array.from({ length: count / 10 }, (_, n) => `map-${n}`) },
    },
  ]);
  const path = join(work, "many.json");
  writeFileSync(
    path,
    JSON.stringify({ bundle: { apiVersion: "v1alpha1", name: "many", instances: Object.fromEntries(instances) } }),
  );
  return path;
}

/** The end-to-end tests' control plane, which is TypeScript. */
async function controlPlane() {
  const outfile = join(root, "node_modules", ".cache", `sheaf-bench-${process.pid}.mjs`);
  const names = ["build", "stand-ins", "start"].map((name) => `export * from "./test/e2e/control-plane/${name}.ts";`);
  const stdin = { contents: names.join("\n"), resolveDir: root };
  await build({ stdin, outfile, bundle: true, platform: "node", format: "esm", packages: "external" });
  try {
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(outfile);
  }
}
