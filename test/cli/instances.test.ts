import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { failure, startFakeApi } from "../engine/target/kubernetes/fake-api.js";
import { sheaf, tempDir } from "../support/run-cli.js";

let cwd: string;
const run = (line: string, more: Readonly<{ stdin?: string; env?: Record<string, string> }> = {}) =>
  sheaf([...line.split(" "), "--target", "dir:out"], { cwd, ...more });
const ok = async (...args: Parameters<typeof run>) => {
  const result = await run(...args);
  expect(result.code, `${args[0]}: ${result.stderr}`).toBe(0);
  return result.stdout;
};

beforeEach(async () => {
  cwd = tempDir({
    "values.yaml": "values:\n  message: hello @timoni(runtime:string:MESSAGE)\n  replicas: 2\n",
    "more.cue": "values: port: 8080\n",
  });
  await sheaf(["mod", "init", "web"], { cwd });
});

describe("single instances", () => {
  test("are applied, listed, looked at, upgraded and deleted", async () => {
    const env = { MESSAGE: "from-the-environment" };
    const applied = await ok("apply one ./web -n apps -f values.yaml -f more.cue --runtime-from-env", { env });
    expect(applied).toContain("[1/1] install one in apps: web 0.0.0-devel");
    expect(readFileSync(join(cwd, "out/apps/one/apps_v1_deployment_one.yaml"), "utf8")).toContain(
      "from-the-environment",
    );
    expect(JSON.parse(await ok("list -o json"))).toMatchObject([{ name: "one", namespace: "apps", state: "deployed" }]);
    expect(await ok("status one -n apps")).toContain("Deployment/apps/one  current");
    expect(JSON.parse(await ok("status one -n apps -o json"))).toMatchObject({ name: "one", entries: [{}, {}] });
    expect(await ok("inspect module one -n apps")).toMatch(
      /^name: web\nrepository: file:.*\nversion: "0\.0\.0-devel"\ndigest: sha256:/,
    );
    expect(await ok("inspect resources one -n apps")).toBe(
      "KIND        NAME  NAMESPACE  API VERSION\nService     one   apps       v1\nDeployment  one   apps       apps/v1\n",
    );
    expect(await ok("inspect values one -n apps")).toMatch(/^values:\n(?: {2}.*\n)*? {2}message: "\*\*\*"\n/);

    // What is printed is what apply reads.
    const values = await ok("inspect values one -n apps --show-secrets");
    expect(values).toContain("message: from-the-environment");
    writeFileSync(join(cwd, "again.yaml"), values);
    expect(await ok("apply one ./web -n apps -f again.yaml")).toContain("one: 2 unchanged");
    const { code, stdout } = await run("apply one ./web -n apps --diff");
    expect([code, stdout]).toEqual([3, expect.stringContaining("-  replicas: 2\n+  replicas: 1")]);
    expect(await ok("delete one -n apps --dry-run")).toContain("Deployment/apps/one deleted (dry run)");
    expect(await ok("delete one -n apps")).toContain("one: 2 deleted");
    expect(existsSync(join(cwd, "out/apps/one"))).toBe(false);
  });

  test("are not taken from a bundle, unless that is asked for", async () => {
    await ok("bundle apply -f web/bundle.yaml");
    const refused = await run("apply web ./web --set-nothing");
    expect(refused.code).toBe(2);
    const { code, stderr } = await run("apply web ./web");
    expect([code, stderr]).toEqual([1, expect.stringContaining('belongs to bundle "web"; rename the instance')]);
    await ok("upgrade web ./web --overwrite-ownership");
    expect(await ok("list")).toMatch(/^web +default +web +0\.0\.0-devel +- +deployed/m);
    expect((await run("bundle apply -f web/bundle.yaml")).stderr).toContain(
      "belongs to no bundle (it was installed alone)",
    );
  });

  test("take values from several files: later ones win, field by field", async () => {
    const files = {
      "base.yaml": "values:\n  replicas: 1\n  image:\n    repository: ghcr.io/a/b\n    tag: base\n",
      "prod.cue": 'values: {replicas: 3, image: tag: "prod"}\n',
      "last.json": '{"values": {"port": 81}}',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
    const line = ["build", "one", "./web", "-f", "base.yaml", "-f", "prod.cue", "-f", "last.json"];
    const { stdout } = await sheaf(line, { cwd });
    expect(stdout).toContain("replicas: 3\n");
    expect(stdout).toContain("image: ghcr.io/a/b:prod\n");
    expect(stdout).toContain("port: 81\n");
    const bad = await sheaf([...line, "-f", "bad.cue"], { cwd });
    expect([bad.code, bad.stderr]).toEqual([1, expect.stringContaining("bad.cue: there is no such file")]);
  });

  test("are printed as YAML, or as a List in JSON, with secrets or without", async () => {
    const env = { MESSAGE: 'two\nlines of "5ecret"' };
    const build = async (...flags: string[]) => {
      const line = ["build", "one", "./web", "-f", "values.yaml", "--runtime-from-env", ...flags];
      const { code, stdout, stderr } = await sheaf(line, { cwd, env });
      expect([code, stderr]).toEqual([0, ""]);
      return stdout;
    };
    const list = JSON.parse(await build("-o", "json"));
    expect(list).toMatchObject({
      apiVersion: "v1",
      kind: "List",
      items: [{ kind: "Service" }, { kind: "Deployment" }],
    });
    expect(JSON.stringify(list)).toContain("5ecret");
    const documents = await build();
    expect(parseAllDocuments(documents).map((document) => document.toJS())).toEqual(list.items);
    const masked = [await build("--mask-secrets"), await build("-o", "json", "--mask-secrets")];
    expect(masked.join()).not.toContain("5ecret");
    expect(JSON.parse(masked[1] ?? "")).toMatchObject({ items: [{ kind: "Service" }, { kind: "Deployment" }] });
    const clash = await sheaf(["bundle", "build", "-f", "web/bundle.yaml", "-o", "json", "--output-dir", "x"], { cwd });
    expect([clash.code, clash.stderr]).toEqual([2, expect.stringContaining("--output-dir writes YAML files")]);
  });

  test.each([
    { line: "status one", namespace: "team-a" },
    { line: "inspect values one", namespace: "team-a" },
    { line: "delete one", namespace: "team-a" },
    { line: "status one -n other", namespace: "other" },
  ])("$line on a cluster means the namespace $namespace", async ({ line, namespace }) => {
    const api = await startFakeApi(
      ({ path }) => (path === "/version" ? { json: { gitVersion: "v1.35.0" } } : failure(404, "NotFound", "not found")),
      { plain: true },
    );
    onTestFinished(() => api.close());
    const entry = { clusters: [{ name: "c", cluster: { server: api.url } }] };
    const context = { cluster: "c", namespace: "team-a" };
    const config = { ...entry, contexts: [{ name: "c", context }], "current-context": "c" };
    writeFileSync(join(cwd, "kubeconfig"), JSON.stringify(config));
    const { code, stderr } = await sheaf([...line.split(" "), "--kubeconfig", join(cwd, "kubeconfig")], { cwd });
    expect([code, stderr]).toEqual([1, expect.stringContaining(`no instance "one" in namespace "${namespace}"`)]);
  });

  test("go by --digest, and by values from standard input", async () => {
    const values = '{"values": {"replicas": 5}}';
    const built = await sheaf(["build", "one", "./web", "-n", "apps", "-f", "-"], { cwd, stdin: values });
    expect(built.stdout).toContain("replicas: 5");
    await ok("apply one ./web -f -", { stdin: values });
    const { digest } = JSON.parse(await ok("inspect module one -o json"));
    await ok(`apply one ./web --digest ${digest} -f -`, { stdin: values });
    const wrong = await run(`apply one ./web --digest sha256:${"0".repeat(64)}`);
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining(digest)]);
  });

  test.each([
    ["apply one ./nothing", 1, "nothing"],
    ["apply one", 2, "needs more arguments"],
    ["apply one ./web -f bad.yaml", 1, "bad.yaml:2:13: values.replicas: "],
    ["apply one ./web -f list.yaml", 1, "list.yaml:1:9: values: expected an object"],
    ["status one", 1, 'there is no instance "one" in namespace "default"'],
    ["inspect values one", 1, 'there is no instance "one"'],
    ["inspect", 2, "Name what to show"],
    ["delete one", 1, 'there is no instance "one"'],
  ])("%s fails with %d", async (line, code, message) => {
    writeFileSync(join(cwd, "bad.yaml"), "values:\n  replicas: many\n");
    writeFileSync(join(cwd, "list.yaml"), "values: [1]\n");
    const result = await run(line);
    expect(result).toMatchObject({ code, stdout: "", stderr: expect.stringContaining(message) });
    expect(existsSync(join(cwd, "out"))).toBe(false);
  });
});
