import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/engine/json/index.js";
import {
  compileTemplate,
  renderDocuments,
  renderTemplate,
  type TemplateProgram,
  templatePaths,
  templateTests,
} from "../../../src/engine/template/index.js";

const context: JsonObject = {
  values: { git: { url: "https://g.example" }, labels: { a: "1" }, teams: ["a", "b"] },
  instance: { name: "web" },
};

async function compiled(text: string, file: string): Promise<TemplateProgram> {
  const { program, errors } = await compileTemplate(text, file);
  expect(errors.map(({ message }) => message)).toEqual([]);
  return JSON.parse(JSON.stringify(program));
}

/** Renders a template that uses the partials `p` and `q`. */
async function render(text: string, partial: string, other = "") {
  const partials = new Map([
    ["p", await compiled(partial, "p.yaml")],
    ["q", await compiled(other, "q.yaml")],
  ]);
  return renderTemplate(await compiled(text, "t.yaml"), context, { partials });
}

test.each([
  { title: "a whole value", text: "a: {{> p}}\n", partial: "b: 1\n", want: [{ a: { b: 1 } }] },
  { title: "a whole value on the next line", text: "a:\n  {{> p}}\n", partial: "- 1\n", want: [{ a: [1] }] },
  { title: "a list item", text: "a:\n  - {{> p}}\n  - 2\n", partial: "b: 1\n", want: [{ a: [{ b: 1 }, 2] }] },
  {
    title: "a value of a flow map",
    text: "a: { b: {{> p}}, c: 1 }\n",
    partial: "x\n",
    want: [{ a: { b: "x", c: 1 } }],
  },
  {
    title: "entries of a map, among others",
    text: "a: 1\n{{> p}} # here\nb: 2\n",
    partial: "c: {{instance.name}}\nd: [1]\n",
    want: [{ a: 1, c: "web", d: [1], b: 2 }],
  },
  {
    title: "entries of a map that a value gives",
    text: "a:\n  x: 1\n  {{> p}}\n",
    partial: "{{values.labels}}\n",
    want: [{ a: { x: 1, a: "1" } }],
  },
  {
    title: "entries inside of blocks",
    text: "a:\n  {{#if values.git}}\n  {{> p}}\n  {{else}}\n  {{> q}}\n  {{/if}}\n  z: 1\n",
    partial: "b: 1\n",
    other: "c: 1\n",
    want: [{ a: { b: 1, z: 1 } }],
  },
  {
    title: "an argument",
    text: 'a: {{> p name=(concat instance.name "-x") map=values.labels}}\n',
    partial: "n: {{args.name}}\nm: {{args.map.a}}\n",
    want: [{ a: { n: "web-x", m: "1" } }],
  },
  {
    title: "an argument over several lines",
    text: "a:\n  {{> p\n    name=instance.name\n  }}\n  b: 1\n",
    partial: "n: {{args.name}}\n",
    want: [{ a: { n: "web", b: 1 } }],
  },
  {
    title: "an argument that is missing where it may be",
    text: "a: {{> p name=values.git.nothing}}\n",
    partial: "n: {{optional args.name}}\nm: {{default args.name 2}}\n",
    want: [{ a: { m: 2 } }],
  },
  {
    title: "an item of each",
    text: "a:\n  {{#each values.teams as |team|}}\n  - {{> p team=team at=@index}}\n  {{/each}}\n",
    partial: "n: {{args.team}}{{args.at}}\n",
    want: [{ a: [{ n: "a0" }, { n: "b1" }] }],
  },
  {
    title: "documents",
    text: "{{#each values.teams as |team|}}\n{{> p team=team}}\n{{/each}}\n---\n{{> q}}\n",
    partial: "n: {{args.team}}\n",
    other: "m: 1\n---\nm: 2\n",
    want: [{ n: "a" }, { n: "b" }, { m: 1 }, { m: 2 }],
  },
  {
    title: "a partial in a partial",
    text: "a: {{> p x=1}}\n",
    partial: "{{> q y=args.x}}\nb: 2\n",
    other: "c: {{args.y}}\n",
    want: [{ a: { c: 1, b: 2 } }],
  },
  { title: "nothing", text: "a: {{> p}}\nb: 1\n", partial: "{{#if values.x}}\nc: 1\n{{/if}}\n", want: [{ b: 1 }] },
])("a partial makes $title", async ({ text, partial, other, want }) => {
  expect(await render(text, partial, other)).toEqual(want);
});

test.each([
  { title: "inside a string", text: "a: x{{> p}}\n", want: "t.yaml:1:5: a partial cannot stand inside a string" },
  { title: "in quotes", text: 'a: "{{> p}}"\n', want: "t.yaml:1:5: a partial cannot stand inside a string" },
  { title: "in a block scalar", text: "a: |\n  {{> p}}\n", want: "t.yaml:2:3: a partial cannot stand inside a string" },
  { title: "as a key", text: "{{> p}}: 1\n", want: "t.yaml:1:1: a partial cannot stand inside a string" },
  {
    title: "with a body below",
    text: "a:\n  {{> p}}\n    b: 1\n",
    want: "t.yaml:3:5: what follows this partial is indented",
  },
  { title: "before items", text: "a:\n  {{> p}}\n  - 1\n", want: "t.yaml:3:3: what follows this partial is indented" },
  { title: "among items", text: "a:\n  - 1\n  {{> p}}\n", want: "; in a list, a partial is an item: - {{> name}}" },
  { title: "with a context", text: "a: {{> p values}}\n", want: "t.yaml:1:4: a partial takes name=value only" },
  {
    title: "with a computed name",
    text: "a: {{> (lookup values instance.name)}}\n",
    want: "t.yaml:1:4: a partial is called by the name",
  },
  { title: "with an argument twice", text: "a: {{> p x=1 x=2}}\n", want: "t.yaml:1:4: x is given twice" },
  {
    title: "with optional",
    text: "a: {{> p x=(optional values.x)}}\n",
    want: "t.yaml:1:4: optional works only as the whole value",
  },
  { title: "with a name of nowhere", text: "a: {{> p x=../y}}\n", want: "t.yaml:1:4: ../y goes above the root" },
])("a partial $title is refused", async ({ text, want }) => {
  const { errors } = await compileTemplate(text, "t.yaml");
  expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining(want)]);
});

test.each([
  {
    title: "what is undefined, with both places",
    text: "a:\n  {{> p}}\n",
    partial: "b: {{args.x}}\n",
    want: /^p.yaml:1:4: args.x is undefined; .*, used at t.yaml:2:3$/,
  },
  {
    title: "a key that is there, with both places",
    text: "b: 1\n{{> p}}\n",
    partial: "a: 1\nb: {{instance.name}}\n",
    want: "p.yaml:2:1: the key b is in the map already, used at t.yaml:2:1",
  },
  {
    title: "a key that a constant has",
    text: "b: 1\n{{> p}}\n",
    partial: "a: 1\nb: 2\n",
    want: "p.yaml:1:1: the key b is in the map already, used at t.yaml:2:1",
  },
  {
    title: "a list among entries",
    text: "b: 1\n{{> p}}\n",
    partial: "{{values.teams}}\n",
    want: "p.yaml:1:1: the partial makes a list, but stands among the entries of a map, used at t.yaml:2:1",
  },
  {
    title: "two documents as a value",
    text: "b: {{> p}}\n",
    partial: "a: 1\n---\na: 2\n",
    want: "t.yaml:1:4: the partial p makes 2 documents, which only a document of its own can take",
  },
  {
    title: "the places of partials inside of each other",
    text: "b: {{> p}}\n",
    partial: "a: {{> q}}\n",
    other: "c: {{instance.x}}\n",
    want: /^q.yaml:1:4: instance.x is undefined; .*, used at p.yaml:1:4, used at t.yaml:1:4$/,
  },
  {
    title: "the context of the place where it is used",
    text: "{{#each values.teams as |team|}}\na: {{> p}}\n{{/each}}\n",
    partial: "c: {{team}}\n",
    want: /^p.yaml:1:4: team is undefined/,
  },
])("an error says $title", async ({ text, partial, other, want }) => {
  await expect(render(text, partial, other)).rejects.toThrow(want);
});

test("partials count towards the bounds", async () => {
  const partials = new Map([["p", await compiled("{{#if values.x}}\na: 1\n{{/if}}\n", "p.yaml")]]);
  const program = await compiled("{{#each values.teams}}\n{{> p}}\n{{/each}}\n", "t.yaml");
  const rendered = () => renderTemplate(program, context, { partials, limits: { nodes: 3 } });
  expect(rendered).toThrow("t.yaml:2:1: the template makes more than 3 values");
});

test("a document that a partial makes has its place there", async () => {
  const partials = new Map([["p", await compiled("a: 1\n---\nb: 1\n", "p.yaml")]]);
  const documents = renderDocuments(await compiled("{{> p}}\n", "t.yaml"), {}, { partials });
  expect(documents.map(({ pos }) => `${pos.file}:${pos.line}`)).toEqual(["p.yaml:1", "p.yaml:3"]);
});

test("paths lead through what partials are given", async () => {
  const partials = new Map([
    [
      "p",
      await compiled(
        'a: {{args.git.url}}\nb: {{> q x=args.git.more}}\nc: {{eq args.mode "on"}}\nd: {{values.z}}\n',
        "p.yaml",
      ),
    ],
    ["q", await compiled("{{#each args.x as |one|}}\n- {{one.name}}\n{{/each}}\n", "q.yaml")],
  ]);
  const program = await compiled(
    "{{#with values.sub as |sub|}}\na: {{> p git=sub.git mode=@root.values.mode}}\n{{/with}}\n",
    "t.yaml",
  );
  const paths = templatePaths(program, partials).map(
    ({ file, steps }) => `${file} ${steps.map((step) => step ?? "*").join(".")}`,
  );
  expect(new Set(paths)).toEqual(
    new Set([
      "t.yaml values.sub",
      "t.yaml values.sub.git",
      "t.yaml values.mode",
      "p.yaml values.sub.git.url",
      "p.yaml values.sub.git.more",
      "p.yaml values.mode",
      "p.yaml values.z",
      "q.yaml values.sub.git.more",
      "q.yaml values.sub.git.more.*.name",
    ]),
  );
  expect(templateTests(program, partials)).toMatchObject([{ file: "p.yaml", steps: ["values", "mode"], value: "on" }]);
});
