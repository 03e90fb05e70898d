import { describe, expect, test } from "vitest";
import type { SourcePos } from "../../../src/engine/diagnostics/index.js";
import type { JsonObject, JsonValue, Located, LocatedField } from "../../../src/engine/json/index.js";
import { compileSchema, formats } from "../../../src/engine/schema/index.js";

/** Located data whose places count up by one line for each value, in order; keys stand at column 1, values at 5. */
function place(value: JsonValue, secret = false): Located {
  let line = 0;
  const next = (column: number): SourcePos => ({ file: "a.yaml", offset: line * 10 + column, line, column });
  const convert = (data: JsonValue): Located => {
    line++;
    const pos = next(5);
    if (Array.isArray(data)) return { kind: "list", items: data.map(convert), pos };
    if (typeof data !== "object" || data === null) return { kind: "scalar", value: data, pos, secret };
    const fields = new Map<string, LocatedField>();
    for (const [key, item] of Object.entries(data)) {
      const value = convert(item);
      fields.set(key, { keyPos: { ...value.pos, column: 1 }, value });
    }
    return { kind: "struct", fields, pos };
  };
  return convert(value);
}

const schema: JsonObject = {
  $defs: { short: { maxLength: 5 } },
  type: "object",
  additionalProperties: false,
  required: ["git"],
  properties: {
    replicas: { type: "integer", minimum: 1, default: 1 },
    level: { enum: ["info", "debug"] },
    size: { type: "string", format: "quantity" },
    git: {
      type: "object",
      description: "where the code is",
      additionalProperties: false,
      required: ["url"],
      properties: {
        url: { type: "string", pattern: "^https://", description: "the HTTPS address of the repository" },
        ref: { type: "string", default: "main" },
      },
    },
    nested: {
      type: "object",
      default: {},
      properties: { deep: { type: "object", default: {}, properties: { on: { type: "boolean", default: true } } } },
    },
    absent: { type: "object", properties: { inner: { default: 1 } } },
    patch: {
      anyOf: [
        { type: "object", required: ["kind"] },
        { type: "array", items: { type: "object" } },
      ],
    },
    named: { type: "object", required: ["must"], propertyNames: { $ref: "#/$defs/short" } },
    labels: { type: "object", propertyNames: { maxLength: 5 }, additionalProperties: { type: "string" } },
  },
};

describe("check()", () => {
  test("fills defaults, also nested ones, and leaves absent objects absent", async () => {
    const located = place({ git: { url: "https://a" } });
    const { value, faults } = await (await compileSchema(schema)).check(located);
    expect(faults).toEqual([]);
    expect(value).toEqual({ git: { url: "https://a", ref: "main" }, replicas: 1, nested: { deep: { on: true } } });
  });

  const git = { url: "https://a" };
  test.each<{ title: string; value: JsonValue; faults: string[] }>([
    {
      title: "a misspelled field",
      value: { git, replcias: 2 },
      faults: ["a.yaml:4:1: values.replcias: unknown field; did you mean replicas?"],
    },
    {
      title: "a field that is like no other",
      value: { git: { ...git, zzzzzz: 1 } },
      faults: ["a.yaml:4:1: values.git.zzzzzz: unknown field; known are url, ref"],
    },
    {
      title: "a wrong type",
      value: { git, replicas: "three" },
      faults: ['a.yaml:4:5: values.replicas: expected an integer, found the string "three"'],
    },
    {
      title: "a fraction for an integer",
      value: { git, replicas: 1.5 },
      faults: ["a.yaml:4:5: values.replicas: expected an integer, found the number 1.5"],
    },
    {
      title: "a missing field",
      value: { git: {} },
      faults: ["a.yaml:2:5: values.git.url: required value is missing: the HTTPS address of the repository"],
    },
    {
      title: "a missing object",
      value: {},
      faults: ["a.yaml:1:5: values.git: required value is missing: where the code is"],
    },
    {
      title: "a value that is none of a set",
      value: { git, level: "warn" },
      faults: ['a.yaml:4:5: values.level: "warn" is not one of "info", "debug"'],
    },
    {
      title: "a bad format",
      value: { git, size: "8GiB" },
      faults: ['a.yaml:4:5: values.size: "8GiB" is no quantity; write for example 100m, 64Mi or 8Gi'],
    },
    {
      title: "a bad pattern",
      value: { git: { url: "http://a" } },
      faults: ['a.yaml:3:5: values.git.url: "http://a" does not match ^https:// (the HTTPS address of the repository)'],
    },
    {
      title: "a number out of range",
      value: { git, replicas: 0 },
      faults: ["a.yaml:4:5: values.replicas: 0 must be >= 1"],
    },
    {
      title: "a value of no branch",
      value: { git, patch: "x" },
      faults: ['a.yaml:4:5: values.patch: expected an object or a list, found the string "x"'],
    },
    {
      title: "a value of a branch with a fault",
      value: { git, patch: {} },
      faults: ["a.yaml:4:5: values.patch.kind: required value is missing"],
    },
    {
      title: "a fault inside a branch",
      value: { git, patch: [1] },
      faults: ["a.yaml:5:5: values.patch.0: expected an object, found the number 1"],
    },
    {
      title: "a bad name",
      value: { git, labels: { toolong: "x" } },
      faults: ["a.yaml:5:1: values.labels.toolong: the name has more than 5 characters"],
    },
    {
      title: "a bad name by a definition, beside another fault",
      value: { git, named: { toolong: "x" } },
      faults: [
        "a.yaml:4:5: values.named.must: required value is missing",
        "a.yaml:5:1: values.named.toolong: the name has more than 5 characters",
      ],
    },
    {
      title: "an integer beyond 2^53",
      value: { git, replicas: 2 ** 60 },
      faults: [
        "a.yaml:4:5: values.replicas: the integer is beyond ±(2^53 - 1) and could not be carried exactly; write it as a string",
      ],
    },
    {
      title: "all faults at once",
      value: { git: {}, replicas: "x", zz: 1 },
      faults: [
        "a.yaml:2:5: values.git.url: required value is missing: the HTTPS address of the repository",
        'a.yaml:3:5: values.replicas: expected an integer, found the string "x"',
        "a.yaml:4:1: values.zz: unknown field; known are replicas, level, size, git, nested, absent, patch, named, labels",
      ],
    },
  ])("reports $title", async ({ value, faults }) => {
    const found = await (await compileSchema(schema)).check(place(value), ["values"]);
    expect(found.faults.map(({ message }) => message).sort()).toEqual(faults);
  });

  test("never shows a secret", async () => {
    const located = place(
      { git: { url: "marker-1" }, level: "marker-2", replicas: "marker-3", size: "marker-4" },
      true,
    );
    const { faults } = await (await compileSchema(schema)).check(located);
    expect(faults).toHaveLength(4);
    expect(faults.map(String).join()).not.toContain("marker");
  });

  test("leaves the user's data as it is", async () => {
    const located = place({ git });
    const before = JSON.stringify(located);
    await (await compileSchema(schema)).check(located);
    expect(JSON.stringify(located)).toBe(before);
  });
});

describe("a choice of forms", () => {
  const forms = ["a", "b", "c"].map((name) => ({ required: [name], properties: { [name]: {} } }));
  const choice: JsonObject = { type: "object", oneOf: forms, properties: { a: {}, b: {}, c: {} } };

  test.each<[string, JsonObject, string[]]>([
    ["takes one", { b: 1 }, []],
    ["names those of which it takes one", { a: 1, c: 1 }, ["v: the value has a and c, of which it takes only one"]],
    ["says what is missing", {}, ["v.a: required value is missing", "v.b: required", "v.c: required"]],
  ])("%s", async (_, value, want) => {
    const { faults } = await (await compileSchema(choice)).check(place(value), ["v"]);
    expect(faults.map(({ message }) => message)).toEqual(want.map((text) => expect.stringContaining(text)));
  });

  test("says which version has a field that this one lacks", async () => {
    const old = { type: "object", additionalProperties: false, properties: { a: {} }, "x-since": { b: "2.7.5-0" } };
    const { faults } = await (await compileSchema(old)).check(place({ b: 1, c: 1 }), ["v"]);
    expect(faults.map(({ message }) => message)).toEqual([
      "a.yaml:2:1: v.b: unknown field; version 2.7.5-0 of the module has it",
      "a.yaml:3:1: v.c: unknown field; known are a",
    ]);
  });

  test("says of what is never taken why", async () => {
    const never = { type: "object", properties: { a: { description: "It goes with b.", not: {} } } };
    const { faults } = await (await compileSchema(never)).check(place({ a: "x" }), ["v"]);
    expect(faults.map(({ message }) => message)).toEqual(['a.yaml:2:5: v.a: "x" is not taken here (It goes with b.)']);
  });
});

describe("a string that holds YAML", () => {
  const change: JsonObject = {
    type: ["object", "array", "string"],
    contentMediaType: "application/yaml",
    properties: { replicas: { type: "integer", default: 1 }, kind: {} },
    additionalProperties: false,
    items: { type: "object", required: ["op"] },
  };
  const texts: JsonObject = { type: "object", properties: { list: { type: "array", items: change }, plain: {} } };
  const check = async (value: JsonValue, secret = false) => {
    const { value: read, faults } = await (await compileSchema(texts)).check(place(value, secret), ["values"]);
    return { read, faults: faults.map(({ message }) => message) };
  };

  test.each([
    ["a map, with defaults", "kind: A # of mine\n", { kind: "A", replicas: 1 }],
    ["a list", "- op: add\n  value: 'yes'\n- { op: remove }\n", [{ op: "add", value: "yes" }, { op: "remove" }]],
    ["what an alias stands for", "- op: &a add\n- op: *a\n", [{ op: "add" }, { op: "add" }]],
    ["words that are nearly numbers", `kind: 1${"_".repeat(5000)}x`, { kind: `1${"_".repeat(5000)}x`, replicas: 1 }],
    ["quoted words", 'kind: "on"', { kind: "on", replicas: 1 }],
    ["a key of all objects", "- op: { __proto__: { a: 1 } }", JSON.parse('[{ "op": { "__proto__": { "a": 1 } } }]')],
  ])("is %s", async (_, text, data) => {
    expect(await check({ list: [text], plain: text })).toEqual({ read: { list: [data], plain: text }, faults: [] });
  });

  test.each([
    ["YAML with a fault in it", "a: [", "is not YAML: bad indent, at line 1, column 5 of the text"],
    ["two documents", "a: 1\n---\nb: 1\n", "has a second document; write each into a text of its own, at line 2"],
    ["map or list with plain text", "just text", "is text that holds no map and no list; expected YAML of one"],
    ["map or list with nothing", "", "is text that holds no map and no list"],
    [
      "a word of YAML 1.1",
      "kind: on",
      "has a value that versions of YAML read differently; put it in quotes, at line 1",
    ],
    ["an octal number", "\nkind: 0644", "read differently; put it in quotes, at line 2, column 7 of the text"],
    ["a number with underscores", "kind: 1_000", "read differently; put it in quotes"],
    ["a number past 2^53", "kind: 9007199254740993", "has a number that JSON cannot carry exactly"],
    ["a number that JSON has not", "kind: .inf", "has a number that JSON cannot carry exactly"],
    ["an alias without anchor", "kind: *a", "has aliases of too much, or without an anchor"],
    ["a billion laughs", laughs(), "has aliases of too much"],
    [
      "what the schema refuses",
      "kind: A\nreplica: 2\n",
      "values.list.0.replica: unknown field; did you mean replicas?",
    ],
    ["a wrong type inside", "replicas: two", "values.list.0.replicas: expected an integer"],
    ["a missing field inside", "- path: /a", "values.list.0.0.op: required value is missing"],
  ])("refuses: %s", async (_, text, message) => {
    const { faults } = await check({ list: [text] });
    expect(faults).toEqual([expect.stringContaining(message)]);
    expect(faults[0]).toMatch(/^a\.yaml:3:5: values\.list\.0/);
  });

  test("may not be secret, and is not shown", async () => {
    const { faults } = await check({ list: ["marker: 1"] }, true);
    expect(faults).toEqual([expect.stringContaining("is read as YAML, so it cannot come from the runtime")]);
    expect(faults.join()).not.toContain("marker");
  });

  test("is read for checks at a time, each with its own", async () => {
    const validator = await compileSchema(texts);
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        validator.check(place({ list: [`kind: ${i}`, { kind: "x" }], plain: "a: 1" })),
      ),
    );
    expect(all.map(({ value }) => value)).toEqual(
      Array.from({ length: 20 }, (_, i) => ({
        list: [
          { kind: i, replicas: 1 },
          { kind: "x", replicas: 1 },
        ],
        plain: "a: 1",
      })),
    );
  });

  /** Each line stands for ten of the line before. */
  function laughs(): string {
    const lines = Array.from({ length: 9 }, (_, i) => `- &l${i + 1} [${`*l${i},`.repeat(10)}]`);
    return ["- &l0 [a]", ...lines].join("\n");
  }
});

describe("formats", () => {
  test.each<[string, string[], string[]]>([
    ["quantity", ["1", "100m", "1.5", "64Mi", "1e3", ".5Gi"], ["", "8GiB", "1 Gi", "m", "1e"]],
    ["duration", ["30s", "1h30m", "1.5h"], ["", "5", "5 m", "1d"]],
    [
      "url",
      ["https://a", "oci://ghcr.io/a/b", "http://127.0.0.1:80/x?y#z"],
      ["a", "https://", "https:/a", "https://a b"],
    ],
    ["semver", ["1.2.3", "2.8.0-0", "1.0.0-rc.1+b"], ["1.2", "v1.2.3", "01.2.3", "1.2.3-01", "latest"]],
    [
      "semver-range",
      ["*", ">=1.0.0", "6.x", "1.x", "^1.2", "~1", ">=1.0.0 <2.0.0", ">=1, <2", "1.2 - 1.4", "^1 || ^3", ">=1.0.0-0"],
      ["", "latest", ">>1", "1.2.3.4", ">="],
    ],
    [
      "module-version",
      ["latest", "2.8.0-0", "2.8.x", ">=2.7.0 <2.9.0", "~2.8.0"],
      ["v2.8.0", "newest", "2.8", "x.y", "> "],
    ],
    [
      "image-repository",
      ["ghcr.io/fluxcd/a", "localhost:5000/a_b/c--d", "busybox"],
      ["GHCR.io/A", "a:b:c", "a//b", "https://a"],
    ],
    ["digest", [`sha256:${"a".repeat(64)}`], ["sha256:abc", "a".repeat(64), ""]],
    ["dns-label", ["a", "a-1"], ["A", "-a", "a.b", "", "a".repeat(64)]],
    ["dns-subdomain", ["a.b-c.d"], ["a..b", "A", ""]],
    ["host", ["ghcr.io", "localhost:5000"], ["https://a", "a/b", ""]],
    ["image-tag", ["v1.2.3", "latest"], ["", "-a", "a b", "a".repeat(129)]],
  ])("%s", (name, right, wrong) => {
    for (const text of right) expect([text, formats[name]?.test(text)]).toEqual([text, true]);
    for (const text of wrong) expect([text, formats[name]?.test(text)]).toEqual([text, false]);
  });
});
