import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const exec = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");
const dir = mkdtempSync(join(tmpdir(), "sheaf-package-"));
const empty = join(dir, "project");
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Runs a command in the project, in an empty home; npm may not use the network. */
async function run(command: string, ...args: string[]): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: dir, npm_config_offline: "true", npm_config_cache: join(dir, "cache") };
  return (await exec(command, args, { cwd: empty, env, maxBuffer: 2 ** 28 })).stdout;
}

beforeAll(async () => {
  mkdirSync(empty);
  // `--ignore-scripts`: the command was built by the set-up of the suites.
  const { stdout } = await exec("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", dir], {
    cwd: root,
    maxBuffer: 2 ** 26,
  });
  const [{ filename }]: [{ filename: string }] = JSON.parse(stdout);
  expect(statSync(join(dir, filename)).size).toBeLessThan(5_000_000);
  writeFileSync(join(empty, "package.json"), '{"type": "module", "private": true}');
  cpSync(join(root, "examples/flux-aio.cue"), join(empty, "flux-aio.cue"));
  await run("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", join(dir, filename));
});

test("the packed command says its version and builds Flux, without network and install scripts", async () => {
  const { version }: { version: string } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(await run("npx", "sheaf", "--version")).toBe(`${version}\n`);
  expect(await run("npx", "sheaf", "bundle", "build", "-f", "flux-aio.cue")).toMatch(/^kind: Deployment$/m);
  const [module, values] = [{ url: "oci://ghcr.io/stefanprodan/modules/flux-tenant" }, { role: "namespace-admin" }];
  const bundle = { apiVersion: "v1alpha1", name: "a", instances: { a: { module, namespace: "a", values } } };
  writeFileSync(join(empty, "a.json"), JSON.stringify({ bundle }));
  writeFileSync(
    join(empty, "b.yaml"),
    "bundle:\n  instances:\n    a:\n      values:\n        fluxServiceAccount: mine\n",
  );
  expect(await run("npx", "sheaf", "bundle", "build", "-f", "a.json", "-f", "b.yaml")).toMatch(/^ {2}name: mine$/m);
});

test("--env-file is sheaf's, not Node's", async () => {
  // Not through npx, which is a program of Node too and meets the option first.
  writeFileSync(join(empty, ".env"), "NODE_OPTIONS=--require=./evil.cjs\n");
  writeFileSync(join(empty, "evil.cjs"), 'require("node:fs").writeFileSync("evil", "")');
  expect(
    await run("./node_modules/.bin/sheaf", "eval", "flux-aio.cue", "--env-file", ".env", "-e", "bundle.name"),
  ).toBe("flux-aio\n");
  expect(existsSync(join(empty, "evil"))).toBe(false);
  await expect(run("./node_modules/.bin/sheaf", "eval", "flux-aio.cue", "--env-file", ".nope")).rejects.toThrow(
    ".nope: there is no such file",
  );
});

test("a reader that stops reading does not stop an apply", async () => {
  await run("sh", "-c", "npx sheaf bundle apply -f flux-aio.cue --target dir:piped | head -1");
  expect(await run("npx", "sheaf", "bundle", "apply", "-f", "flux-aio.cue", "--target", "dir:piped")).toContain(
    "21 unchanged",
  );
});

test("the program of the README is type-checked against the packed library, and works", async () => {
  const [, program = ""] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
  writeFileSync(join(empty, "program.ts"), program);
  // Node's types come with the project that uses the library.
  cpSync(join(root, "node_modules/@types/node"), join(empty, "node_modules/@types/node"), { recursive: true });
  cpSync(join(root, "node_modules/undici-types"), join(empty, "node_modules/undici-types"), { recursive: true });
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  await run(
    process.execPath,
    tsc,
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2023",
    "--types",
    "node",
    "program.ts",
  );
  expect(await run(process.execPath, "program.js")).toContain("flux: 21 created");
});
