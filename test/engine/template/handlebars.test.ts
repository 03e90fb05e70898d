import fc from "fast-check";
import Handlebars from "handlebars";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../src/engine/json/index.js";
import { compileTemplate, renderTemplate } from "../../../src/engine/template/index.js";

/*
 * With harmless values, rendering the text with Handlebars and reading the result as YAML is right. So every template
 * that compiles must give the same data here, wherever its blocks open and close.
 */

const leaf = fc.constantFrom(
  " 1",
  " {{@root.s}}",
  " x-{{@root.s}}",
  ' "{{@root.s}}: b"',
  " [1, {{@root.s}}]",
  "",
  " # {{comment",
  " text",
  " {a: {{@root.s}} }",
);
const textLines = fc.array(fc.constantFrom("line", "{{@root.s}} line", "- {{@root.s}}: #"), {
  minLength: 1,
  maxLength: 3,
});

/** Lines of valid YAML: what follows `key:` or `-`, the first part on its line. */
const { value } = fc.letrec<{ value: (indent: string) => string[] }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    leaf.map((text) => () => [text]),
    fc.tuple(fc.constantFrom(" |", " |-", " >"), textLines).map(([head, lines]) => (indent: string) => [
      head,
      ...lines.map((text) => `${indent}  ${text}`),
    ]),
    fc
      .array(tie("value"), { minLength: 1, maxLength: 3 })
      .map((parts) => (indent: string) => [
        "",
        ...parts.flatMap((part, i) => below(`${indent}  k${i}:`, part(`${indent}  `))),
      ]),
    fc
      .array(tie("value"), { minLength: 1, maxLength: 3 })
      .map((parts) => (indent: string) => ["", ...parts.flatMap((part) => below(`${indent}  -`, part(`${indent}  `)))]),
  ),
}));

function below(start: string, [first = "", ...rest]: string[]): string[] {
  return [`${start}${first}`, ...rest];
}

const documents = fc
  .array(fc.array(value, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 2 })
  .map((maps) => maps.map((parts) => parts.flatMap((part, i) => below(`t${i}:`, part("")))))
  .map((each) => each.flatMap((lines, i) => (i === 0 ? lines : ["---", ...lines])));

const heads = ["if @root.yes", "if @root.no", "unless @root.no", "each @root.one", "each @root.none", "with @root.map"];
const cuts = fc.record({
  places: fc.array(fc.nat({ max: 1000 }), { minLength: 3, maxLength: 3 }),
  indents: fc.array(fc.constantFrom("", "  ", "    ", "      "), { minLength: 3, maxLength: 3 }),
  head: fc.constantFrom(...heads),
  withElse: fc.boolean(),
});

/** Puts the tags of a block between the lines. */
function cutInto(
  lines: readonly string[],
  { places, indents, head, withElse }: typeof cuts extends fc.Arbitrary<infer T> ? T : never,
): string[] {
  const [from = 0, middle = 0, to = 0] = places.map((place) => place % (lines.length + 1)).sort((a, b) => a - b);
  const [a, b, c] = indents;
  const otherwise = withElse ? [`${b}{{else}}`] : [];
  return [
    ...lines.slice(0, from),
    `${a}{{#${head}}}`,
    ...lines.slice(from, middle),
    ...otherwise,
    ...lines.slice(middle, to),
    `${c}{{/${head.split(" ")[0]}}}`,
    ...lines.slice(to),
  ];
}

const context: JsonObject = { s: "sss", yes: true, no: false, one: ["x"], none: [], map: { a: 1 } };

/** Where a text template has nothing, it says null; ours knows whether it is a map or a list. */
function withoutEmpty(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.length === 0 ? null : value.map(withoutEmpty);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]): [string, JsonValue] => [key, withoutEmpty(item)]);
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

function readText(text: string): JsonValue[] | undefined {
  const parsed = parseAllDocuments(text, { prettyErrors: false, logLevel: "silent" });
  return parsed.some(({ errors }) => errors.length > 0)
    ? undefined
    : [...parsed].map((document): JsonValue => document.toJS());
}

test("a template that compiles gives what Handlebars gives as text, for harmless values", async () => {
  const tried = { compiled: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(documents, fc.array(cuts, { minLength: 1, maxLength: 3 }), async (lines, blocks) => {
      const text = `${blocks.reduce((all, cut) => cutInto(all, cut), lines).join("\n")}\n`;
      const { program, errors } = await compileTemplate(text, "t.yaml");
      tried[errors.length > 0 ? "refused" : "compiled"]++;
      if (errors.length > 0) return;
      const want = readText(Handlebars.compile(text.replaceAll("# {{comment", "#"), { noEscape: true })(context));
      // A `---` always separates here; as text it is gone with its branch, and two documents flow into one.
      if (text.includes("---") && want?.length !== renderTemplate(program, context).length) return;
      expect(want, text).toBeDefined();
      const filled = (values: JsonValue[] = []) => values.map(withoutEmpty).filter((document) => document !== null);
      expect(filled(renderTemplate(program, context)), text).toEqual(filled(want));
    }),
    { numRuns: 2000 },
  );
  expect(tried.compiled).toBeGreaterThan(100);
  expect(tried.refused).toBeGreaterThan(100);
});
