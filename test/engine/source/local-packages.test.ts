import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { toJson } from "../../../src/engine/json/index.js";
import { evaluateSources } from "../../../src/engine/runtime/index.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sheaf-cue-module-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function evaluateIn(files: Record<string, string>, main: string, workdir = ".") {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  const imports = { workdir: join(dir, workdir), baseDir: dir };
  return toJson(await evaluateSources([{ name: "main.cue", bytes: Buffer.from(main) }], [], { imports }));
}

const module = { "cue.mod/module.cue": 'module: "example.com/fleet@v0"\nlanguage: version: "v0.15.0"\n' };

describe("imports of a module's own packages", () => {
  const files = {
    ...module,
    "lib/a.cue": "package lib\nPort: 8080\n#App: {name: string, port: *Port | int}\n_hidden: 1",
    "lib/b.cue": 'package lib\nimport "strings"\nName: strings.ToUpper(base)\nbase: "web"',
    "lib/b_test.cue": "package lib\nName: 1",
    "lib/_c.cue": "package lib\nName: 1",
    "lib/prod.cue": "@if(prod)\npackage lib\nName: 1",
    "lib/other.cue": "package other\nx: 5",
    "lib/deep/d.cue": "package lib\nDeep: Port + 1",
    "lib/deep/e.cue": 'package deep\nimport "example.com/fleet/lib"\nPort: lib.Port',
  };

  test.each([
    {
      title: "values of all files of a package",
      main: 'import "example.com/fleet/lib"\na: lib.Port, b: lib.Name',
      want: { a: 8080, b: "WEB" },
    },
    {
      title: "a definition, which is closed",
      main: 'import "example.com/fleet/lib"\na: lib.#App & {name: "x"}',
      want: { a: { name: "x", port: 8080 } },
    },
    { title: "a package by its name", main: 'import "example.com/fleet/lib:other"\na: other.x', want: { a: 5 } },
    {
      title: "files of the folders above",
      main: 'import "example.com/fleet/lib/deep:lib"\na: lib.Deep',
      want: { a: 8081 },
    },
    {
      title: "packages that import others",
      main: 'import d "example.com/fleet/lib/deep"\na: d.Port',
      want: { a: 8080 },
    },
    {
      title: "a path with its major version",
      main: 'import "example.com/fleet/lib@v0"\na: lib.Port',
      want: { a: 8080 },
    },
  ])("give $title", async ({ main, want }) => {
    expect(await evaluateIn(files, main)).toEqual(want);
  });

  test("are found from a folder of the module", async () => {
    expect(await evaluateIn(files, 'import "example.com/fleet/lib"\na: lib.Port', "lib/deep")).toEqual({ a: 8080 });
  });

  test.each([
    {
      title: "a package that is not there",
      main: 'import "example.com/fleet/none"\na: none.x',
      says: 'main.cue:1:8: cannot import "example.com/fleet/none": there are no files of a package none in none',
    },
    {
      title: "another module's package",
      main: 'import "example.org/x"\na: x.y',
      says: 'main.cue:1:8: cannot import "example.org/x": packages of other modules are not fetched',
    },
    {
      title: "a path out of the module",
      main: 'import "example.com/fleet/../x"\na: x.y',
      says: "main.cue:1:8: invalid import path",
    },
    {
      title: "a hidden field",
      main: 'import "example.com/fleet/lib"\na: lib._hidden',
      says: "main.cue:2:8: a: undefined field: _hidden",
    },
    {
      title: "a field that the definition does not have",
      main: 'import "example.com/fleet/lib"\na: lib.#App & {nam: "x"}',
      says: "main.cue:2:16: a.nam: field not allowed",
    },
    {
      title: "a package that is not used",
      main: 'import "example.com/fleet/lib"\na: 1',
      says: "main.cue:1:8: imported and not used",
    },
  ])("report $title", async ({ main, says }) => {
    await expect(evaluateIn(files, main)).rejects.toThrow(says);
  });

  test("report faults in their own files", async () => {
    const broken = { ...module, "lib/a.cue": "package lib\nx: 1 &" };
    await expect(evaluateIn(broken, 'import "example.com/fleet/lib"\na: lib.x')).rejects.toThrow("lib/a.cue:2:");
    const wrong = { ...module, "lib/a.cue": "package lib\nx: 1\nx: 2" };
    await expect(evaluateIn(wrong, 'import "example.com/fleet/lib"\na: lib.x')).rejects.toThrow("lib/a.cue:2:4: ");
  });

  test("report packages that import each other", async () => {
    const cyclic = {
      ...module,
      "a/a.cue": 'package a\nimport "example.com/fleet/b"\nx: b.x',
      "b/b.cue": 'package b\nimport "example.com/fleet/a"\nx: a.x',
    };
    await expect(evaluateIn(cyclic, 'import "example.com/fleet/a"\nx: a.x')).rejects.toThrow(
      "import cycle not allowed",
    );
  });

  test("need a module", async () => {
    await expect(evaluateIn({}, 'import "example.com/fleet/lib"\na: lib.x')).rejects.toThrow("are not fetched");
  });
});
