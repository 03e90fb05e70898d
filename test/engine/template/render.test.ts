import { describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../../src/engine/json/index.js";
import {
  compileTemplate,
  helpers,
  renderDocuments,
  renderTemplate,
  type TemplateLimits,
  templatePaths,
} from "../../../src/engine/template/index.js";

const secret = "s3cr3t-value";
const context: JsonObject = {
  values: { timeout: 5, name: secret, map: { a: 1 }, list: [1, 2], nothing: null, items: [{ name: "x" }], text: "t" },
  instance: { name: "web", namespace: "apps" },
};

async function render(
  text: string,
  values: JsonObject = context,
  limits?: Partial<TemplateLimits>,
): Promise<JsonValue[]> {
  const { program, errors } = await compileTemplate(text, "t.yaml");
  expect(errors.map(({ message }) => message)).toEqual([]);
  return renderTemplate(program, values, { limits });
}

describe("renderTemplate() refuses", () => {
  test.each<{ title: string; text: string; code: string; message: string | RegExp }>([
    {
      title: "a misspelled key",
      text: "a: {{values.timeuot}}",
      code: "undefined-value",
      message: "t.yaml:1:4: values.timeuot is undefined; did you mean timeout?",
    },
    {
      title: "a misspelled start",
      text: "a:\n  b: {{vlaues.timeout}}",
      code: "undefined-value",
      message: "t.yaml:2:6: vlaues is undefined; did you mean values?",
    },
    {
      title: "a misspelled start in a test",
      text: "{{#if vlaues.timeout}}\na: 1\n{{/if}}",
      code: "undefined-value",
      message: "t.yaml:1:1: vlaues is undefined; did you mean values?",
    },
    {
      title: "a start that is like no other",
      text: "a: {{foo}}",
      code: "undefined-value",
      message: "t.yaml:1:4: foo is undefined; a template has values, instance",
    },
    {
      title: "an absent value",
      text: "a: {{values.zzz.deep}}",
      code: "undefined-value",
      message:
        /^t.yaml:1:4: values.zzz is undefined; if it may be missing, write {{optional values.zzz.deep}} as the whole value/,
    },
    {
      title: "a root name inside of each",
      text: "a:\n  {{#each values.items}}\n  - {{values.text}}\n  {{/each}}",
      code: "undefined-value",
      message: "t.yaml:3:5: values is undefined in the context of this {{#each}} or {{#with}}; write @root.values.text",
    },
    {
      title: "a root name inside of each, in a test",
      text: "a:\n  {{#each values.list}}\n  {{#if values.text}}\n  - 1\n  {{/if}}\n  {{/each}}",
      code: "undefined-value",
      message: /^t.yaml:3:3: values is undefined in the context/,
    },
    {
      title: "a key of a string",
      text: "a: {{values.text.b}}",
      code: "wrong-type",
      message: "t.yaml:1:4: values.text is a string and has no key b",
    },
    {
      title: "a key of a list",
      text: "{{#if values.list.b}}\na: 1\n{{/if}}",
      code: "wrong-type",
      message: /^t.yaml:1:1: values.list is a list and has no key b; write its index/,
    },
    {
      title: "the length of a list as a key",
      text: "a: {{values.list.length}}",
      code: "wrong-type",
      message: /write \(length …\)/,
    },
    {
      title: "a key that objects have anyway",
      text: "a: {{values.constructor}}",
      code: "undefined-value",
      message: /^t.yaml:1:4: values.constructor is undefined/,
    },
    {
      title: "a prototype",
      text: "a: {{default values.__proto__.toString values.map.__proto__}}",
      code: "undefined-value",
      message: /^t.yaml:1:4: values.map.__proto__ is undefined/,
    },
    {
      title: "a map in a string",
      text: "a: x{{values.map}}",
      code: "wrong-type",
      message:
        "t.yaml:1:5: values.map is a map and cannot stand inside a string; write (json …), or make it the whole value",
    },
    {
      title: "null in a string",
      text: 'a: "{{values.nothing}}"',
      code: "wrong-type",
      message: /^t.yaml:1:5: values.nothing is null and cannot stand inside a string/,
    },
    {
      title: "a list as a key",
      text: "{{values.list}}: 1",
      code: "wrong-type",
      message: /^t.yaml:1:1: values.list is a list/,
    },
    {
      title: "a key that is there",
      text: "t: 1\n{{values.text}}: 2",
      code: "duplicate-key",
      message: "t.yaml:2:1: a key that is computed here is in the map already",
    },
    {
      title: "a key of a branch that is there",
      text: "{{#if values.text}}\na: 1\n{{/if}}\n{{#if values.list}}\na: 2\n{{/if}}",
      code: "duplicate-key",
      message: "t.yaml:5:1: the key a is in the map already",
    },
    {
      title: "each over a string",
      text: "a:\n  {{#each values.name}}\n  - 1\n  {{/each}}",
      code: "wrong-type",
      message: "t.yaml:2:3: {{#each values.name}} wants a list or a map, found a string",
    },
    {
      title: "a helper's argument of a wrong type",
      text: "a: {{startsWith values.timeout values.name}}",
      code: "wrong-type",
      message: "t.yaml:1:4: startsWith: values.timeout is a number, expected a string",
    },
    {
      title: "a helper's argument that makes no sense",
      text: "a: {{host values.name}}",
      code: "wrong-type",
      message: "t.yaml:1:4: host: expected a URL such as https://example.com/path; write host url",
    },
    {
      title: "a helper that gives nothing",
      text: 'a: {{lookup values.map "zz"}}',
      code: "undefined-value",
      message: /^t.yaml:1:4: \(lookup …\) gives nothing here/,
    },
  ])("$title", async ({ text, code, message }) => {
    const error: unknown = await render(text).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      name: "TemplateError",
      code,
      message: typeof message === "string" ? message : expect.stringMatching(message),
    });
    expect(String(error)).not.toContain(secret);
  });
});

describe("bounds", () => {
  const many = { values: { list: Array.from({ length: 100 }, (_, i) => i), text: "x".repeat(100) } };
  test.each<{ title: string; text: string; limits: Partial<TemplateLimits>; bound: string }>([
    {
      title: "documents",
      text: "{{#each values.list}}\na: 1\n{{/each}}",
      limits: { documents: 99 },
      bound: "t.yaml:2:1: the template makes more than 99 documents",
    },
    {
      title: "values",
      text: "a: {{values.list}}",
      limits: { nodes: 101 },
      bound: "t.yaml:1:4: the template makes more than 101 values",
    },
    {
      title: "turns without output",
      text: "a:\n  {{#each values.list}}\n  {{#each @root.values.list}}\n  {{/each}}\n  {{#if @root.zzz}}\n  - 1\n  {{/if}}\n  {{/each}}".replace(
        "@root.zzz",
        "@root.values.zzz",
      ),
      limits: { nodes: 50 },
      bound: "t.yaml:2:3: the template makes more than 50 values",
    },
    {
      title: "text",
      text: "a:\n  {{#each values.list}}\n  - x{{@root.values.text}}\n  {{/each}}",
      limits: { textBytes: 10_000 },
      bound: "t.yaml:3:5: the template makes more than 10000 bytes of text",
    },
    {
      title: "text in values",
      text: "a: {{list values.text values.text}}",
      limits: { textBytes: 150 },
      bound: "t.yaml:1:4: the template makes more than 150 bytes of text",
    },
    {
      title: "text in keys",
      text: "{{values.text}}: 1",
      limits: { textBytes: 50 },
      bound: "t.yaml:1:1: the template makes more than 50 bytes of text",
    },
    {
      title: "depth",
      text: "a: {b: {c: {{list (list 1)}}}}",
      limits: { depth: 4 },
      bound: "t.yaml:1:12: the template makes more than 4 maps and lists inside each other",
    },
  ])("of $title", async ({ text, limits, bound }) => {
    await expect(render(text, many, limits)).rejects.toMatchObject({ code: "limit-exceeded", message: bound });
    expect(await render(text, many)).not.toEqual([]);
  });

  test("hold for loops inside each other", async () => {
    const text = `a:\n${[1, 2, 3, 4].map(() => "{{#each @root.values.list}}\n").join("")}- 1\n${"{{/each}}\n".repeat(4)}`;
    await expect(render(text, many)).rejects.toMatchObject({ code: "limit-exceeded" });
  });
});

describe("rendering", () => {
  test("shares nothing with the context, and leaves it as it is", async () => {
    const before = structuredClone(context);
    const { program } = await compileTemplate("a: {{values.map}}\nb: {{values.list}}\nc: {d: [1]}", "t.yaml");
    const [first] = renderTemplate(program, context);
    const [second] = renderTemplate(program, context);
    expect(first).toEqual({ a: { a: 1 }, b: [1, 2], c: { d: [1] } });
    if (typeof first !== "object" || first === null || Array.isArray(first)) throw new TypeError("a map was rendered");
    for (const value of Object.values(first))
      if (typeof value === "object" && value !== null) Object.assign(value, { 0: "changed" });
    expect(second).toEqual({ a: { a: 1 }, b: [1, 2], c: { d: [1] } });
    expect(renderTemplate(program, context)).toEqual([second]);
    expect(context).toEqual(before);
  });

  test("tells where each document starts", async () => {
    const { program } = await compileTemplate(
      "# one\na: 1\n---\n\n{{#if values.text}}\nb: {{values.text}}\n{{/if}}\n",
      "t.yaml",
    );
    expect(renderDocuments(program, context).map(({ pos }) => [pos.line, pos.column])).toEqual([
      [2, 1],
      [6, 1],
    ]);
  });

  test("paths of a template, traced to the root", async () => {
    const text =
      "{{#if values.a}}\na: {{default values.b (host instance.name)}}\n{{/if}}\nl:\n  {{#each values.list as |item key|}}\n  - {{item.x}}{{y}}{{key}}{{@key}}{{../values.z}}{{@root.w}}\n  {{/each}}\n{{#with (or values.c 1) as |c|}}\n'{{c.d}}': 1\n{{/with}}";
    const { program } = await compileTemplate(text, "t.yaml");
    expect(templatePaths(program).map(({ steps }) => steps.map((step) => step ?? "*").join("."))).toEqual([
      "values.a",
      "values.b",
      "instance.name",
      "values.list",
      "values.list.*.x",
      "values.list.*.y",
      "values.z",
      "w",
      "values.c",
    ]);
  });
});

describe("helpers", () => {
  test.each<[string, JsonValue]>([
    ["default values.zzz 1", 1],
    ["default values.nothing 1", 1],
    ['default "" 1', ""],
    ["default values.zzz.y (default values.zzz 2)", 2],
    ["if values.list 1 values.zzz", 1],
    ["if values.zzz values.zzz 2", 2],
    ["eq values.map (object a=1)", true],
    ["eq values.list (list 1 2)", true],
    ["eq values.list (list 2 1)", false],
    ['eq 5 "5"', false],
    ["eq values.zzz null", true],
    ["ne values.zzz values.text", true],
    ["not values.map", false],
    ["not (object)", true],
    ["and values.text values.timeout", 5],
    ['and (hasKey values.map "zz") (host values.zzz)', false],
    ["or values.zzz values.text", "t"],
    ["or values.text (host values.zzz)", "t"],
    ['hasKey values.map "a"', true],
    ['hasKey values.map "toString"', false],
    ['hasKey values.zzz "a"', false],
    ['lookup values.map (concat "" "a")', 1],
    ["length values.list", 2],
    ["length values.map", 1],
    ['length "abc"', 3],
    ["contains values.list 2", true],
    ["contains (list (list 1)) (list 1)", true],
    ['contains "abc" "bc"', true],
    ['startsWith "oci://x" "oci://"', true],
    ['endsWith "a.b" ".b"', true],
    ['trimPrefix "oci://x" "oci://"', "x"],
    ['trimPrefix "x" "oci://"', "x"],
    ['trimSuffix "x/" "/"', "x"],
    ['trimSuffix "x" ""', "x"],
    ["concat values.text 1 true", "t1true"],
    ['join (list "a" 1 false) ", "', "a, 1, false"],
    ["string 1.50", "1.5"],
    ['number "-1e3"', -1000],
    ["number 5", 5],
    ["json values.map", '{"a":1}'],
    ['json "\\"', '"\\\\"'],
    ['base64 "ü"', "w7w="],
    ['host "https://user:pw@example.com:8443/path?q#f"', "example.com:8443"],
    ['host "oci://ghcr.io/a/b"', "ghcr.io"],
    ['host "https://[::1]:5000/x"', "[::1]:5000"],
    [
      'dockerConfig "ghcr.io" "u" \'p"w\'',
      '{"auths": {"ghcr.io": {"username": "u","password": "p\\"w","auth": "dTpwInc="}}}',
    ],
    ['object "a" 1 (concat "b" 2) 2 c=3', { a: 1, b2: 2, c: 3 }],
    ["default values.zzz (list)", []],
    ["merge values.map (object b=2) (object a=3)", { a: 3, b: 2 }],
    ['semverAtLeast "2.8.0-0" "2.8.0"', true],
    ['semverAtLeast "v2.10.0" "2.9"', true],
    ['semverAtLeast "2.7.5-0" "2.8.0"', false],
    ['semverAtLeast "v1.31.2+k3s1" "1.31"', true],
  ])("{{%s}}", async (call, want) => {
    expect(await render(`a: {{${call}}}`)).toEqual([{ a: want }]);
  });

  test.each([
    ['number "x"', "expected a number"],
    ['number "0x10"', "expected a number"],
    ['number "99999999999999999999"', "beyond 2^53"],
    ['host "ghcr.io/a"', "expected a URL"],
    ['semverAtLeast "latest" "1.0.0"', "expected versions"],
    ["object 1", "in pairs"],
    ["object (list 1) 2", "expected a string, number or boolean"],
    ['join (list (list 1)) ""', "expected strings, numbers or booleans"],
    ['contains values.map "a"', "hasKey"],
    ["length 5", "expected a string, a list or a map"],
    ["merge values.list", "values.list is a list, expected a map"],
    ["json values.zzz", "values.zzz is undefined"],
  ])("{{%s}} is refused", async (call, message) => {
    await expect(render(`a: {{${call}}}`)).rejects.toThrow(message);
  });

  // The table's types are what the page documents; what a helper asks for must be the same.
  const samples: Record<string, JsonValue> = {
    any: 1,
    string: "1.0",
    number: 1,
    text: "1",
    map: {},
    list: [],
    "string, list or map": "x",
  };
  const wrong: Record<string, JsonValue> = {
    string: 1,
    number: "1",
    text: [],
    map: "x",
    list: "x",
    "string, list or map": 1,
  };
  const params = [...helpers].flatMap(([name, helper]) =>
    [...helper.params, ...(helper.rest ? [helper.rest] : [])].map((param, index) => ({ name, helper, param, index })),
  );
  test.each(params.filter(({ param }) => wrong[param.type] !== undefined))(
    "$name checks the type of $param.name",
    async ({ name, helper, param, index }) => {
      const types = [...helper.params, ...(helper.rest ? [helper.rest] : [])].map(({ type }) => type);
      const args = types.map((_, i) => `values.${i === index ? "wrong" : `a${i}`}`).join(" ");
      const values: JsonObject = {
        wrong: wrong[param.type] ?? null,
        ...Object.fromEntries(types.map((type, i) => [`a${i}`, samples[type] ?? null])),
      };
      await expect(render(`a: {{${name} ${args}}}`, { values })).rejects.toMatchObject({ code: "wrong-type" });
    },
  );
});
