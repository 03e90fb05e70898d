import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sheaf, tempDir } from "../support/run-cli.js";

let cwd: string;
const program = `a: {b: 1.0, c: 1e3, d: 12345678901234567890, "e-f": [1, {g: null, #x: 1}], h: 'by', t: "x\\ny"}
n: "name"
token: string @timoni(runtime:string:TOKEN)
n2: "\\(n)-\\(token)"
`;

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "sheaf-eval-"));
  writeFileSync(join(cwd, "a.cue"), program);
  writeFileSync(join(cwd, "ugly.cue"), "a:1 // one\nbcd:   2\n");
  writeFileSync(join(cwd, "fine.cue"), "a: 1\n");
  writeFileSync(join(cwd, "broken.cue"), "a: {\n");
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const run = (...args: string[]) => sheaf([...args], { cwd, env: { TOKEN: "hush-hush" } });

describe("sheaf eval", () => {
  test.each([
    {
      args: ["-e", "a", "-o", "json"],
      want: '{\n    "b": 1.0,\n    "c": 1E+3,\n    "d": 12345678901234567890,\n    "e-f": [\n        1,\n        {\n            "g": null\n        }\n    ],\n    "h": "Ynk=",\n    "t": "x\\ny"\n}\n',
    },
    {
      args: ["-e", "a"],
      want: 'b: 1.0\nc: 1E+3\nd: 12345678901234567890\ne-f:\n  - 1\n  - g: null\nh: !!binary Ynk=\n"t": |-\n  x\n  y\n',
    },
    {
      args: ["-e", "a", "-o", "cue"],
      want: 'b: 1.0\nc: 1e+3\nd: 12345678901234567890\n"e-f": [1, {\n\tg: null\n}]\nh: \'by\'\nt: """\n\tx\n\ty\n\t"""\n',
    },
    { args: ["-e", "a.e-f.0"], want: "1\n" },
    { args: ["-e", 'strings.ToUpper(n) + "!"', "-o", "json"], want: '"NAME!"\n' },
    { args: ["-e", 'a["e-f"][1]', "-o", "json"], want: '{\n    "g": null\n}\n' },
    { args: ["-e", "0 * -1", "-o", "json"], want: "-0\n" },
    { args: ["-e", "[n, len(a)]", "-o", "cue"], want: '["name", 6]\n' },
    { args: ["-e", "n2", "--runtime-from-env"], want: "'***'\n" },
    { args: ["-e", "n2", "--runtime-from-env", "--show-secrets"], want: "name-hush-hush\n" },
    { args: ["-e", "len(token)", "--runtime-from-env"], want: "'***'\n" },
  ])("prints $args", async ({ args, want }) => {
    expect(await run("eval", "a.cue", ...args)).toMatchObject({ code: 0, stdout: want });
  });

  test.each([
    { expression: "a.none", says: "a.cue:1:1: a: there is no field" },
    { expression: "none + 1", says: '--expression:1:1: reference "none" not found' },
    { expression: "1 +", says: "--expression:1:4: expected a value" },
    { expression: "x: 1", says: "--expression:1:1: expected one expression" },
  ])("reports the expression $expression", async ({ expression, says }) => {
    const { code, stderr } = await run("eval", "a.cue", "--runtime-from-env", "-e", expression);
    expect([code, stderr.slice(7, 7 + says.length)]).toEqual([1, says]);
  });
});

describe("sheaf fmt", () => {
  test("takes folders, and leaves what is not the user's own", async () => {
    const folder = tempDir({ "one.cue": "a:1", "note.txt": "a:1" });
    for (const sub of ["apps/web", "cue.mod", ".git", "_old"]) {
      mkdirSync(join(folder, sub), { recursive: true });
      writeFileSync(join(folder, sub, "two.cue"), "a:2");
    }
    const check = await sheaf(["fmt", "--check"], { cwd: folder });
    expect(check).toMatchObject({ code: 1, stdout: "apps/web/two.cue\none.cue\n" });
    expect(await sheaf(["fmt", "apps", "cue.mod"], { cwd: folder })).toMatchObject({ code: 0, stdout: "" });
    expect(await sheaf(["fmt", "--check"], { cwd: folder })).toMatchObject({ code: 1, stdout: "one.cue\n" });
    expect(readFileSync(join(folder, "cue.mod/two.cue"), "utf8")).toBe("a: 2\n");
    expect(readFileSync(join(folder, ".git/two.cue"), "utf8")).toBe("a:2");
    expect((await sheaf(["fmt", "none"], { cwd: folder })).stderr).toContain("none: there is no such file");
  });

  test("shows and checks without writing", async () => {
    const diff = await run("fmt", "--diff", "ugly.cue", "fine.cue");
    expect(diff).toMatchObject({ code: 0 });
    expect(diff.stdout).toContain("-a:1 // one\n-bcd:   2\n+a:   1 // one\n+bcd: 2\n");
    expect(await run("fmt", "--check", "ugly.cue", "fine.cue")).toMatchObject({ code: 1, stdout: "ugly.cue\n" });
    expect(readFileSync(join(cwd, "ugly.cue"), "utf8")).toContain("a:1");
  });

  test("writes nothing where a file is no CUE", async () => {
    const failed = await run("fmt", "ugly.cue", "broken.cue");
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("broken.cue:1:6:");
    expect(readFileSync(join(cwd, "ugly.cue"), "utf8")).toContain("a:1");
  });

  test("formats in place, and standard input to standard output", async () => {
    expect(await run("fmt", "ugly.cue", "fine.cue")).toMatchObject({ code: 0, stdout: "" });
    expect(readFileSync(join(cwd, "ugly.cue"), "utf8")).toBe("a:   1 // one\nbcd: 2\n");
    expect(await sheaf(["fmt", "-"], { cwd, stdin: "b:   2" })).toMatchObject({ code: 0, stdout: "b: 2\n" });
    expect(await run("fmt", "--check", "ugly.cue")).toMatchObject({ code: 0, stdout: "" });
  });
});
