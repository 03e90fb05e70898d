import { describe, expect, test } from "vitest";
import { evaluate } from "../../../src/engine/cue/index.js";
import { toJson } from "../../../src/engine/json/index.js";
import { readSource } from "../../../src/engine/source/index.js";

async function read(name: string, text: string | Uint8Array) {
  const { file, errors } = await readSource({ name, bytes: typeof text === "string" ? Buffer.from(text) : text });
  if (errors.length > 0) return { errors: errors.map((e) => `${e.code} ${e.message}`) };
  const { value, errors: faults } = evaluate([file]);
  return value === undefined ? { errors: faults.map((e) => `${e.code} ${e.message}`) } : { json: toJson(value), value };
}

describe("YAML", () => {
  test.each<[string, string, unknown]>([
    [
      "plain scalars",
      "a: yes\nb: true\nc: 012\nd: 0o14\ne: 1e3\nf: ~\ng: 2001-01-01\nh: 1_000\ni: 08\nj: -0b11\nk: 0x1F",
      { a: "yes", b: true, c: 10, d: 12, e: 1000, f: null, g: "2001-01-01", h: 1000, i: "08", j: -3, k: 31 },
    ],
    [
      "tagged scalars",
      "a: !!str 5\nb: !!int '5'\nc: !!float 5.5\nd: !!bool \"true\"\ne: !!null ''\nf: !!binary aGk=\ng: ! 5\nh: ! '5'",
      { a: "5", b: 5, c: 5.5, d: true, e: null, f: "aGk=", g: 5, h: "5" },
    ],
    [
      "merge keys",
      "a: &a {x: 1, y: 2}\nb: {y: 3, <<: *a}\nc: {<<: *a, y: 3}",
      { a: { x: 1, y: 2 }, b: { y: 2, x: 1 }, c: { x: 1, y: 3 } },
    ],
    [
      "a merged list, of which the first counts",
      "a: {<<: [{x: 1}, {y: 2, x: 2}], z: 3, <<: {z: 4}}",
      { a: { y: 2, x: 1, z: 4 } },
    ],
    ["quoted scalars", 'a: "3"\nb: \'true\'\nc: "x\\ny"', { a: "3", b: "true", c: "x\ny" }],
    ["block scalars", "a: |\n  x\n  y\nb: >-\n  x\n  y", { a: "x\ny\n", b: "x y" }],
    ["lists and flow", "a: [1, {b: c}]\nd:\n- e\n- f: g", { a: [1, { b: "c" }], d: ["e", { f: "g" }] }],
    ["anchors and aliases", "a: &x {b: 1}\nc: *x\nd: [*x]", { a: { b: 1 }, c: { b: 1 }, d: [{ b: 1 }] }],
    ["keys that are no strings", "1: a\ntrue: b\nnull: c\n1.50: d", { "1": "a", true: "b", null: "c", "1.50": "d" }],
    ["floats of every form", "a: .5\nb: +1.5\nc: 1.\nd: -0.5e-3", { a: 0.5, b: 1.5, c: 1, d: -0.0005 }],
    ["octals as keys", "{012: a, 0x10: b}", { "0o12": "a", "0x10": "b" }],
    ["an empty value", "a:\nb: ''", { a: null, b: "" }],
    ["a null byte order mark", "\ufeffa: 1", { a: 1 }],
    ["names that JavaScript minds", "__proto__: 1\nconstructor: 2", JSON.parse('{"__proto__": 1, "constructor": 2}')],
    ["CUE text as text", "a: 'b & c'\nb: string\nc: \\(x)", { a: "b & c", b: "string", c: "\\(x)" }],
    ["nothing", "# only a comment\n", {}],
  ])("reads %s", async (_, text, json) => {
    expect(await read("a.yaml", text)).toMatchObject({ json });
    expect(JSON.stringify((await read("a.yaml", text)).json)).toBe(JSON.stringify(json));
  });

  test.each([
    ["a duplicate key", "a: 1\na: 2", "syntax a.yaml:2:1: the key stands twice"],
    ["a scalar that is merged", "a: &x b\nc:\n  <<: *x", "syntax a.yaml:3:7: what is merged (<<) has to be a map"],
    ["a map that is merged into itself", "a: &x\n  <<: *x", "syntax a.yaml:2:7: what is merged"],
    ["a list that is merged into itself", "a: &x [*x]\nb:\n  <<: *x", "limit-exceeded"],
    ["a tag that does not fit", "a: !!bool yes", "unsupported a.yaml:1:11: yes has no form in JSON"],
    ["a negative key", "-1: a", "syntax a.yaml:1:1: the key has no name in CUE"],
    ["a tag of someone", "a: !secret x", "a.yaml:1:"],
    ["a tab", "a:\n\tb: 1", "syntax a.yaml:2:1: a tab cannot indent YAML"],
    ["a second document", "a: 1\n---\nb: 1", "syntax a.yaml:2:1: a second document"],
    ["an alias to nothing", "a: *x", "a.yaml:1:4:"],
    ["an alias inside of its anchor", "a: &x [*x]", "cycle a.yaml:1:8: the alias *x stands inside"],
    ["infinity", "a: .inf", "unsupported a.yaml:1:4: .inf has no form in JSON"],
    ["an attribute without a type", "a: @timoni(runtime:string:A)", "a.yaml:1:4:"],
    ["a list as a key", "? [a]\n: b", "syntax a.yaml:1:3: a key has to be a string"],
    ["too deep a nesting", `a: ${"[".repeat(300)}${"]".repeat(300)}`, "limit-exceeded"],
    [
      "a billion merges",
      `a0: &a0 {}\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} {<<: [*a${i}, *a${i}]}`).join("\n")}`,
      "limit-exceeded",
    ],
    [
      "a billion laughs",
      `a0: &a0 [x]\n${Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`).join("\n")}`,
      "limit-exceeded",
    ],
  ])("reports %s", async (_, text, message) => {
    const { errors } = await read("a.yaml", text);
    expect(errors?.join("\n")).toContain(message);
  });

  test.each([300, 3000])("reports a nesting of %i once, without what lies behind it", async (depth) => {
    const { errors } = await read("a.yaml", `a: ${"[".repeat(depth)}${"]".repeat(depth)}`);
    expect(errors).toEqual([expect.stringContaining("limit-exceeded a.yaml:1:203: nested more than 200 deep")]);
  });

  test("keeps the place of every value", async () => {
    const { value } = await read("a.yaml", "a:\n  - b: x\n    c: 1\n");
    const item = value?.kind === "struct" ? value.fields.get("a")?.value : undefined;
    const map = item?.kind === "list" ? item.items[0] : undefined;
    const c = map?.kind === "struct" ? map.fields.get("c") : undefined;
    expect([c?.keyPos.line, c?.keyPos.column, c?.value.pos.line, c?.value.pos.column]).toEqual([3, 5, 3, 8]);
  });
});

describe("JSON", () => {
  test.each<[string, unknown]>([
    ['{"a": [1, 2.5, -3e2, true, null, "x"], "b": {}}', { a: [1, 2.5, -300, true, null, "x"], b: {} }],
    ['{"a": "string @timoni(runtime:string:A)"}', { a: "string @timoni(runtime:string:A)" }],
    ['{"a": "\\u00e9\\ud83d\\ude00\\n\\t\\/"}', { a: "é😀\n\t/" }],
    ['{"_hidden": 1, "#def": 2, "a?": 3}', { _hidden: 1, "#def": 2, "a?": 3 }],
    ['{\r\n\t"a": 1\r\n}', { a: 1 }],
  ])("reads %s", async (text, json) => {
    expect(await read("a.json", text)).toMatchObject({ json });
  });

  test.each([
    ["{a: 1}", "a.json:1:2"],
    ['{"a": 1,}', "a.json:1:9"],
    ['{"a": 1', "a.json:1:8"],
    ["", "a.json:1:1"],
    ['{"a": 1, "a": 2}', "the key stands twice"],
    ["{'a': 1}", "a.json:1:2"],
  ])("refuses %s", async (text, message) => {
    expect((await read("a.json", text)).errors?.join()).toContain(message);
  });
});

describe("standard input", () => {
  test.each<[string, string, unknown]>([
    ["CUE", 'bundle: {\n  a: "x"\n  b: 1\n}', { bundle: { a: "x", b: 1 } }],
    ["YAML", "bundle:\n  a: x\n  b: 1\n", { bundle: { a: "x", b: 1 } }],
    ["JSON", '{"bundle": {"a": "x", "b": 1}}', { bundle: { a: "x", b: 1 } }],
    ["CUE in one line", 'bundle: a: "x"', { bundle: { a: "x" } }],
  ])("is told to be %s by its content", async (_, text, json) => {
    expect(await read("-", text)).toMatchObject({ json });
  });
});

describe("bytes that are no text", () => {
  test.each<[string, Uint8Array, string]>([
    ["UTF-16", Buffer.from("\ufeffa: 1", "utf16le"), "a.cue:1:1: the file is UTF-16 text; save it as UTF-8"],
    ["big-endian UTF-16", Buffer.from([0xfe, 0xff, 0, 97]), "a.cue:1:1: the file is UTF-16 text; save it as UTF-8"],
    ["a binary file", Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0xff, 0]), "a.cue:1:1: the file is not UTF-8 text"],
    ["a NUL byte", Buffer.from("a: 1\nb: \0"), "a.cue:2:4: the file holds a NUL byte"],
    ["too many bytes", Buffer.alloc(17 * 1024 * 1024, 97), "a file may have"],
  ])("%s", async (_, bytes, message) => {
    await expect(read("a.cue", bytes)).rejects.toThrow(message.replace("a file may have", "a source file may have"));
  });

  test("a file of an unknown form", async () => {
    await expect(read("bundle.toml", "a = 1")).rejects.toThrow(
      "bundle.toml:1:1: the file has to end in .cue, .yaml, .yml or .json",
    );
  });
});
