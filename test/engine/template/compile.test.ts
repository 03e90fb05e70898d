import { describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../../src/engine/json/index.js";
import { compileTemplate, renderTemplate } from "../../../src/engine/template/index.js";

const context: JsonObject = {
  values: {
    n: 5,
    s: "a\nb",
    yes: true,
    no: false,
    map: { a: 1, "b c": [1] },
    empty: {},
    none: [],
    zero: 0,
    nothing: null,
    list: ["x", "y"],
    people: [{ name: "p", pets: [1, 2] }, { name: "q" }],
  },
  instance: { name: "web" },
};

async function render(text: string, limits = {}): Promise<JsonValue[]> {
  const { program, errors } = await compileTemplate(text, "t.yaml");
  expect(errors.map(({ message }) => message)).toEqual([]);
  return renderTemplate(JSON.parse(JSON.stringify(program)), context, { limits });
}

describe("what a position gives", () => {
  test.each<{ title: string; text: string; want: JsonValue[] }>([
    {
      title: "a whole value of each type",
      text: "a: {{values.n}}\nb: {{values.yes}}\nc: {{values.nothing}}\nd: {{values.map}}\n- ".slice(0, -2),
      want: [{ a: 5, b: true, c: null, d: { a: 1, "b c": [1] } }],
    },
    { title: "a whole document", text: "{{values.map}}\n", want: [{ a: 1, "b c": [1] }] },
    { title: "a whole value on the next line", text: "a:\n  {{values.n}}\n", want: [{ a: 5 }] },
    {
      title: "whole values in flow",
      text: "a: [{{values.n}}, {b: {{values.list}}}]\n{{values.n}}: { {{values.s}}: 1 }\n",
      want: [{ a: [5, { b: ["x", "y"] }], "5": { "a\nb": 1 } }],
    },
    { title: "a quoted number", text: "a: \"{{values.n}}\"\nb: '{{values.yes}}'\n", want: [{ a: "5", b: "true" }] },
    { title: "two expressions beside each other", text: "a: {{values.n}}{{values.n}}\n", want: [{ a: "55" }] },
    { title: "a comment after a value", text: "a: {{values.n}} # {{values.missing}} {{#if}} {{\n", want: [{ a: 5 }] },
    {
      title: "Handlebars comments",
      text: "a: {{values.n}} {{! one }}\n{{!-- two\n }} more --}}\nb: |\n  x\n  {{! three }}\n  y {{! four }}\n",
      want: [{ a: 5, b: "x\ny \n" }],
    },
    {
      title: "escaped braces",
      text: 'a: \\{{ x }}\nb: "\\{{x}}"\nc: x\\\\{{values.n}}\n',
      want: [{ a: "{{ x }}", b: "{{x}}", c: "x\\5" }],
    },
    {
      title: "an expression over several lines",
      text: 'a: {{default\n  values.q\n  "z"}}\nb: 1\n',
      want: [{ a: "z", b: 1 }],
    },
    { title: "braces in a literal", text: 'a: {{"}} {{"}}\n', want: [{ a: "}} {{" }] },
    {
      title: "a literal block scalar, re-indented",
      text: "a: |\n  {{values.s}}\n    {{values.s}}\n  k: {{values.s}}\n",
      want: [{ a: "a\nb\n  a\n  b\nk: a\nb\n" }],
    },
    {
      title: "block scalars that strip and keep",
      text: "a: |-\n  x {{values.n}}\nb: |+\n  x {{values.n}}\n\nc: >-\n  x\n  {{values.n}}\nd: |2-\n    x {{values.n}}\n",
      want: [{ a: "x 5", b: "x 5\n\n", c: "x 5", d: "  x 5" }],
    },
    {
      title: "blocks in a literal block scalar",
      text: "a: |\n  {{#if values.yes}}\n  x\n  {{else}}\n  y\n  {{/if}}\n  {{#each values.list}}\n  - {{this}}\n  {{/each}}\n  z\n",
      want: [{ a: "x\n- x\n- y\nz\n" }],
    },
    {
      title: "blocks at the end of a stripped block scalar",
      text: "a: |-\n  x\n  {{#if values.yes}}\n  y\n  {{/if}}\nb: |-\n  {{#if values.no}}\n  y\n  {{/if}}\n",
      want: [{ a: "x\ny", b: "" }],
    },
    {
      title: "a tag before deeper text whose indentation is said",
      text: "a: |2\n  {{#if values.yes}}\n    x\n  {{/if}}\n  y\n",
      want: [{ a: "  x\ny\n" }],
    },
    {
      title: "lines that end with CR LF",
      text: "a: {{values.n}}\r\nb: |\r\n  x\r\n  {{#if values.n}}\r\n  y\r\n  {{/if}}\r\nc:\r\n  {{#if values.n}}\r\n  d: 1\r\n  {{/if}}\r\n",
      want: [{ a: 5, b: "x\ny\n", c: { d: 1 } }],
    },
    { title: "a byte order mark", text: "\ufeffa: {{values.n}}\n", want: [{ a: 5 }] },
    {
      title: "the YAML 1.2 core schema",
      text: "a: [no, yes, 0o10, 0x10, 1_000, 2024-01-01, ~]\ntrue: 1\n1.50: 2\n",
      want: [{ a: ["no", "yes", 8, 16, "1_000", "2024-01-01", null], true: 1, "1.50": 2 }],
    },
    {
      title: "private characters of the template's own",
      text: "a: \ue000{{values.n}}\ue001\n",
      want: [{ a: "\ue0005\ue001" }],
    },
    {
      title: "keys that objects have anyway",
      text: "__proto__: {{values.n}}\nconstructor: 1\n",
      want: [JSON.parse('{"__proto__": 5, "constructor": 1}')],
    },
  ])("$title", async ({ text, want }) => {
    expect(await render(text)).toEqual(want);
  });
});

describe("blocks", () => {
  test.each<{ title: string; text: string; want: JsonValue[] }>([
    {
      title: "truthiness",
      text: "a:\n  {{#if values.empty}}\n  - 1\n  {{/if}}\n  {{#if values.none}}\n  - 2\n  {{/if}}\n  {{#if values.zero}}\n  - 3\n  {{/if}}\n  {{#if values.nothing}}\n  - 4\n  {{/if}}\n  {{#if values.missing.deep}}\n  - 5\n  {{/if}}\n  {{#unless values.no}}\n  - 6\n  {{/unless}}\n",
      want: [{ a: [6] }],
    },
    {
      title: "an empty map",
      text: "kind: A\na:\n  {{#if values.no}}\n  b: 1\n  {{/if}}\n",
      want: [{ kind: "A", a: {} }],
    },
    {
      title: "branches with the same keys",
      text: "{{#if values.no}}\na: 1\n{{else if values.yes}}\na: 2\n{{else}}\na: 3\n{{/if}}\nb: 1\n",
      want: [{ a: 2, b: 1 }],
    },
    {
      title: "scopes",
      text: "a:\n  {{#each values.people as |person|}}\n  - name: {{name}}\n    pets:\n      {{#each person.pets as |pet i|}}\n      - {{pet}}-{{i}}-{{../name}}-{{@../index}}-{{@first}}-{{@root.values.n}}\n      {{else}}\n      - none\n      {{/each}}\n  {{/each}}\n",
      want: [
        {
          a: [
            { name: "p", pets: ["1-0-p-0-true-5", "2-1-p-0-false-5"] },
            { name: "q", pets: ["none"] },
          ],
        },
      ],
    },
    {
      title: "with",
      text: "{{#with values.map as |m|}}\na: {{a}}\nb: {{m.a}}\nc: {{../instance.name}}\n{{/with}}\n{{#with values.missing}}\nd: 1\n{{else}}\nd: 2\n{{/with}}\n",
      want: [{ a: 1, b: 1, c: "web", d: 2 }],
    },
    {
      title: "each over a map",
      text: "a:\n  {{#each values.map}}\n  {{@key}}{{@index}}: {{this}}\n  {{/each}}\n",
      want: [{ a: { a0: 1, "b c1": [1] } }],
    },
    {
      title: "tags indented otherwise than what they hold",
      text: "a:\n    b: 1\n{{#if values.yes}}\n    c: 1\n      {{/if}}\n",
      want: [{ a: { b: 1, c: 1 } }],
    },
    {
      title: "an item that is all conditional",
      text: "a:\n  -\n    {{#if values.yes}}\n    b: 1\n    {{/if}}\n",
      want: [{ a: [{ b: 1 }] }],
    },
    {
      title: "documents by a loop, separated",
      text: "{{#each values.list}}\n---\na: {{this}}\n{{/each}}\n---\nb: 1\n",
      want: [{ a: "x" }, { a: "y" }, { b: 1 }],
    },
    {
      title: "documents by a loop, bare",
      text: "{{#each values.list as |x|}}\na: {{x}}\n{{else}}\nb: 1\n{{/each}}\n",
      want: [{ a: "x" }, { a: "y" }],
    },
    {
      title: "documents by branch",
      text: "{{#if values.no}}\na: 1\n{{else if values.n}}\na: 2\n---\nb: 3\n{{else}}\na: 4\n{{/if}}\n",
      want: [{ a: 2 }, { b: 3 }],
    },
    {
      title: "nested branches of documents",
      text: "{{#if values.no}}\na: 1\n{{else}}\n{{#if values.no}}\na: 2\n{{else}}\na: 3\nb: 4\n{{/if}}\n{{/if}}\n",
      want: [{ a: 3, b: 4 }],
    },
    {
      title: "documents that are empty",
      text: "---\n# nothing\n---\n{{#if values.no}}\na: 1\n{{/if}}\n---\n{{optional values.missing}}\n---\na: 1\n",
      want: [{ a: 1 }],
    },
    { title: "blocks in flow", text: "a: [\n  {{#if values.yes}}\n  1,\n  {{/if}}\n  2 ]\n", want: [{ a: [1, 2] }] },
    { title: "blocks without content", text: "a: 1\n{{#if values.no}}\n{{/if}}\n", want: [{ a: 1 }] },
  ])("$title", async ({ text, want }) => {
    expect(await render(text)).toEqual(want);
  });
});

describe("compileTemplate() refuses", () => {
  test.each<{ title: string; text: string; errors: (string | RegExp)[] }>([
    {
      title: "an inline block",
      text: "a: {{#if values.n}}x{{/if}}\n",
      errors: [/^t.yaml:1:4: {{#if values.n}} must stand on a line of its own; inside a line, write {{if/],
    },
    {
      title: "a block that leaves its entry",
      text: "a:\n  {{#if values.n}}\n  b: 1\nc: 1\n{{/if}}\n",
      errors: [/^t.yaml:2:3: {{#if values.n}} opens inside of the entry "a" of line 1 and closes after it/],
    },
    {
      title: "a block that enters an entry",
      text: "x: 1\n{{#if values.n}}\na:\n  b: 1\n{{/if}}\n  c: 1\n",
      errors: [/^t.yaml:2:1: {{#if values.n}} opens before the entry "a" of line 3 and closes inside of it, in line 5/],
    },
    {
      title: "an else inside of an entry",
      text: "{{#if values.n}}\na:\n  b: 1\n{{else}}\n  c: 1\n{{/if}}\nd: 1\n",
      errors: [/^t.yaml:1:1: an {{else}} of .* stands inside of the entry "a"/],
    },
    {
      title: "a block around a value alone",
      text: "a:\n  {{#if values.n}}\n  {{values.n}}\n  {{/if}}\n",
      errors: [/^t.yaml:2:3: {{#if values.n}} stands around a value alone; put its key/],
    },
    {
      title: "branches that are scalars",
      text: "a:\n  {{#if values.n}}\n  x\n  {{else}}\n  y\n  {{/if}}\n",
      errors: [/t.yaml:5:1: .*each branch of a block helper must hold whole entries/, /^t.yaml:5:3/],
    },
    {
      title: "a block that holds a --- but no whole document",
      text: "a: 1\n{{#each values.list}}\n---\nb: {{this}}\n{{/each}}\nc: 1\n",
      errors: [/^t.yaml:2:1: {{#each values.list}} holds a --- but not the whole document/],
    },
    {
      title: "a block that holds a --- and no document",
      text: "a: 1\n{{#if values.n}}\n---\n{{/if}}\nb: 1\n",
      errors: [/^t.yaml:2:1: {{#if values.n}} holds a --- without a document of its own/],
    },
    {
      title: "a branch that holds a --- and no document",
      text: "{{#if values.n}}\na: 1\n{{else}}\n---\n{{/if}}\nb: 1\n",
      errors: [/^t.yaml:1:1: {{#if values.n}} holds a --- without a document of its own/],
    },
    {
      title: "a tag that says how deep a text is indented",
      text: "a: |\n  {{#if values.n}}\n    x\n  {{/if}}\nb: |\n  {{! c }}\n\n    x\n",
      errors: [/^t.yaml:2:3: the text after this line is indented deeper/, /^t.yaml:6:3: the text after/],
    },
    {
      title: "a block that leaves a block scalar",
      text: "a: |\n  x\n  {{#if values.n}}\n  y\nb: 1\n{{/if}}\n",
      errors: [/^t.yaml:3:3: {{#if values.n}} opens, divides or closes inside the text of a block scalar/],
    },
    {
      title: "a block in a folded scalar",
      text: "a: >\n  x\n  {{#if values.n}}\n  y\n  {{/if}}\n",
      errors: [/^t.yaml:3:3: .*folded block scalar \(>\).*use \| instead/],
    },
    {
      title: "a block in a quoted string",
      text: "a: 'x\n  {{#if values.n}}\n  y\n  {{/if}}'\n",
      errors: [/^t.yaml:2:3: {{#if values.n}} cannot stand inside a string/],
    },
    {
      title: "a block that is never closed",
      text: "{{#if values.n}}\na: 1\n",
      errors: ["t.yaml:1:1: {{#if values.n}} is never closed"],
    },
    {
      title: "a block that is closed by another name",
      text: "{{#if values.n}}\na: 1\n{{/each}}\n",
      errors: ["t.yaml:3:1: {{/each}} cannot close the {{#if}} of line 1; write {{/if}} first"],
    },
    {
      title: "a closing tag too many",
      text: "a: 1\n{{/if}}\n",
      errors: ["t.yaml:2:1: {{/if}} closes nothing; remove it, or open the block before it"],
    },
    {
      title: "else outside of a block",
      text: "{{else}}\na: 1\n",
      errors: ["t.yaml:1:1: {{else}} stands outside of a block helper"],
    },
    {
      title: "else after else",
      text: "{{#if values.n}}\na: 1\n{{else}}\na: 2\n{{else}}\na: 3\n{{/if}}\n",
      errors: [/^t.yaml:5:1: {{else}} follows an {{else}}/],
    },
    {
      title: "an unknown block helper",
      text: "{{#eech values.list}}\na: 1\n{{/eech}}\n",
      errors: ["t.yaml:1:1: {{#eech}} is not a block helper; did you mean {{#each}}?"],
    },
    {
      title: "a block without a value",
      text: "{{#if}}\na: 1\n{{/if}}\n",
      errors: [/^t.yaml:1:1: {{#if}} takes one value/],
    },
    {
      title: "block parameters of if",
      text: "{{#if values.n as |x|}}\na: 1\n{{/if}}\n",
      errors: ["t.yaml:1:1: {{#if}} gives 0 block parameters, found 1"],
    },
    { title: "an expression as an anchor", text: "a: &{{values.s}} 1\n", errors: [/^t.yaml:1:4: anchors/] },
    { title: "an expression as an alias", text: "a: *{{values.s}}\n", errors: [/^t.yaml:1:4: aliases/] },
    { title: "a tag", text: "a: !!str {{values.n}}\n", errors: [/^t.yaml:1:4: tags .* put the value in quotes/] },
    { title: "a directive", text: "%YAML 1.1\n---\na: 1\n", errors: [/^t.yaml:1:1: directives/] },
    {
      title: "a merge key",
      text: "<<: {{values.map}}\n",
      errors: [/^t.yaml:1:1: merge keys .* write {{#each map}} around {{@key}}: {{this}}/],
    },
    {
      title: "a key that is no text",
      text: "? [a]\n: {{values.n}}\n",
      errors: ["t.yaml:1:3: a key must be text on one line"],
    },
    {
      title: "the same key twice",
      text: "a: 1\nb: {{values.n}}\na: 2\n",
      errors: ["t.yaml:3:1: the key a is in this map already"],
    },
    {
      title: "the same key in a branch and beside it",
      text: "a: 1\n{{#if values.n}}\na: 2\n{{/if}}\n",
      errors: ["t.yaml:3:1: the key a is in this map already"],
    },
    {
      title: "an expression between the entries",
      text: "a:\n  b: 1\n  {{values.map}}\n",
      errors: [/^t.yaml:3:3: .*an expression on a line of its own must be the value of the key before it/],
    },
    {
      title: "an expression in a block scalar's header",
      text: "a: | {{values.n}}\n  x\n",
      errors: [/^t.yaml:1:6: not a YAML token: {{…}}/],
    },
    {
      title: "text after a quoted string",
      text: 'a: "x"{{values.n}}\n',
      errors: [/^t.yaml:1:7: .*put the string in quotes/],
    },
    {
      title: "a nested map on one line",
      text: "a: {{values.n}}: b\n",
      errors: [/^t.yaml:1:4: nested mappings are not allowed/],
    },
    {
      title: "an expression that never ends",
      text: "a: {{values.n\nb: {{values.n}}\n",
      errors: [/^t.yaml:1:4: the expression never ends/],
    },
    {
      title: "a comment that never ends",
      text: "a: 1\n{{!-- x }}\n",
      errors: [/^t.yaml:2:1: the comment never ends; close it with --}}/],
    },
    {
      title: "a comment inside a value",
      text: "a: {{! c }} b\n",
      errors: [/^t.yaml:1:4: a comment must stand at the end of its line/],
    },
    { title: "triple braces", text: "a: {{{values.s}}}\n", errors: [/^t.yaml:1:4: {{{…}}} has no meaning here/] },
    {
      title: "an unescaped expression",
      text: "a: {{&values.s}}\n",
      errors: [/^t.yaml:1:4: {{&…}} has no meaning here/],
    },
    {
      title: "a partial block",
      text: "{{#> x}}\na: 1\n{{/x}}\n",
      errors: [/^t.yaml:1:1: a partial has no body/],
    },
    {
      title: "an inline partial",
      text: '{{#*inline "x"}}\na: 1\n{{/inline}}\n',
      errors: [/^t.yaml:1:1: decorators are not supported/],
    },
    {
      title: "an include of Helm",
      text: 'a:\n  {{- include "x" . | nindent 4 }}\n',
      errors: [/^t.yaml:2:3: .* looks like Helm/],
    },
    {
      title: "an entry that is indented otherwise",
      text: "a:\n   b: {{values.n}}\n  c: 2\n",
      errors: [/^t.yaml:3:1: .*; indent this line as the entries around it$/],
    },
    { title: "a raw block", text: "a: {{{{x}}}}\n", errors: [/^t.yaml:1:4: raw blocks are not supported/] },
    { title: "whitespace control", text: "a: {{~values.s~}}\n", errors: [/^t.yaml:1:4: whitespace control/] },
    {
      title: "an inverse block",
      text: "{{^if values.n}}\na: 1\n{{/if}}\n",
      errors: [/^t.yaml:1:1: write {{#unless …}}/],
    },
    { title: "an empty expression", text: "a: {{}}\n", errors: [/^t.yaml:1:4: the expression is empty/] },
    {
      title: "an expression that does not parse",
      text: "a: {{values.n | x}}\n",
      errors: [/^t.yaml:1:4: {{values.n \| x}} looks like Helm; here a path is values.name/],
    },
    {
      title: "an unknown helper",
      text: "a: {{defualt values.n 1}}\n",
      errors: ["t.yaml:1:4: defualt is not a helper; did you mean default?"],
    },
    {
      title: "too few arguments",
      text: "a: {{eq 1}}\n",
      errors: ["t.yaml:1:4: eq is called with 1 value; write eq a b"],
    },
    {
      title: "too many arguments",
      text: "a: {{not 1 2}}\n",
      errors: ["t.yaml:1:4: not is called with 2 values; write not value"],
    },
    {
      title: "named arguments where there are none",
      text: "a: {{eq 1 2 c=3}}\n",
      errors: ["t.yaml:1:4: eq takes no name=value; write eq a b"],
    },
    {
      title: "undefined as a literal",
      text: "a: {{eq values.n undefined}}\n",
      errors: [/^t.yaml:1:4: undefined is not a value/],
    },
    {
      title: "optional inside a string",
      text: "a: x{{optional values.n}}\n",
      errors: [/^t.yaml:1:5: optional works only as the whole value/],
    },
    {
      title: "optional as an argument",
      text: "a: {{default (optional values.n) 1}}\n",
      errors: [/^t.yaml:1:4: optional works only as the whole value/],
    },
    {
      title: "optional in a block's head",
      text: "{{#if (optional values.n)}}\na: 1\n{{/if}}\n",
      errors: [/^t.yaml:1:1: optional works only as the whole value/],
    },
    { title: "a path above the root", text: "a: {{../x}}\n", errors: [/^t.yaml:1:4: ..\/x goes above the root/] },
    {
      title: "a path above the contexts",
      text: "{{#each values.list}}\na: {{../../x}}\n{{/each}}\n",
      errors: [/^t.yaml:2:4: ..\/..\/x goes above the root: only 1 contexts are open/],
    },
    { title: "@key outside of each", text: "a: {{@key}}\n", errors: ["t.yaml:1:4: @key stands outside of {{#each}}"] },
    { title: "an unknown @name", text: "a: {{@foo}}\n", errors: [/^t.yaml:1:4: @foo is not known/] },
    {
      title: "an integer that loses digits",
      text: "a: 12345678901234567890\nb: {{12345678901234567890}}\n",
      errors: [/^t.yaml:1:4: an integer beyond 2\^53/, /^t.yaml:2:4: an integer beyond 2\^53/],
    },
    { title: "a number that JSON has not", text: "a: .inf\n", errors: [/^t.yaml:1:4: JSON has no such number/] },
    {
      title: "several faults at once",
      text: "a: {{foo 1}}\nb: {{> x y}}\nc: &a 1\n",
      errors: [/^t.yaml:1:4/, /^t.yaml:2:4/, /^t.yaml:3:4/],
    },
  ])("$title", async ({ text, errors }) => {
    const found = await compileTemplate(text, "t.yaml");
    expect(found.program.documents).toEqual([]);
    expect(found.errors.map(({ message }) => message)).toEqual(
      errors.map((error) => (typeof error === "string" ? error : expect.stringMatching(error))),
    );
  });

  test.each([
    { title: "a text that is too long", text: `a: ${"x".repeat(1024 * 1024)}`, error: /more than 1048576 characters/ },
    { title: "too many expressions", text: "a: {{values.n}}\n".repeat(5001), error: /more than 5000 expressions/ },
    {
      title: "maps too deep",
      text: `a: ${"[".repeat(300)}{{values.n}}${"]".repeat(300)}`,
      error: /more than 200 maps and lists/,
    },
    { title: "lists far too deep", text: `a: ${"[".repeat(50_000)}`, error: /t.yaml/ },
    {
      title: "calls too deep",
      text: `a: {{not ${"(not ".repeat(100)}1${")".repeat(100)}}}`,
      error: /more than 30 calls/,
    },
    { title: "a tag of many quotes", text: `a: {{${"[ ' \" ".repeat(100_000)}`, error: /never ends/ },
  ])("$title, at once", async ({ text, error }) => {
    const start = performance.now();
    const { errors } = await compileTemplate(text, "t.yaml");
    expect(errors[0]?.message).toMatch(error);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
