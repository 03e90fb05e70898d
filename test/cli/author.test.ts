import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sheaf, tempDir } from "../support/run-cli.js";

/** Changes a file of the project. */
function edit(cwd: string, file: string, from: string, to: string): void {
  const path = join(cwd, file);
  const before = readFileSync(path, "utf8");
  expect(before).toContain(from);
  writeFileSync(path, before.replace(from, to));
}

/** An author's first hour: each step goes on from the one before it, and each mistake is told with what would be right. */
test("from mod init to an upgrade", async () => {
  const cwd = tempDir({});
  const run = (...line: string[]) => sheaf(line, { cwd });
  const fine = { code: 0, stderr: "" };

  expect(await run("mod", "init", "hello")).toMatchObject({ code: 0, stdout: "module hello written to hello\n" });
  expect(await run("mod", "vet", "hello")).toMatchObject({ ...fine, stdout: expect.stringContaining("is valid") });
  expect(await run("mod", "test", "hello")).toMatchObject({
    ...fine,
    stdout: expect.stringContaining("3 tests passed"),
  });

  // A misspelled option, a misspelled field and a wrong type, all at once and at their places.
  edit(cwd, "hello/templates/deployment.yaml", "replicas: {{values.replicas}}", "replica: {{values.replicas}}");
  edit(cwd, "hello/templates/service.yaml", "port: {{values.port}}", 'port: "{{values.port}}"');
  const wrong = await run("mod", "vet", "hello");
  expect(wrong).toMatchObject({ code: 1, stdout: "" });
  expect(wrong.stderr).toContain(
    "hello/templates/deployment.yaml:7:3: Deployment/default/hello: spec.replica: unknown field; did you mean replicas?",
  );
  expect(wrong.stderr).toContain("    7 |   replica: {{values.replicas}}");
  expect(wrong.stderr).toContain(
    'hello/templates/service.yaml:11:7: Service/default/hello: spec.ports.0.port: expected an integer (leave the quotes out); found "80"',
  );
  edit(cwd, "hello/templates/deployment.yaml", "replica: {{values.replicas}}", "replicas: {{values.replcas}}");
  edit(cwd, "hello/templates/service.yaml", 'port: "{{values.port}}"', "port: {{values.port}}");
  const lost = await run("mod", "vet", "hello");
  expect(lost.stderr).toMatch(/deployment.yaml:7:13: values.replcas is undefined; did you mean replicas\?/);
  edit(cwd, "hello/templates/deployment.yaml", "values.replcas", "values.replicas");

  // With values of one's own.
  writeFileSync(join(cwd, "values.yaml"), "values:\n  replicas: 3\n  prot: 80\n");
  const misnamed = await run("mod", "vet", "hello", "-f", "values.yaml");
  expect([misnamed.code, misnamed.stderr]).toEqual([
    1,
    expect.stringContaining("values.yaml:3:3: values.prot: unknown field; did you mean port?"),
  ]);
  edit(cwd, "values.yaml", "prot", "port");
  expect(await run("mod", "vet", "hello", "-f", "values.yaml")).toMatchObject({
    ...fine,
    stdout: "module hello is valid: 2 objects with these values\n",
  });

  // A new option: the test that it has a use, the README that it is told.
  const option =
    '"host": { "description": "The host of the page.", "type": "string", "default": "localhost" },\n    "replicas": {';
  edit(cwd, "hello/values.schema.json", '"replicas": {', option);
  expect((await run("mod", "vet", "hello")).stderr).toBe(
    "warning: hello/values.schema.json:6:13: no template uses values.host; use it, or take the option away\n",
  );
  edit(cwd, "hello/tests/hello.yaml", "spec: { replicas: 1 }", "spec: { replicas: 2 }");
  const failed = await run("mod", "test", "hello");
  expect(failed.code).toBe(1);
  expect(failed.stdout).toContain(
    "failed hello.yaml: defaults\n    Deployment/hello: spec.replicas: expected 2, found 1\n",
  );
  expect(failed.stdout).toContain("1 test of 3 failed");
  edit(cwd, "hello/tests/hello.yaml", "spec: { replicas: 2 }", "spec: { replicas: 1 }");
  expect(await run("mod", "docs", "hello", "--check")).toMatchObject({ code: 3, stderr: /run sheaf mod docs/ });
  expect(await run("mod", "docs", "hello")).toMatchObject(fine);
  expect(readFileSync(join(cwd, "hello/README.md"), "utf8")).toContain('| `host` | string | `"localhost"` |');

  // Snapshots: written on request, compared from then on.
  edit(cwd, "hello/tests/hello.yaml", "count: 2", "snapshot: true");
  expect((await run("mod", "test", "hello")).stdout).toContain(
    "there is no snapshot yet; sheaf mod test --update writes",
  );
  expect(await run("mod", "test", "hello", "--update")).toMatchObject(fine);
  edit(cwd, "hello/templates/service.yaml", "name: http", "name: web");
  const changed = await run("mod", "test", "hello");
  expect(changed.stdout).toMatch(/-\s+- name: http\n\s+\+\s+- name: web/);
  expect(await run("mod", "test", "hello", "--update")).toMatchObject(fine);

  const tests = join(cwd, "hello/tests");
  const namesake = (name: string) => `  - name: ${name}\n    instance: { namespace: web }\n    snapshot: true\n`;
  writeFileSync(join(tests, "twice.yaml"), `tests:\n${namesake("a b")}${namesake("a-b")}`);
  expect(await run("mod", "test", "hello", "--update")).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('tests/snapshots/twice.a-b.yaml is that of the test "a b": give one another name'),
  });
  rmSync(join(tests, "twice.yaml"));

  // Published, used in a bundle, and upgraded.
  const place = "oci-layout:./registry/hello";
  expect(await run("mod", "push", "hello", place, "-v", "1.0.0")).toMatchObject({ code: 0 });
  const bundle = (version: string, values: string) =>
    `bundle:\n  apiVersion: v1alpha1\n  name: site\n  instances:\n    site:\n      module: {url: "${place}", version: ${version}}\n` +
    `      namespace: web\n      values: ${values}\n`;
  writeFileSync(join(cwd, "site.yaml"), bundle("1.0.0", "{ replicas: 2, hots: a }"));
  const misspelled = await run("bundle", "vet", "-f", "site.yaml");
  expect(misspelled.stderr).toContain(
    "site.yaml:8:30: bundle.instances.site.values.hots: unknown field; did you mean host?",
  );
  writeFileSync(join(cwd, "site.yaml"), bundle("1.0.0", "{ replicas: 2 }"));
  const target = ["--target", "dir:./cluster"];
  expect(await run("bundle", "apply", "-f", "site.yaml", ...target)).toMatchObject({ code: 0 });
  edit(cwd, "hello/templates/service.yaml", "name: web", "name: http");
  expect(await run("mod", "push", "hello", place, "-v", "1.1.0")).toMatchObject({ code: 0 });
  writeFileSync(join(cwd, "site.yaml"), bundle("1.1.0", "{ replicas: 2 }"));
  const diff = await run("bundle", "diff", "-f", "site.yaml", ...target);
  expect(diff).toMatchObject({ code: 3, stdout: expect.stringMatching(/-\s+- name: web\n\+\s+- name: http/) });
  expect(await run("bundle", "apply", "-f", "site.yaml", ...target)).toMatchObject({ code: 0 });
  expect(await run("bundle", "diff", "-f", "site.yaml", ...target)).toMatchObject({ code: 0 });
  expect(await run("bundle", "schema", "-f", "site.yaml", "-o", "site.schema.json")).toMatchObject(fine);
  expect(readFileSync(join(cwd, "site.schema.json"), "utf8")).toContain('"hello@1.1.0"');
}, 60_000);

test("what is wrong with an object of one's own values is told without what the runtime gave", async () => {
  const cwd = tempDir({ "values.yaml": "values:\n  port: 1 @timoni(runtime:number:PORT)\n" });
  await sheaf(["mod", "init", "hello"], { cwd });
  edit(cwd, "hello/templates/service.yaml", "port: {{values.port}}", 'port: "{{values.port}}"');
  const args = ["mod", "vet", "hello", "-f", "values.yaml", "--runtime-from-env"];
  const { code, stdout, stderr } = await sheaf(args, { cwd, env: { PORT: "41234" } });
  expect([code, stdout, stderr]).toEqual([
    1,
    "",
    expect.stringContaining('expected an integer (leave the quotes out); found "***"'),
  ]);
  expect(stderr).not.toContain("41234");
});

test("what a Kubernetes version does not have is told for that version", async () => {
  const cwd = tempDir({});
  await sheaf(["mod", "init", "hello"], { cwd });
  edit(cwd, "hello/templates/deployment.yaml", "- name: app", "- name: app\n          restartPolicyRules: []");
  expect(await sheaf(["mod", "vet", "hello"], { cwd })).toMatchObject({ code: 0 });
  expect(await sheaf(["mod", "vet", "hello", "--kube-version", "1.31"], { cwd })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("this field is there from Kubernetes 1.34 on, and the version wanted is 1.31"),
  });
  for (const command of ["mod vet hello", "bundle vet -f hello/bundle.yaml"]) {
    expect(await sheaf([...command.split(" "), "--kube-version", "1.99"], { cwd })).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(
        /^warning: Kubernetes 1\.99 is not known here \(1\.31 to 1\.36 are\): objects are checked against 1\.36\n/,
      ),
    });
  }
  expect(await sheaf(["mod", "vet", "hello", "--kube-version", "new"], { cwd })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("write for example 1.35 or 1.35.2"),
  });
});
