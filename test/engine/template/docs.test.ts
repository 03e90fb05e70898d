import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { isJsonObject, type JsonObject } from "../../../src/engine/json/index.js";
import {
  compileTemplate,
  defaultLimits,
  helpers,
  renderTemplate,
  type TemplateProgram,
} from "../../../src/engine/template/index.js";

const page = readFileSync("docs/templates.md", "utf8");

type Example = {
  line: number;
  partials: Map<string, string>;
  template: string;
  values: string;
  output?: string;
  error?: string;
};

/** The fenced blocks of the page: a template, its values, and the output or error that it has. */
function readExamples(): Example[] {
  const examples: Example[] = [];
  let partials = new Map<string, string>();
  for (const match of page.matchAll(/^```(?:yaml|text) (partial|template|values|output|error) ?(\w*)\n(.*?)^```$/gms)) {
    const [, kind, name = "", text = ""] = match;
    const example = examples.at(-1);
    if (kind === "partial") partials.set(name, text);
    else if (kind === "template") {
      const line = page.slice(0, match.index).split("\n").length;
      examples.push({ line, partials, template: text, values: "{}" });
      partials = new Map();
    } else if (example && kind === "values") example.values = text;
    else if (example && kind === "output") example.output = text;
    else if (example && kind === "error") example.error = text.trim();
  }
  return examples;
}

function contextOf(values: string): JsonObject {
  const data: unknown = parse(values);
  if (!isJsonObject(data)) throw new TypeError("values must be a map");
  return {
    values: data,
    instance: { name: "web", namespace: "apps" },
    bundle: { name: "demo" },
    module: { name: "demo", version: "1.2.3", constants: {} },
    kube: { version: "1.34.0" },
  };
}

describe("docs/templates.md", () => {
  const examples = readExamples();

  test("has its examples", () => {
    expect(examples.length).toBeGreaterThan(8);
    expect(examples.filter(({ output, error }) => output === undefined && error === undefined)).toEqual([]);
  });

  test.each(examples)("the example of line $line", async ({ partials, template, values, output, error }) => {
    const { program, errors } = await compileTemplate(template, "example.yaml");
    const messages = errors.map(({ message }) => message);
    const compiled = new Map<string, TemplateProgram>();
    for (const [name, text] of partials) compiled.set(name, (await compileTemplate(text, `${name}.yaml`)).program);
    const render = () => renderTemplate(program, contextOf(values), { partials: compiled });
    if (error !== undefined && messages.length > 0) expect(messages).toEqual([error]);
    else if (error !== undefined) expect(render).toThrow(expect.objectContaining({ message: error }));
    else {
      expect(messages).toEqual([]);
      expect(render()).toEqual(parseAllDocuments(output ?? "").map((document) => document.toJS()));
    }
  });

  test("lists all helpers as the table in the code has them", () => {
    const rows = [...helpers.values()].map(({ usage, result, about }) => `| \`${usage}\` | ${result} | ${about} |`);
    const table = ["| Helper | Gives | What |", "|---|---|---|", ...rows].join("\n");
    const found = /<!-- helpers:start -->\n(.*)\n<!-- helpers:end -->/s.exec(page)?.[1];
    expect(found).toBe(table);
  });

  test("names the bounds as they are", () => {
    for (const bound of Object.values(defaultLimits)) expect(page).toContain(bound.toLocaleString("en-US"));
  });
});
