import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sheaf, tempDir } from "../support/run-cli.js";

const modules = "oci://ghcr.io/stefanprodan/modules";
const target = ["--target", "dir:./out"];

function bundle(module: string, values: string): string {
  return `bundle: {
  apiVersion: "v1alpha1"
  name: "b"
  instances: "i": {
    module: url: "${modules}/${module}"
    namespace: "flux-system"
    values: ${values}
  }
}
`;
}

describe("a runtime value", () => {
  const secret = 'hunter"two\\zwei';
  const env = { SEC: secret, HN: "true" };
  const patched = bundle(
    "flux-git-sync",
    `{
      git: {url: "https://a/b", path: "./"}
      patches: [{patch: [{op: "add", path: "/data/x", value: string @timoni(runtime:string:SEC)}]}]
    }`,
  );

  test("is masked in JSON that a module makes of it", async () => {
    const cwd = tempDir({ "a.cue": patched });
    const args = ["-f", "a.cue", "--runtime-from-env"];
    const open = await sheaf(["bundle", "build", ...args], { cwd, env });
    expect(open.stdout).toContain("hunter");
    const runs = [
      await sheaf(["bundle", "build", ...args, "--mask-secrets"], { cwd, env }),
      await sheaf(["bundle", "diff", ...args, ...target], { cwd, env }),
      await sheaf(["bundle", "diff", ...args, ...target, "-o", "json"], { cwd, env }),
    ];
    for (const { stdout, stderr } of runs) {
      expect(stdout + stderr).toContain("***");
      expect(stdout + stderr).not.toMatch(/hunter|zwei/);
    }
  });

  test("that is a boolean hides no other one", async () => {
    const cwd = tempDir({ "a.cue": bundle("flux-aio", "hostNetwork: bool @timoni(runtime:bool:HN)") });
    const { stdout } = await sheaf(["bundle", "diff", "-f", "a.cue", "--runtime-from-env", ...target, "-o", "json"], {
      cwd,
      env,
    });
    expect(JSON.parse(stdout)).toMatchObject({ bundle: "b", changed: true });
    expect(stdout).toContain('"hostNetwork": true');
    expect(stdout).not.toContain("***");
  });

  test("of an earlier revision is not shown once the bundle has it no more", async () => {
    const values = (token: string) => bundle("flux-aio", `env: {${token}KEEP: "kept"}`);
    const cwd = tempDir({
      "a.cue": values("TOKEN: string @timoni(runtime:string:TOKEN), "),
      "dropped.cue": values(""),
      "replaced.cue": values('TOKEN: "none", '),
      "unset.cue": values('TOKEN: *"unset" | string @timoni(runtime:string:TOKEN), '),
    });
    const options = { cwd, env: { TOKEN: "old-super-token" } };
    const first = await sheaf(["bundle", "apply", "-f", "a.cue", "--runtime-from-env", ...target], options);
    expect(first).toMatchObject({ code: 0 });
    for (const file of ["dropped.cue", "replaced.cue", "unset.cue"]) {
      const diff = await sheaf(["bundle", "diff", "-f", file, ...target], { cwd });
      expect([file, diff.code]).toEqual([file, 3]);
      expect(diff.stdout).toMatch(/^-.*"\*\*\*"$/m);
      expect(diff.stdout).not.toContain("super");
    }
  });

  test("in an object that is no Secret makes its file its owner's, and the run says so", async () => {
    const cwd = tempDir({ "a.cue": bundle("flux-aio", "env: TOKEN: string @timoni(runtime:string:TOKEN)") });
    const args = ["-f", "a.cue", "--runtime-from-env"];
    const options = { cwd, env: { TOKEN: "super-token" } };
    const run = await sheaf(["bundle", "apply", ...args, ...target], options);
    expect(run.stderr).toContain("Deployment/flux-system/i");
    const folder = join(cwd, "out", "flux-system", "i");
    await sheaf(["bundle", "build", ...args, "--output-dir", "built"], options);
    for (const dir of [folder, join(cwd, "built", "i")]) {
      const files = readdirSync(dir).map((name) => join(dir, name));
      const holding = files.filter((path) => readFileSync(path, "utf8").includes("super-token"));
      expect(holding.length).toBeGreaterThan(0);
      for (const path of holding) expect([path, statSync(path).mode & 0o777]).toEqual([path, 0o600]);
      expect(files.some((path) => (statSync(path).mode & 0o777) === 0o644)).toBe(true);
    }
  });
});

describe("bundle build --output-dir", () => {
  const text = bundle("flux-git-sync", '{git: {url: "https://a/b", path: "./", token: "t0ken"}}');
  const build = (cwd: string) => sheaf(["bundle", "build", "-f", "a.cue", "--output-dir", "out"], { cwd });
  const secretFile = (cwd: string) =>
    join(cwd, "out", "i", readdirSync(join(cwd, "out", "i")).find((name) => name.startsWith("v1_secret")) ?? "");

  test("narrows what was open before, and writes the same again", async () => {
    const cwd = tempDir({ "a.cue": text });
    expect(await build(cwd)).toMatchObject({ code: 0, stdout: "" });
    const path = secretFile(cwd);
    const first = readFileSync(path, "utf8");
    chmodSync(path, 0o644);
    expect(await build(cwd)).toMatchObject({ code: 0 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8")).toBe(first);
  });

  test.each([
    ["another object", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mine}\n"],
    ["other text", "my notes\n"],
  ])("does not overwrite %s", async (_, mine) => {
    const cwd = tempDir({ "a.cue": text });
    await build(cwd);
    const path = secretFile(cwd);
    writeFileSync(path, mine);
    const run = await build(cwd);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("it was not written by sheaf");
    expect(readFileSync(path, "utf8")).toBe(mine);
  });

  test("does not follow a link", async () => {
    const cwd = tempDir({ "a.cue": text, "mine.txt": "mine" });
    await build(cwd);
    const path = secretFile(cwd);
    unlinkSync(path);
    symlinkSync(join(cwd, "mine.txt"), path);
    expect((await build(cwd)).code).toBe(1);
    expect(readFileSync(join(cwd, "mine.txt"), "utf8")).toBe("mine");
  });
});

test("what a record says cannot steer the terminal", async () => {
  const cwd = tempDir({ "a.cue": bundle("flux-tenant", "{}") });
  expect(await sheaf(["bundle", "apply", "-f", "a.cue", ...target], { cwd })).toMatchObject({ code: 0 });
  const path = join(cwd, "out", "flux-system", "i", ".sheaf-record");
  const record: { data: { instance: string } } = JSON.parse(readFileSync(path, "utf8"));
  const instance = Buffer.from(record.data.instance, "base64").toString();
  const hostile = instance.replace('"name":"flux-tenant"', '"name":"m\\u001b[2J\\u001b]0;x\\u0007\\nfake row"');
  expect(hostile).not.toBe(instance);
  record.data.instance = Buffer.from(hostile).toString("base64");
  writeFileSync(path, JSON.stringify(record));
  const list = await sheaf(["list", ...target], { cwd });
  expect(list).toMatchObject({ code: 0 });
  expect(list.stdout).toContain("m\\u001b[2J\\u001b]0;x\\u0007\\nfake row");
  const status = await sheaf(["bundle", "status", "b", ...target], { cwd });
  for (const { stdout, stderr } of [list, status]) expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]|^fake/mu);
});

test("diff and apply --diff agree on what is a change", async () => {
  const values = (more: string) => bundle("flux-git-sync", `git: {url: "https://a/b", path: "./"${more}}`);
  const second = values("").replace('"i": {', '"j": {');
  const cwd = tempDir({ "a.cue": values(""), "written.cue": values(', ref: "refs/heads/main"'), "b.cue": second });
  const codes = async (file: string) => {
    const diff = await sheaf(["bundle", "diff", "-f", file, ...target], { cwd });
    const apply = await sheaf(["bundle", "apply", "--diff", "-f", file, ...target], { cwd });
    return [diff.code, apply.code];
  };
  expect(await codes("a.cue")).toEqual([3, 3]);
  await sheaf(["bundle", "apply", "-f", "a.cue", ...target], { cwd });
  expect(await codes("a.cue")).toEqual([0, 0]);
  expect(await codes("written.cue")).toEqual([0, 0]);
  const { stderr } = await sheaf(["bundle", "diff", "-f", "b.cue", ...target], { cwd });
  expect(stderr).toContain("note: instance i in flux-system belongs to this bundle, but its file no longer names it");
});
