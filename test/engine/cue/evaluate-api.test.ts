import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  evaluate,
  type File,
  IncompleteValueError,
  loadLibrary,
  mapFields,
  numberLiteral,
  parse,
  scalarLiteral,
} from "../../../src/engine/cue/index.js";
import { SourceError } from "../../../src/engine/diagnostics/index.js";
import { type Located, locate, toJson } from "../../../src/engine/json/index.js";
import { showError } from "./evaluate-text.js";

function read(text: string, name = "x.cue"): File {
  const { file, errors } = parse(text, name);
  expect(errors).toEqual([]);
  return file;
}

function exported(files: readonly File[], path: string[] = []): Located {
  const { value, errors } = evaluate(files, { path });
  expect(errors).toEqual([]);
  if (value === undefined) throw new TypeError("no value");
  return value;
}

function placeOf(value: Located | undefined): string | undefined {
  return value && `${value.pos.file}:${value.pos.line}:${value.pos.column}`;
}

describe("the bundles of the seeds", () => {
  const folder = new URL("../../fixtures/seeds/", import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith(".cue"));
  test.each(names)("%s evaluates, with its runtime attributes filled", (name) => {
    const file = read(readFileSync(new URL(name, folder), "utf8"), name);
    const attributes = file.decls.length > 0 && JSON.stringify(file).includes('"attribute"');
    const open = evaluate([file], { path: ["bundle"] });
    expect(open.errors.every((error) => error instanceof IncompleteValueError)).toBe(true);
    expect(open.errors.length > 0).toBe(attributes);
    const filled = mapFields(file, (field) =>
      field.attributes.length > 0 ? { ...field, value: scalarLiteral("t0ken", field.value, true) } : field,
    );
    const bundle = exported([filled], ["bundle"]);
    expect(toJson(locate(bundle, ["apiVersion"]) ?? bundle)).toBe("v1alpha1");
    expect(locate(bundle, ["instances"])?.kind).toBe("struct");
  });

  test("a name in an instance means the nearest field around it", () => {
    const file = read(readFileSync(new URL("tenant.cue", folder), "utf8"), "tenant.cue");
    const filled = mapFields(file, (field) =>
      field.attributes.length > 0 ? { ...field, value: scalarLiteral("t", field) } : field,
    );
    const at = ["bundle", "instances", "dev-team-apps", "values", "sync", "targetNamespace"];
    expect(locate(exported([filled]), at)).toMatchObject({ value: "dev-team-apps" });
  });
});

test("incomplete values carry the path of their field", () => {
  const { errors } = evaluate([read('a: {"b-c": [{d: string}]}\ne: int')]);
  expect(errors.map((error) => (error instanceof IncompleteValueError ? error.path : []))).toEqual([
    ["a", "b-c", "0", "d"],
    ["e"],
  ]);
  expect(errors[0]?.message).toBe('x.cue:1:17: a."b-c".0.d: incomplete value string');
});

test("places: literals, operations, references, fields", () => {
  const value = exported([
    read('a: 5\nb: a\nc: a +\n 1\nd: {e: a} & {f: "x"}\ng: *"q" | string\nh: [for x in [1] {x}]\nd: i: 7'),
  ]);
  const place = (...path: string[]): string | undefined => placeOf(locate(value, path));
  expect(place("a")).toBe("x.cue:1:4");
  expect(place("b")).toBe("x.cue:1:4");
  expect(place("c")).toBe("x.cue:3:4");
  expect(place("d")).toBe("x.cue:5:4");
  expect(place("d", "f")).toBe("x.cue:5:17");
  expect(place("g")).toBe("x.cue:6:5");
  expect(place("h")).toBe("x.cue:7:4");
  expect(place("h", "0")).toBe("x.cue:7:15");
  const d = locate(value, ["d"]);
  const keys =
    d?.kind === "struct" ? [...d.fields].map(([key, { keyPos }]) => `${key} ${keyPos.line}:${keyPos.column}`) : [];
  expect(keys).toEqual(["e 5:5", "f 5:14", "i 8:4"]);
});

describe("several files are one package", () => {
  test("fields unify and are seen from every file, and lets are not", () => {
    const files = [
      read("package p\nlet n = 2\na: b + n\nc: x: 1", "1.cue"),
      read("package p\nlet n = 10\nb: n\nc: y: a", "2.cue"),
    ];
    expect(toJson(exported(files))).toEqual({ a: 12, b: 10, c: { x: 1, y: 12 } });
  });

  test("what one file embeds does not close the others", () => {
    const embedding = read("#C: b: x: 1\n#C", "1.cue");
    expect(toJson(exported([embedding, read("z: 1\nb: y: 2", "2.cue")]))).toEqual({ z: 1, b: { x: 1, y: 2 } });
    expect(toJson(exported([embedding, read("b: #B\n#B: {x: int, y: 2}", "2.cue")]))).toEqual({ b: { x: 1, y: 2 } });
    const { errors } = evaluate([read("#C: b: x: 1\n#C & {b: z: 1}", "1.cue"), read("b: y: 3", "2.cue")]);
    expect(errors.map(({ pos }) => `${pos.file}:${pos.line}`)).toEqual(["1.cue:2"]);
  });

  test("without package clauses, a message says how fields are seen from other files", () => {
    const { errors } = evaluate([read("a: b", "1.cue"), read("b: 1", "2.cue")]);
    expect(errors.map(({ message }) => message)).toEqual([
      '1.cue:1:4: a: reference "b" not found; 2.cue has it, but no package clause: files that use fields of each other begin with the same one, such as package main',
    ]);
  });

  test("a conflict names both places", () => {
    const files = [read("a: b: 1", "1.cue"), read("x: 1\na: b: 2", "2.cue")];
    const { errors } = evaluate(files);
    expect(errors.map(({ message }) => message)).toEqual(["1.cue:1:7: a.b: conflicting values 2 and 1"]);
    expect(errors[0]?.places.map(({ file, line, column }) => `${file}:${line}:${column}`)).toEqual([
      "1.cue:1:7",
      "2.cue:2:7",
    ]);
  });

  test("of different packages, files do not mix", () => {
    const { errors } = evaluate([read("package a\nx: 1", "1.cue"), read("y: 2", "2.cue"), read("package b", "3.cue")]);
    expect(errors.map(({ code, pos }) => `${code} ${pos.file}`)).toEqual(["conflicting-packages 3.cue"]);
  });

  test("an alias of one file is unknown in another", () => {
    const { errors } = evaluate([read("let n = 2\na: n", "1.cue"), read("b: n", "2.cue")]);
    expect(errors.map(({ message }) => message)).toEqual([
      '2.cue:1:4: b: reference "n" not found; a string is written "n", with the quotes',
    ]);
  });
});

describe("path", () => {
  const file = read('bundle: {name: "x", list: [{v: 1}]}\nother: string\n_hidden: int\n#Def: {f: int}');
  test("only what is exported has to be concrete", () => {
    expect(toJson(exported([file], ["bundle"]))).toEqual({ name: "x", list: [{ v: 1 }] });
    expect(toJson(exported([file], ["bundle", "list", "0", "v"]))).toBe(1);
    expect(evaluate([file]).errors.map(showError)).toEqual(["incomplete-value @2:8"]);
  });

  test("conflicts elsewhere are errors all the same", () => {
    const { errors } = evaluate([read('a: 1\nb: {c: 1 & 2}\n#D: x: 3 & "s"\n')], { path: ["a"] });
    expect(errors.map(showError)).toEqual(["conflicting-values @2:8", "conflicting-values @3:8"]);
  });

  test("a path to nothing is an error", () => {
    expect(evaluate([file], { path: ["bundel"] }).errors.map(({ detail }) => detail)).toEqual([
      'there is no field "bundel"; did you mean bundle?',
    ]);
    expect(evaluate([file], { path: ["bundle", "nme"] }).errors.map(({ detail }) => detail)).toEqual([
      'bundle: there is no field "nme"; did you mean name?',
    ]);
  });
});

describe("secrets", () => {
  const fill = (text: string): File =>
    mapFields(read(text), (field) =>
      field.attributes.some(({ name }) => name === "secret")
        ? { ...field, value: scalarLiteral("s3cr3t", field, true) }
        : field,
    );

  test.each([
    ["a reference", "y: x"],
    ["an interpolation", 'y: "Bearer \\(x)!"'],
    ["an addition", 'y: x + "a"'],
    ["a repetition", "y: x * 2"],
    ["a comparison", 'y: x == "a"'],
    ["a match with an equal value", 'y: "s3cr3t" & x'],
    ["a length", "y: len(x)"],
    ["a default", 'y: *x | "other"'],
    ["a comprehension", "y: [for i in [x] {i}][0]"],
    ["a let", "let z = x\ny: z"],
    ["a definition", "#D: v: x\ny: #D.v"],
  ])("what comes from a secret is one: %s", (_, text) => {
    const value = exported([fill(`x: string @secret()\n${text}`)]);
    expect(locate(value, ["y"])).toMatchObject({ secret: true });
  });

  test("what does not is none", () => {
    const value = exported([fill('x: string @secret()\ny: "a"\nz: {w: y, s: x}')]);
    expect(locate(value, ["z", "w"])).toMatchObject({ secret: false });
  });

  test("what one selects is none, as what a condition on it gives", () => {
    const value = exported([fill('x: string @secret()\nm: {s3cr3t: 1, a: 2}\ny: m[x]\nz: [if x != "" {"b"}][0]')]);
    expect(toJson(value)).toMatchObject({ y: 1, z: "b" });
    for (const path of ["y", "z"]) expect(locate(value, [path])).toMatchObject({ secret: false });
  });

  test("the number of an item shows in no message", () => {
    const lists = mapFields(read("x: int @secret()\ny: [1][x]\nz: [1][-x]"), (field) =>
      field.attributes.length > 0 ? { ...field, value: numberLiteral("4711", field, true) } : field,
    );
    const { errors } = evaluate([lists]);
    expect(errors.map(({ detail }) => detail)).toEqual([
      "y: index out of range [***] with length 1",
      "z: invalid index *** (index must be non-negative)",
    ]);
  });

  test.each([
    ['y: x & "b"', "conflicting-values"],
    ["y: x & int", "conflicting-values"],
    ['y: x & =~"^t"', "unsupported"],
    ["y: x + 1", "type-mismatch"],
    ["y: -x", "type-mismatch"],
    ["y: x.a", "type-mismatch"],
    ["y: {(x): 1}", "unsupported"],
    ["y: [1][x]", "type-mismatch"],
    ["if x {y: 1}", "type-mismatch"],
    ["for v in x {y: 1}", "type-mismatch"],
    ["y: div(x, 1)", "type-mismatch"],
    ['y: ("a" | "b") & x', "conflicting-values"],
    ['y: {"\\(x)-a": 1}', "unsupported"],
    ["y: x && true", "type-mismatch"],
    ["y: close(x) & 1", "type-mismatch"],
    ["y: {}[x]", "reference-not-found"],
    ["y: {s3cr3: 1}[x]", "reference-not-found"],
    ["y: close({})[x]", "reference-not-found"],
    ["y: {s3cr3t?: 1}[x]", "reference-not-found"],
    ["y: {[string]: 1}[x]", "reference-not-found"],
    ["y: {a: y[x]}", "reference-not-found"],
    ['y: "\\(x)" & int', "conflicting-values"],
  ])("no message shows one: %s", (text, code) => {
    const { errors } = evaluate([fill(`x: string @secret()\n${text}`)]);
    expect(errors.map((error) => error.code)).toContain(code);
    for (const error of errors) expect(error.message).not.toContain("s3cr3t");
  });
});

describe("numbers keep their exact text", () => {
  test.each([
    ["12345678901234567890", 12345678901234567000, "12345678901234567890"],
    ["1.0", 1, "1.0"],
    ["0x10", 16, "16"],
    ["1Ki", 1024, "1024"],
    ["1e3", 1000, "1E+3"],
    ["-0.50", -0.5, "-0.50"],
  ])("%s", (text, value, exact) => {
    expect(exported([read(`v: ${text}`)], ["v"])).toMatchObject({ value, text: exact });
  });

  test("made literals take the numbers of JSON", () => {
    const file = mapFields(read("v: 0"), (field) => ({
      ...field,
      value: {
        kind: "literal",
        value: { type: "number", text: "-1.5e-7" },
        secret: false,
        pos: field.pos,
        end: field.end,
      },
    }));
    expect(exported([file], ["v"])).toMatchObject({ value: -1.5e-7, text: "-1.5E-7" });
  });
});

describe("regular expressions", () => {
  test("need their library, which is loaded for files that use them", async () => {
    const plain = read("a: 1");
    const file = read('a: "xyz" & =~"^x.z$"\nb: "A" !~ "[a-z]"');
    expect(await loadLibrary([plain])).toEqual({});
    expect(evaluate([file]).errors.map(showError)).toContain("unsupported @1:14");
    const { value } = evaluate([file], { library: await loadLibrary([plain, file]) });
    expect(value && toJson(value)).toEqual({ a: "xyz", b: true });
  });

  test("take no exponential time", async () => {
    const file = read(`a: "${"a".repeat(5000)}!" =~ "^(a+)+$"`);
    const start = performance.now();
    const { value } = evaluate([file], { library: await loadLibrary([file]) });
    expect(value && toJson(value)).toEqual({ a: false });
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe("evaluation is bounded", () => {
  const laughs = Array.from({ length: 30 }, (_, i) => `x${i}: {a: x${i + 1}, b: x${i + 1}}`).join("\n");
  const dots = Array.from({ length: 40 }, (_, i) => `y${i}: "\\(y${i + 1})\\(y${i + 1})"`).join("\n");
  const alternatives = Array.from({ length: 24 }, (_, i) => `{f${i}: 1} | {f${i}: 2}`).join(") & (");
  const loops = Array.from({ length: 9 }, (_, i) => `for v${i} in r `).join("");
  test.each([
    ["exponential references", `${laughs}\nx30: 1`],
    ["exponential strings", `${dots}\ny40: "lol"`],
    ["a product of disjunctions", `a: (${alternatives})`],
    ["nested loops", `r: [1,2,3,4,5,6,7,8,9,10]\na: [${loops}{v0}]`],
    ["an endless structure", "#A: {n: m: #B}\n#B: {k: #A}\na: #A & {n: m: k: n: m: {}}"],
    ["a long chain", `${Array.from({ length: 3000 }, (_, i) => `z${i}: z${i + 1} + 1`).join("\n")}\nz3000: 1`],
    ["a huge repetition", 'a: "x" * 100000000\nb: "xxxxxxxxxx" * 1000000 * 1000'],
  ])("%s", (_, text) => {
    const { errors } = evaluate([read(text)]);
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) {
      expect(error).toBeInstanceOf(SourceError);
      expect(["limit-exceeded", "cycle", "type-mismatch"]).toContain(error.code);
    }
  });

  test("limits may be set, and their error names the bound", () => {
    const file = read(`a: [${"1,".repeat(50)}]`);
    expect(evaluate([file], { limits: { maxNodes: 20 } }).errors.map(({ message }) => message)).toEqual([
      "x.cue:1:43: the value has more than 20 fields and items",
    ]);
    expect(evaluate([file], { limits: { maxSteps: 20 } }).errors[0]?.detail).toContain("more than 20 steps");
    const nested = read("a: b: c: d: e: f: 1");
    expect(evaluate([nested], { limits: { maxDepth: 4 } }).errors[0]?.detail).toContain("more than 4 levels");
  });

  test("data may nest as deep as files may", () => {
    const { errors } = evaluate([read(`a: ${"[".repeat(390)}1${"]".repeat(390)}`)]);
    expect(errors).toEqual([]);
  });
});

describe("what is not evaluated yet says so", () => {
  test.each([
    ['import "strings"\na: strings.ToUpper("x")', "unsupported @1:8"],
    ["a: len", "unsupported @1:4"],
  ])("%s", (text, expected) => {
    expect(evaluate([read(text)]).errors.map(showError)).toContain(expected);
  });
});

describe("messages", () => {
  test.each([
    ["bundle: instances: x: name: 1 & 2", "bundle.instances.x.name: conflicting values 2 and 1"],
    ['a: "b-c": "x" & int', 'a."b-c": conflicting values "x" and int (mismatched types string and int)'],
    ['a: strings.ToUpper("x")', 'a: reference "strings" not found; the file lacks import "strings"'],
    ["a: [80 443]", "missing ',' between the items of a list, before number 443"],
    ["a: [{x: 1}]\nb: a.x", "b: a list has no field of a name: its items have numbers, as in [0]"],
    ["a: {x: 1}\nb: a[0]", 'b: a struct has no item of a number: its fields have names, as in ["name"]'],
    ['a: 1\nimport "list"', "imports stand before the fields"],
    ["package a\npackage b", "the package clause stands once, before everything else"],
    [
      "my-app: 1",
      "unexpected ':': a label is a name, a string, an expression in parentheses or a pattern in brackets; write \"my-app\", with the quotes",
    ],
    ['import "list"\na: list.Maxx([1])', 'a: the package "list" has no function Maxx; did you mean Max?'],
    [
      'import "strings"\na: strings.Lower("A")',
      'a: the package "strings" has no function Lower; did you mean ToLower?',
    ],
    ["ns: flux-system", 'ns: reference "flux" not found; a string is written "flux-system", with the quotes'],
    ["a: [web]", 'a: reference "web" not found; a string is written "web", with the quotes'],
    ["a: _webs", 'a: reference "_webs" not found'],
    ["on: False", 'on: reference "False" not found; did you mean false?'],
    ["on: yes", 'on: reference "yes" not found; did you mean true?'],
    [
      'e: "dev" | "staging" | "prod"\ne: "prd"',
      'e: conflicting values: "prd" is none of "dev", "staging", "prod"; did you mean "prod"?',
    ],
    [
      "e: 1 | 2 | {a: 1}\ne: 3",
      "e: none of the 3 disjuncts fits: conflicting values 1 and 3; conflicting values 2 and 3; conflicting values 3 and {…} (mismatched types int and struct)",
    ],
    ["x: {name!: string}", "x.name: field is required but not present: expected string"],
    ["bundel: 1\nx: 2\ny: bundle", 'y: reference "bundle" not found; did you mean bundel?'],
    ["naem: 1\nb: name", 'b: reference "name" not found; did you mean naem?'],
    ["a: {replicas: 1}\nb: a.replcas", "b: undefined field: replcas; did you mean replicas?"],
    [
      "#D: {hostNetwork?: bool}\na: #D & {hostNetwrok: true}",
      "a.hostNetwrok: field not allowed: hostNetwrok is no field of the closed struct; did you mean hostNetwork?",
    ],
    ["a: >5 & 3", "a: invalid value 3 (out of bound >5)"],
    ["a: int\nb: a + 1", "b: non-concrete value int in operand to +"],
    ["a: 1 | 2", "a: incomplete value 1 | 2"],
    ["a: >1 & int", "a: incomplete value >1 & int"],
    ["a: {b!: int}", "a.b: field is required but not present: expected int"],
    ["a: {b?: int, c: b}", "a.c: cannot reference optional field: b"],
    ["a: {x: a}", "a.x: structural cycle: the value contains itself"],
    ["a: [1] & [1, 2]", "a: incompatible list lengths (1 and 2)"],
    ["a: {5: 1}", undefined],
  ])("%s", async (text, expected) => {
    const { file, errors } = parse(text, "x.cue");
    const found = errors.length > 0 ? errors : evaluate([file], { library: await loadLibrary([file]) }).errors;
    const details = found.map(({ detail }) => detail);
    if (expected !== undefined) expect(details).toContain(expected);
    else expect(errors.length).toBeGreaterThan(0);
  });
});

test("what is not supported is no reason to take another disjunct", () => {
  const { errors } = evaluate([read('a: len | 5\nb: *{c: =~"x"} | 1\n#D: d: len(and) | 2')]);
  expect(errors.map(showError)).toEqual(["unsupported @1:4", "unsupported @2:11", "unsupported @3:12"]);
});
