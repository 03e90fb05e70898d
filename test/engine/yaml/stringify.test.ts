import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import type { JsonValue } from "../../../src/engine/json/index.js";
import { stringifyYaml, stringifyYamlDocuments } from "../../../src/engine/yaml/index.js";

const hostile = [
  "no",
  "y",
  "NULL",
  "1e3",
  "0x1f",
  "1_000",
  "12:30:45",
  "2001-01-01",
  ".inf",
  "-",
  "?",
  ":",
  "a: b",
  "a #b",
  "#a",
  "- a",
  "&a",
  "*a",
  "!!int 3",
  "%TAG",
  "@a",
  "`a",
  "{a}",
  "[a]",
  '"',
  "'",
  "\\",
  "",
  " ",
  " a",
  "a ",
  "a:",
  "\t",
  "\n",
  "a\n",
  "a\n\n",
  "\na",
  " a\nb",
  "a\n b\n",
  "a\n\tb",
  "a\n  \nb",
  "a\r\nb",
  "\0",
  "\u0085",
  "\u2028",
  "\ufeff",
  "\ud800",
  "😀\n😀",
  "---",
  "--",
  "--- a",
  "--a: b",
  "-y",
  "60m",
  "1e3m",
  "0x1m",
  "./",
  "../a",
  ".a",
  "...",
  "a\n---\nb",
  "<<",
  "=",
  "x".repeat(2000),
  "{{ }}",
  "|",
  ">",
];

describe("stringifyYaml()", () => {
  test.each(hostile.map((text) => [text]))("carries %j as a value, a key and an item", (text) => {
    const value = { a: text, [text]: [text, { [text]: text }], z: { deep: [[text]] } };
    for (const version of ["1.2", "1.1"] as const) {
      expect(parse(stringifyYaml(value), { version, merge: false })).toEqual(value);
    }
  });

  test("writes what people expect to read", () => {
    const value: JsonValue = {
      apiVersion: "v1",
      list: [{ name: "a", args: ["--x=1", "yes"] }, [1, 2], {}, []],
      empty: {},
      text: "one\ntwo\n",
      tail: "one\n\ntwo",
      nothing: null,
      ratio: 0.5,
    };
    expect(stringifyYaml(value)).toBe(
      [
        "apiVersion: v1",
        "list:",
        "- name: a",
        "  args:",
        "  - --x=1",
        '  - "yes"',
        "- - 1",
        "  - 2",
        "- {}",
        "- []",
        "empty: {}",
        "text: |",
        "  one",
        "  two",
        "tail: |-",
        "  one",
        "",
        "  two",
        "nothing: null",
        "ratio: 0.5",
        "",
      ].join("\n"),
    );
  });

  test("is read back as the same data, whatever the data", () => {
    const strings = fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: "binary" }), fc.string());
    const { tree } = fc.letrec<{ tree: JsonValue }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        strings,
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? 0 : n)),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("tree"), { maxLength: 4 }),
        fc.dictionary(
          strings.filter((k) => k !== "__proto__"),
          tie("tree"),
          { maxKeys: 4 },
        ),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        expect(parse(stringifyYaml(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 500 },
    );
  });

  test("separates documents", () => {
    const text = stringifyYamlDocuments([{ a: 1 }, { b: "x\n" }, "---"]);
    expect(parseAllDocuments(text).map((d) => d.toJS())).toEqual([{ a: 1 }, { b: "x\n" }, "---"]);
  });
});
