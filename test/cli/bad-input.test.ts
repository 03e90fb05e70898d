import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { sheaf, tempDir } from "../support/run-cli.js";

const git = "oci://ghcr.io/stefanprodan/modules/flux-git-sync";

/** A bundle of one Git sync with a part exchanged; the instance's values start in line 8. */
function bundle(
  parts: { head?: string; instance?: string; module?: string; values?: string; tail?: string } = {},
): string {
  return [
    "bundle: {",
    parts.head ?? '  apiVersion: "v1alpha1"\n  name: "podinfo"',
    "  instances: {",
    parts.instance ?? '    "podinfo": {',
    parts.module ?? `      module: url: "${git}"`,
    '      namespace: "flux-system"',
    parts.values ??
      '      values: git: {\n        url: "https://github.com/org/repo"\n        path: "./deploy"\n      }',
    "    }",
    "  }",
    parts.tail ?? "",
    "}",
    "",
  ].join("\n");
}

/** What every fault of a file must do: exit code 1, its place and text on stderr, nothing on stdout, nothing written. */
async function expectFault(
  files: Record<string, string | Uint8Array>,
  args: string[],
  texts: string[],
  env: Record<string, string> = {},
) {
  const cwd = tempDir(files);
  const before = readdirSync(cwd);
  const run = await sheaf(["bundle", "apply", ...args, "--target", "dir:./out"], { cwd, env });
  for (const text of texts) expect(run.stderr).toContain(text);
  expect(run.code).toBe(1);
  expect(run.stdout).toBe("");
  expect(run.stderr).not.toContain("internal error");
  expect(readdirSync(cwd)).toEqual(before);
  return run;
}

describe("a file that is no bundle", () => {
  const utf16 = Buffer.from(`\ufeff${bundle()}`, "utf16le");
  test.each<[string, Record<string, string | Uint8Array>, string[], string[]]>([
    ["missing", {}, ["-f", "nope.cue"], ["nope.cue: there is no such file"]],
    ["a folder", { "a.cue": "" }, ["-f", "."], [".: it is a folder; name the file in it"]],
    ["binary", { "a.cue": Buffer.from([0, 1, 2, 0xff]) }, ["-f", "a.cue"], ["a.cue:1:1: the file is not UTF-8 text"]],
    ["UTF-16", { "a.cue": utf16 }, ["-f", "a.cue"], ["a.cue:1:1: the file is UTF-16 text; save it as UTF-8"]],
    [
      "of another kind",
      { "a.toml": "a = 1" },
      ["-f", "a.toml"],
      ["a.toml:1:1: the file has to end in .cue, .yaml, .yml or .json"],
    ],
    ["empty", { "a.cue": "" }, ["-f", "a.cue"], ["bundle"]],
    [
      "CUE with a syntax error",
      { "a.cue": 'bundle: {\n  name "x"\n}' },
      ["-f", "a.cue"],
      ["a.cue:2:8:", '    2 |   name "x"\n      |        ^'],
    ],
    ["CUE with two syntax errors", { "a.cue": "a: }\nb: 1\nc: ]\n" }, ["-f", "a.cue"], ["a.cue:1:4:", "a.cue:3:4:"]],
    ["YAML with a syntax error", { "a.yaml": "bundle:\n  name: 'x\n" }, ["-f", "a.yaml"], ["a.yaml:3:1:"]],
    ["JSON with a syntax error", { "a.json": '{"bundle": {"name": }}' }, ["-f", "a.json"], ["a.json:1:21: "]],
  ])("%s", async (_, files, args, texts) => {
    await expectFault(files, args, texts);
  });

  test("a byte order mark in front of UTF-8 is no fault", async () => {
    const cwd = tempDir({ "a.cue": `\ufeff${bundle()}` });
    expect(await sheaf(["bundle", "vet", "-f", "a.cue"], { cwd })).toMatchObject({ code: 0 });
  });
});

describe("a bundle with a fault", () => {
  test.each<[string, string, string[]]>([
    ["two values for one field", bundle({ tail: '  name: "other"' }), ["a.cue:3:9:", "a.cue:14:9", "bundle.name"]],
    ["a reference to nothing", bundle({ head: '  apiVersion: "v1alpha1"\n  name: nmae' }), ["a.cue:3:9:", "nmae"]],
    [
      "an unknown field of the bundle",
      bundle({ tail: "  instance: {}" }),
      ["a.cue:14:3: bundle.instance: unknown field; did you mean instances?"],
    ],
    [
      "an unknown field of an instance",
      bundle({ values: "      value: {}" }),
      ["a.cue:8:7: bundle.instances.podinfo.value: unknown field; did you mean values?"],
    ],
    [
      "an unknown field of a module",
      bundle({ module: `      module: {\n url: "${git}"\n verison: "2.8.0-0"}` }),
      ["a.cue:8:2: bundle.instances.podinfo.module.verison: unknown field; did you mean version?"],
    ],
    [
      "an unknown value",
      bundle({ values: '      values: git: {url: "https://a/b", path: "./", brnach: "x"}' }),
      ["a.cue:8:53:", ".values.git.brnach: unknown field; "],
    ],
    [
      "an unknown value at the top",
      bundle({ values: '      values: {git: {url: "https://a/b", path: "./"}, snyc: {}}' }),
      ["values.snyc: unknown field; did you mean sync?"],
    ],
    [
      "a wrong type",
      bundle({ values: '      values: git: {url: "https://a/b", path: "./", interval: "5m"}' }),
      ["a.cue:8:63:", '.values.git.interval: expected an integer, found the string "5m"'],
    ],
    [
      "a missing value",
      bundle({ values: '      values: git: path: "./"' }),
      ["a.cue:8:20:", ".values.git.url: required value is missing"],
    ],
    ["no values at all", bundle({ values: "" }), [".values.git: required value is missing"]],
    [
      "a bad URL",
      bundle({ values: '      values: git: {url: "ftp://a/b", path: "./"}' }),
      ["a.cue:8:26:", '.values.git.url: "ftp://a/b" '],
    ],
    [
      "a bad module URL",
      bundle({ module: '      module: url: "ghcr.io/org/module"' }),
      ["a.cue:6:20: bundle.instances.podinfo.module.url:", "oci://"],
    ],
    [
      "a bad version",
      bundle({ module: `      module: {url: "${git}", version: "newest"}` }),
      ['.module.version: "newest" is no module version; write for example 2.8.0-0, 2.8.x or latest'],
    ],
    [
      "a version that does not exist",
      bundle({ module: `      module: {url: "${git}", version: "2.8.1-0"}` }),
      ["a.cue:6:", "2.8.1-0", "2.8.8-0", "2.8.0-0"],
    ],
    [
      "a module that does not exist",
      bundle({ module: '      module: url: "oci://ghcr.io/stefanprodan/modules/flux-git"' }),
      ["a.cue:6:20:", "flux-git-sync"],
    ],
    [
      "a bad name of the bundle",
      bundle({ head: '  apiVersion: "v1alpha1"\n  name: "Pod Info"' }),
      ['a.cue:3:9: bundle.name: "Pod Info" '],
    ],
    [
      "a name that is too long",
      bundle({ head: `  apiVersion: "v1alpha1"\n  name: "${"a".repeat(64)}"` }),
      ["a.cue:3:9: bundle.name:", "more than 63 characters"],
    ],
    [
      "a bad name of an instance",
      bundle({ instance: '    "Pod_Info": {' }),
      ["a.cue:5:5: bundle.instances.Pod_Info: the name "],
    ],
    [
      "another apiVersion",
      bundle({ head: '  apiVersion: "v1"\n  name: "a"' }),
      ['a.cue:2:15: bundle.apiVersion: "v1" has to be "v1alpha1"'],
    ],
    ["a missing name", bundle({ head: '  apiVersion: "v1alpha1"' }), ["bundle.name: required value is missing"]],
    [
      "an unset variable",
      bundle({
        values:
          '      values: git: {url: "https://a/b", path: "./", token: string @timoni(runtime:string:GITHUB_TOKEN)}',
      }),
      [
        "a.cue:8:",
        "bundle.instances.podinfo.values.git.token: the runtime variable GITHUB_TOKEN is not set",
        "--runtime-from-env",
      ],
    ],
    [
      "a malformed attribute",
      bundle({
        values: '      values: git: {url: "https://a/b", path: "./", token: string @timoni(runtime:GITHUB_TOKEN)}',
      }),
      ["a.cue:8:", "@timoni(runtime:GITHUB_TOKEN) is not understood"],
    ],
  ])("%s", async (_, text, texts) => {
    await expectFault({ "a.cue": text }, ["-f", "a.cue"], texts);
  });

  test("a bad semver range and a bad quantity", async () => {
    const oci = bundle({
      module: '      module: url: "oci://ghcr.io/stefanprodan/modules/flux-oci-sync"',
      values: '      values: artifact: {url: "oci://a/b", semver: "newest"}',
    });
    await expectFault(
      { "a.cue": oci },
      ["-f", "a.cue"],
      ["a.cue:8:", '.values.artifact.semver: "newest" is no semver range'],
    );
    const aio = bundle({
      module: '      module: url: "oci://ghcr.io/stefanprodan/modules/flux-aio"',
      values: '      values: {persistence: size: "8GiB", resources: limits: memory: "lots"}',
    });
    await expectFault(
      { "a.cue": aio },
      ["-f", "a.cue"],
      ['.values.persistence.size: "8GiB" is no quantity', '.values.resources.limits.memory: "lots" is no quantity'],
    );
  });

  test("several faults are reported at once, with their lines", async () => {
    const text = bundle({
      values: '      values: git: {\n        url: "x"\n        interval: -1\n        zzz: 1\n      }',
    });
    const { stderr } = await expectFault(
      { "a.cue": text },
      ["-f", "a.cue"],
      ["values.git.url", "values.git.interval", "values.git.zzz", "values.git.path"],
    );
    expect(stderr.match(/^error: a\.cue:/gm)).toHaveLength(4);
    expect(stderr).toContain('    9 |         url: "x"\n      |              ^\n');
  });

  test("one field with two values in two files names both places", async () => {
    const other = 'bundle: name: "other"\n';
    await expectFault(
      { "a.cue": bundle(), "b.cue": other },
      ["-f", "a.cue", "-f", "b.cue"],
      ["a.cue:3:9", "b.cue:1:15"],
    );
    await expectFault(
      { "a.cue": bundle(), "b.yaml": "bundle:\n  name: other\n" },
      ["-f", "a.cue", "-f", "b.yaml"],
      ["a.cue:3:9", "b.yaml:2:9"],
    );
  });

  test("one object in two instances names both", async () => {
    const text = bundle({ tail: "" }).replace(
      '    "podinfo": {',
      `    "flux": {\n module: url: "oci://ghcr.io/stefanprodan/modules/flux-tenant"\n namespace: "flux-system"\n}\n    "tenant": {\n module: url: "oci://ghcr.io/stefanprodan/modules/flux-tenant"\n namespace: "flux-system"\n}\n    "podinfo": {`,
    );
    await expectFault(
      { "a.cue": text },
      ["-f", "a.cue"],
      ['instance "tenant" renders Namespace/flux-system, which instance "flux" renders too', "a.cue:"],
    );
  });

  test("a number attribute with text names the variable, not the text", async () => {
    const text = bundle({
      values: '      values: git: {url: "https://a/b", path: "./", interval: int @timoni(runtime:number:INTERVAL)}',
    });
    const { stderr } = await expectFault(
      { "a.cue": text },
      ["-f", "a.cue", "--runtime-from-env"],
      ["a.cue:8:", "the variable INTERVAL has to be a number literal"],
      { INTERVAL: "marker-5m" },
    );
    expect(stderr).not.toContain("marker");
  });

  test("a secret is in no message, whatever is wrong with it", async () => {
    const cases = [
      'values: git: {url: string @timoni(runtime:string:SECRET), path: "./"}',
      'values: git: {url: "https://a/b", path: "./", interval: string @timoni(runtime:string:SECRET)}',
      'values: git: {url: "https://a/b", path: "./", token: string @timoni(runtime:string:SECRET)\n token: "other"}',
      'values: git: {url: "https://\\(token)", path: "./", interval: "\\(token)"\n let token = t.x}\n t: x: string @timoni(runtime:string:SECRET)',
      'values: git: {url: "https://a/b", path: "./"}\n "\\(x)": 1\n x: string @timoni(runtime:string:SECRET)',
    ];
    for (const values of cases) {
      const cwd = tempDir({ "a.cue": bundle({ values }) });
      const run = await sheaf(["bundle", "apply", "-f", "a.cue", "--runtime-from-env", "--target", "dir:./out"], {
        cwd,
        env: { SECRET: 'mark"er-5ecret' },
      });
      expect(run.code).toBe(1);
      expect(run.stdout + run.stderr).not.toMatch(/mark\\?"er-5ecret|5ecret/);
    }
  });
});

describe("a module with a fault", () => {
  const manifest = "apiVersion: sheaf/v1\nkind: Module\nname: mine\ndescription: A module\n";
  const schema =
    '{"type": "object", "additionalProperties": false, "properties": {"a": {"type": "string", "description": "a", "default": "x"}}}';
  const files = { "module.yaml": manifest, "values.schema.json": schema };

  function withModule(module: Record<string, string>, templates: Record<string, string> = {}): string {
    const cwd = tempDir({ "a.cue": bundle({ module: '      module: url: "file://./mine"', values: "" }) });
    mkdirSync(join(cwd, "mine", "templates"), { recursive: true });
    for (const [name, text] of Object.entries(module)) writeFileSync(join(cwd, "mine", name), text);
    for (const [name, text] of Object.entries(templates)) writeFileSync(join(cwd, "mine", "templates", name), text);
    return cwd;
  }

  test.each<[string, Record<string, string>, Record<string, string>, string[]]>([
    ["a CUE module", { "timoni.cue": "package main\n" }, {}, ["CUE module"]],
    ["no module", {}, {}, ["module.yaml"]],
    [
      "a template with an expression where none may be",
      files,
      { "a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: &{{values.a}} x\n" },
      ["mine/templates/a.yaml:4:9"],
    ],
    [
      "a block that is not closed",
      files,
      { "a.yaml": "apiVersion: v1\n{{#if values.a}}\nkind: ConfigMap\n" },
      ["templates/a.yaml:2:1"],
    ],
    [
      "a path that does not exist",
      files,
      { "a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{values.b}}\n" },
      ["templates/a.yaml:4:9"],
    ],
    ["a schema that is no JSON", { ...files, "values.schema.json": "{" }, {}, ["values.schema.json:1:"]],
    [
      "an unknown field in module.yaml",
      { ...files, "module.yaml": `${manifest}nmae: x\n` },
      {},
      ["module.yaml:5:1", "nmae"],
    ],
  ])("%s", async (_, module, templates, texts) => {
    const cwd = withModule(module, templates);
    const run = await sheaf(["bundle", "apply", "-f", "a.cue", "--target", "dir:./out"], { cwd });
    for (const text of texts) expect(run.stderr).toContain(text);
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).not.toContain("internal error");
    expect(readdirSync(cwd).sort()).toEqual(["a.cue", "mine"]);
    expect((await sheaf(["mod", "vet", "mine"], { cwd })).code).toBe(1);
  });
});

describe("a target that cannot be used", () => {
  const seed = resolve("test/fixtures/seeds/git-sync-public.cue");

  test("no kubeconfig: says how to name one, and how to do without", async () => {
    const cwd = tempDir();
    const run = await sheaf(["bundle", "apply", "-f", seed], { cwd });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("kubeconfig");
    expect(run.stderr).toContain("--target dir:");
  });

  test("an API that does not answer", async () => {
    const run = await sheaf(["bundle", "apply", "-f", seed, "--kube-apiserver", "http://127.0.0.1:9"], {
      cwd: tempDir(),
    });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("127.0.0.1:9");
  });

  test("a folder that is a file", async () => {
    const cwd = tempDir({ out: "mine" });
    const run = await sheaf(["bundle", "apply", "-f", seed, "--target", "dir:./out"], { cwd });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("out");
    expect(readFileSync(join(cwd, "out"), "utf8")).toBe("mine");
  });

  test.skipIf(process.getuid?.() === 0)("a folder that may not be written", async () => {
    const cwd = tempDir();
    mkdirSync(join(cwd, "out"), { mode: 0o500 });
    const run = await sheaf(["bundle", "apply", "-f", seed, "--target", "dir:./out"], { cwd });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("not writable");
    chmodSync(join(cwd, "out"), 0o700);
  });

  test("a folder where none can be made", async () => {
    const run = await sheaf(["bundle", "apply", "-f", seed, "--target", "dir:/proc/sheaf/out"], { cwd: tempDir() });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("/proc/sheaf");
    expect(run.stderr).not.toContain("internal error");
  });

  test("a folder with files of someone else: they are neither overwritten nor deleted", async () => {
    const cwd = tempDir();
    await sheaf(["bundle", "apply", "-f", seed, "--target", "dir:./made"], { cwd });
    const instance = "flux-system/podinfo";
    const [file = ""] = readdirSync(join(cwd, "made", instance)).filter((name) => name.includes("gitrepository"));
    mkdirSync(join(cwd, "out", instance), { recursive: true });
    writeFileSync(join(cwd, "out", instance, file), "mine: true\n");
    const run = await sheaf(["bundle", "apply", "-f", seed, "--target", "dir:./out"], { cwd });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("holds files that sheaf did not write");
    expect(readdirSync(join(cwd, "out", instance))).toEqual([file]);
    expect(readFileSync(join(cwd, "out", instance, file), "utf8")).toBe("mine: true\n");
  });

  test("a file of someone else beside ours survives a delete", async () => {
    const cwd = tempDir();
    await sheaf(["bundle", "apply", "-f", seed, "--target", "dir:./out"], { cwd });
    const instance = "flux-system/podinfo";
    writeFileSync(join(cwd, "out", instance, "mine.txt"), "mine");
    expect((await sheaf(["bundle", "delete", "podinfo", "--target", "dir:./out"], { cwd })).code).toBe(0);
    expect(readdirSync(join(cwd, "out", instance))).toEqual(["mine.txt"]);
  });

  test("a link in the folder is not followed out of it", async () => {
    const cwd = tempDir();
    mkdirSync(join(cwd, "elsewhere"));
    await sheaf(["bundle", "apply", "-f", seed, "--target", "dir:./made"], { cwd });
    mkdirSync(join(cwd, "out"));
    symlinkSync(join(cwd, "elsewhere"), join(cwd, "out", "flux-system"));
    expect((await sheaf(["bundle", "apply", "-f", seed, "--target", "dir:./out"], { cwd })).code).toBe(1);
    expect(readdirSync(join(cwd, "elsewhere"))).toEqual([]);
  });

  test("a bundle that the target does not have", async () => {
    const run = await sheaf(["bundle", "delete", "nope", "--target", "dir:./out"], { cwd: tempDir() });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('there is no instance of bundle "nope"');
  });
});

describe("a command line that is not understood", () => {
  test.each<[string, string[], string]>([
    ["no command", [], "Name a command"],
    ["an unknown command", ["bundel"], "bundle"],
    ["an unknown option", ["bundle", "vet", "-f", "a.cue", "--nope"], "nope"],
    ["no file", ["bundle", "apply"], "file"],
    ["a file without a name", ["bundle", "apply", "-f"], "Not enough arguments following: f"],
    ["neither name nor file", ["bundle", "delete"], "give either the name of the bundle or its file"],
    ["both name and file", ["bundle", "delete", "a", "-f", "b.cue"], "give either the name of the bundle or its file"],
    [
      "a bad duration",
      ["bundle", "apply", "-f", "a.cue", "--timeout", "soon"],
      "is no duration; write for example 90s",
    ],
    ["an unknown target", ["list", "--target", "nowhere"], "expected kubernetes, or dir:PATH"],
    ["a target without a path", ["list", "--target", "dir:"], "needs a path"],
    ["standard input twice", ["bundle", "vet", "-f", "-", "-f", "-"], "standard input (-) can be read once"],
    ["a bad mirror", ["mod", "ls", git, "--mirror", "nonsense"], "FROM=TO"],
  ])("%s", async (_, line, text) => {
    const run = await sheaf(line, { cwd: tempDir() });
    expect(run.stderr).toContain(text);
    expect(run).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("the lines under a fault", () => {
  test("have a caret at each place, and one excerpt for those of one line", async () => {
    const text = '#Env: "dev" | "prod"\n\tenv: #Env & "prd"\n';
    const run = await sheaf(["eval", "a.cue"], { cwd: tempDir({ "a.cue": text }) });
    expect(run.stderr.split("\n")).toEqual([
      'error: a.cue:1:7: env: conflicting values: "prd" is none of "dev", "prod"; did you mean "prod"?',
      '    1 | #Env: "dev" | "prod"',
      "      |       ^       ^",
      "  and a.cue:2:7",
      '    2 | \tenv: #Env & "prd"',
      "      | \t     ^      ^",
      "",
    ]);
  });

  test("one mistake is one fault: a misspelled field is not missing too", async () => {
    const text = bundle().replace("namespace:", "namepsace:");
    const run = await expectFault(
      { "a.cue": text },
      ["-f", "a.cue"],
      ["namepsace: unknown field; did you mean namespace?"],
    );
    expect(run.stderr).not.toContain("required value is missing");
  });
});
