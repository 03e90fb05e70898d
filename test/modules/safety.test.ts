import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { isJsonObject, type JsonObject, type JsonValue } from "../../src/engine/json/index.js";
import type { KubeObject } from "../../src/engine/object/index.js";
import { stringifyYamlDocuments } from "../../src/engine/yaml/index.js";
import { find, located, moduleAt, render } from "./catalog.js";
import { mapStrings, markFreeStrings } from "./free-strings.js";
import { fullValues } from "./full-values.js";

const nasty = [
  ...["no", "null", "~", "1e3", "0x1F", "0o17", "1_000", ".inf", "2001-01-01", "=", "<<", "{}", "[]", "__proto__"],
  ...["- a", "? a", "a: b", ": ", "a:", "#c", " #", "!!js", "&a", "*a", "|", ">", "%", "@", "`", "---", "..."],
  ...["'", '"', '"}, "x": {"y": "', "'\"\\", "\\", "\\n", "\n---\nkind: Secret\n", "\n  - injected", "</script>&amp;"],
  ...["{{values}}", "{{#if x}}", "{{/each}}", "}}", "{{{", "\\{{", ["$", "{x}"].join(""), "$(x)"],
  ...[
    "\u0000",
    "\t",
    "\r\n",
    "\r",
    "\n",
    "\n\n a\n",
    " ",
    " a ",
    "\u0085",
    "\u2028",
    "\ufeff",
    "\u202e",
    "\u001b[31m",
    "\u{1f4a5}",
  ],
];
const hostile = fc.oneof(
  fc.constantFrom(...nasty),
  fc.string({ minLength: 1, unit: "binary" }),
  fc.array(fc.constantFrom(...nasty), { minLength: 2, maxLength: 4 }).map((parts) => parts.join("")),
);
const instance = { name: "app", namespace: "apps" };

async function rendered(name: string, values: JsonObject): Promise<KubeObject[]> {
  const objects = await render(await moduleAt(name), located(values), instance);
  return objects.filter(({ kind }) => kind !== "CustomResourceDefinition");
}

describe.each(fullValues)("$title", ({ module: name, values }) => {
  test("every string that no rule bounds arrives whole, and nothing else changes", async () => {
    const { template, marks } = markFreeStrings(values, (await moduleAt(name)).schema);
    const plain = readable(await rendered(name, template));
    expect(marks.length).toBeGreaterThan(0);
    const text = JSON.stringify(plain);
    expect(marks.filter((mark) => !text.includes(mark))).toEqual([]);

    const strings = fc.array(hostile, { minLength: marks.length, maxLength: marks.length });
    await fc.assert(
      fc.asyncProperty(strings, async (given) => {
        const fill = (part: string) => part.replace(/zq(\d+)qz/g, (_, index) => given[Number(index)] ?? "");
        const objects = await rendered(name, mapStrings(template, fill));
        expect(readable(objects)).toEqual(mapStrings(plain, fill));
        expect(reparsed(objects)).toEqual(objects);
      }),
      { numRuns: 30 },
    );
  });

  test("a string of a megabyte arrives whole", async () => {
    const { template, marks } = markFreeStrings(values, (await moduleAt(name)).schema);
    const long = "a: {{b}}\n".repeat(120_000);
    const fill = (part: string) => part.replace(/zq0qz/, () => long);
    expect(marks.length).toBeGreaterThan(0);
    const objects = await rendered(name, mapStrings(template, fill));
    expect(readable(objects)).toEqual(mapStrings(readable(await rendered(name, template)), fill));
  });
});

test("the values of a Helm chart arrive as they are, whatever their keys", async () => {
  const base = { repository: { url: "https://charts.example" }, chart: { name: "c" } };
  const json = fc.dictionary(hostile, fc.oneof(hostile, fc.jsonValue()), { minKeys: 1, noNullPrototype: true });
  await fc.assert(
    fc.asyncProperty(json, async (data) => {
      const helmValues: JsonObject = JSON.parse(JSON.stringify(data), exactNumber);
      const { spec } = find(await rendered("flux-helm-release", { ...base, helmValues }), "HelmRelease");
      expect(JSON.stringify(isJsonObject(spec) && spec.values)).toBe(JSON.stringify(helmValues));
    }),
    { numRuns: 60 },
  );
});

/** Integers beyond 2^53 are refused, since JavaScript cannot carry them. */
function exactNumber(_: string, value: unknown): unknown {
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? 0 : value;
}

/** The objects with JSON texts as data, and what is Base64 in them decoded. */
function readable(objects: readonly KubeObject[]): JsonValue {
  const visit = (value: JsonValue, key: string): JsonValue => {
    if (typeof value === "string" && (key === ".dockerconfigjson" || key === "patch"))
      return visit(JSON.parse(value), "");
    if (typeof value === "string" && key === "auth") return Buffer.from(value, "base64").toString("utf8");
    if (Array.isArray(value)) return value.map((item) => visit(item, ""));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, visit(part, name)]));
  };
  return objects.map((object) => visit(object, ""));
}

function reparsed(objects: readonly KubeObject[]): JsonValue[] {
  return parseAllDocuments(stringifyYamlDocuments(objects)).map((document) => document.toJS());
}
