import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderOf, moduleTexts } from "../engine/module/fake-modules.js";
import { sheaf, tempDir } from "../support/run-cli.js";

const target = ["--target", "dir:./out"];

function bundleOf(...instances: readonly string[]): string {
  const entries = instances.map((name) => `    ${name}: {module: {url: "file://./app"}, namespace: apps, values: {}}`);
  return `bundle:\n  apiVersion: v1alpha1\n  name: web\n  instances:\n${entries.join("\n")}\n`;
}

async function project(): Promise<string> {
  const cwd = tempDir({ "bundle.yaml": bundleOf("one", "two") });
  await folderOf(join(cwd, "app"), moduleTexts("app"));
  return cwd;
}

const run = (cwd: string, ...line: string[]) => sheaf([...line, ...target], { cwd });
const apply = (cwd: string, ...flags: string[]) => run(cwd, "bundle", "apply", "-f", "bundle.yaml", ...flags);

test("bundle status has the exit code 1 where an object is absent", async () => {
  const cwd = await project();
  await apply(cwd);
  expect(await run(cwd, "bundle", "status", "web")).toMatchObject({ code: 0, stderr: "" });
  const folder = join(cwd, "out/apps/one");
  for (const name of readdirSync(folder)) if (name.includes("configmap")) rmSync(join(folder, name));
  const status = await run(cwd, "bundle", "status", "web");
  expect(status).toMatchObject({ code: 1, stderr: "1 object is absent or failed\n" });
  expect(status.stdout).toMatch(/ConfigMap\/one +absent/);
});

test("instances that the file no longer names are told, and deleted on request", async () => {
  const cwd = await project();
  await apply(cwd);
  writeFileSync(join(cwd, "bundle.yaml"), bundleOf("one"));
  const kept = await apply(cwd);
  expect(kept.stdout).toContain("note: instance two in apps belongs to this bundle, but its file no longer names it");
  expect(kept.stdout).toContain("it is left as it is (--prune-instances deletes it)");
  expect(await run(cwd, "bundle", "diff", "-f", "bundle.yaml")).toMatchObject({ code: 0, stdout: "" });
  const diff = await run(cwd, "bundle", "diff", "-f", "bundle.yaml", "--prune-instances");
  expect(diff).toMatchObject({ code: 3, stdout: expect.stringContaining("+++ (deleted)") });
  const pruned = await apply(cwd, "--prune-instances");
  expect(pruned).toMatchObject({ code: 0, stdout: expect.stringContaining("ConfigMap/two deleted") });
  expect(readdirSync(join(cwd, "out/apps"))).not.toContain("two");
});

test("an atomic apply stops before its first write where it could not go back", async () => {
  const cwd = await project();
  const env = { XDG_CACHE_HOME: join(cwd, "cache") };
  const atomic = () =>
    sheaf(["bundle", "apply", "-f", "bundle.yaml", "--atomic", ...target], { cwd, env: { HOME: cwd, ...env } });
  expect(await atomic()).toMatchObject({ code: 0 });
  await folderOf(join(cwd, "app"), moduleTexts("app", 'x: "2"'));
  expect(await atomic()).toMatchObject({ code: 0, stderr: expect.not.stringContaining("cannot go back") });

  await folderOf(join(cwd, "app"), moduleTexts("app", 'x: "3"'));
  rmSync(join(cwd, "cache"), { recursive: true });
  const refused = await atomic();
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('instance "one": cannot go back to the recorded revision (app 0.0.0-devel)');
});

test("an atomic apply over a record of Timoni goes back with the same version of the built-in catalog", async () => {
  const text = (size: number) => `bundle: {
  apiVersion: "v1alpha1"
  name: "t"
  instances: team: {
    module: url: "oci://ghcr.io/stefanprodan/modules/flux-tenant"
    namespace: "apps"
    values: resourceQuota: kustomizations: ${size}
  }
}
`;
  const cwd = tempDir({ "a.cue": text(100), "b.cue": text(7) });
  const applied = await run(cwd, "bundle", "apply", "-f", "a.cue");
  expect(applied.code, applied.stderr).toBe(0);
  const path = join(cwd, "out/apps/team/.sheaf-record");
  const record: { data: { instance: string } } = JSON.parse(readFileSync(path, "utf8"));
  const instance = JSON.parse(Buffer.from(record.data.instance, "base64").toString());
  // Timoni's digest is that of its own module, and its values are CUE.
  instance.module.digest = `sha256:${"0".repeat(64)}`;
  instance.values = instance.values.replace(/^\{/, "{ // by Timoni\n");
  record.data.instance = Buffer.from(JSON.stringify(instance)).toString("base64");
  writeFileSync(path, JSON.stringify(record));
  const upgraded = await run(cwd, "bundle", "apply", "-f", "b.cue", "--atomic");
  expect(upgraded.code, upgraded.stderr).toBe(0);
  expect(upgraded.stdout).toMatch(
    /the recorded digest sha256:0{64} is not to be had; on failure \S+ goes back in with/,
  );
});

test("--no-create-namespace makes none", async () => {
  const cwd = await project();
  const applied = await apply(cwd, "--no-create-namespace");
  expect(applied).toMatchObject({ code: 0 });
  expect(existsSync(join(cwd, "out/apps/v1_namespace_apps.yaml"))).toBe(false);
});
