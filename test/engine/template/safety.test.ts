import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../../src/engine/json/index.js";
import { setKey } from "../../../src/engine/json/index.js";
import { compileTemplate, renderTemplate } from "../../../src/engine/template/index.js";
import { anyString, hostileStrings } from "./hostile.js";

/** A piece of a template in block style, and the data that it must give for the strings `s0`, `s1`, … of the values. */
type Piece = (indent: string, next: () => string, strings: readonly string[]) => { text: string; data: JsonValue };

const at = (name: string, strings: readonly string[]): string => strings[Number(name.slice(1))] ?? "";

/** Positions of one string. `text` follows a `key:` or `-`, so it starts with a blank or a line end. */
const scalars: Record<string, Piece> = {
  whole: (_, next, strings) => {
    const s = next();
    return { text: ` {{@root.values.${s}}}\n`, data: at(s, strings) };
  },
  wholeOnNextLine: (indent, next, strings) => {
    const s = next();
    return { text: `\n${indent}  {{@root.values.${s}}} # comment\n`, data: at(s, strings) };
  },
  plain: (_, next, strings) => {
    const [a, b] = [next(), next()];
    return {
      text: ` --x={{@root.values.${a}}} {{@root.values.${b}}}:y\n`,
      data: `--x=${at(a, strings)} ${at(b, strings)}:y`,
    };
  },
  plainStart: (_, next, strings) => {
    const s = next();
    return { text: ` {{@root.values.${s}}}-x\n`, data: `${at(s, strings)}-x` };
  },
  doubleQuoted: (_, next, strings) => {
    const s = next();
    return { text: ` "a\\t{{@root.values.${s}}}: b"\n`, data: `a\t${at(s, strings)}: b` };
  },
  doubleQuotedAlone: (_, next, strings) => {
    const s = next();
    return { text: ` "{{@root.values.${s}}}"\n`, data: at(s, strings) };
  },
  singleQuoted: (_, next, strings) => {
    const s = next();
    return { text: ` 'it''s {{@root.values.${s}}}'\n`, data: `it's ${at(s, strings)}` };
  },
  literal: (indent, next, strings) => {
    const [a, b] = [next(), next()];
    const text = ` |\n${indent}  {{@root.values.${a}}}\n${indent}  b={{@root.values.${b}}};\n`;
    return { text, data: `${at(a, strings)}\nb=${at(b, strings)};\n` };
  },
  literalStrip: (indent, next, strings) => {
    const s = next();
    return { text: ` |-\n${indent}  x {{@root.values.${s}}}\n`, data: `x ${at(s, strings)}` };
  },
  folded: (indent, next, strings) => {
    const [a, b] = [next(), next()];
    const text = ` >-\n${indent}  {{@root.values.${a}}}\n${indent}  {{@root.values.${b}}}\n`;
    return { text, data: `${at(a, strings)} ${at(b, strings)}` };
  },
  flow: (_, next, strings) => {
    const [a, b, c] = [next(), next(), next()];
    const text = ` [{{@root.values.${a}}}, {k: {{@root.values.${b}}}, l: "{{@root.values.${c}}}"}]\n`;
    return { text, data: [at(a, strings), { k: at(b, strings), l: at(c, strings) }] };
  },
  json: (_, next, strings) => {
    const s = next();
    return { text: ` {{json @root.values.${s}}}\n`, data: JSON.stringify(at(s, strings)) };
  },
  constant: () => ({ text: " 1.5\n", data: 1.5 }),
};

const scalar: fc.Arbitrary<Piece> = fc.constantFrom(...Object.values(scalars));

const { piece } = fc.letrec<{ piece: Piece; map: Piece; list: Piece; scalar: Piece }>((tie) => ({
  piece: fc.oneof({ depthSize: "small", maxDepth: 4 }, tie("scalar"), tie("map"), tie("list")),
  scalar,
  map: fc
    .array(fc.tuple(fc.constantFrom("plain", "if", "unless", "with", "each", "computed", "dropped"), tie("piece")), {
      minLength: 1,
      maxLength: 4,
    })
    .map(
      (entries): Piece =>
        (indent, next, strings) => {
          const data: JsonObject = {};
          let text = "\n";
          for (const [index, [kind, part]] of entries.entries()) {
            const inner = `${indent}  `;
            const made = part(inner, next, strings);
            const key = kind === "computed" ? `{{@root.values.key}}${index}` : `k${index}`;
            const block: Record<string, [string, string]> = {
              if: ["{{#if @root.values.yes}}", "{{/if}}"],
              unless: ["{{#unless @root.values.no}}", "{{/unless}}"],
              with: ["{{#with @root as |root|}}", "{{/with}}"],
              dropped: ["{{#if @root.values.no}}", "{{/if}}"],
              each: ["{{#each @root.values.one as |one|}}", "{{/each}}"],
            };
            const [open, close] = block[kind] ?? ["", ""];
            text += `${open && `${inner}${open}\n`}${inner}${key}:${made.text}${close && `${inner}${close}\n`}`;
            if (kind === "dropped") continue;
            setKey(data, kind === "computed" ? `${String(strings.at(-1))}${index}` : `k${index}`, made.data);
          }
          return { text, data };
        },
    ),
  list: fc.array(fc.tuple(fc.boolean(), tie("piece")), { minLength: 1, maxLength: 3 }).map(
    (items): Piece =>
      (indent, next, strings) => {
        const data: JsonValue[] = [];
        let text = "\n";
        for (const [hidden, part] of items) {
          const inner = `${indent}  `;
          const made = part(inner, next, strings);
          const item = `${inner}-${made.text}`;
          text += hidden ? `${inner}{{#if @root.values.no}}\n${item}${inner}{{else}}\n${item}${inner}{{/if}}\n` : item;
          data.push(made.data);
        }
        return { text, data };
      },
  ),
}));

const count = 60;

function templateOf(part: Piece, strings: readonly string[]): { text: string; want: JsonValue } {
  let used = 0;
  const { text, data } = part("", () => `s${used++ % (count - 1)}`, strings);
  return { text: `kind: Demo\ndata:${text}`, want: { kind: "Demo", data } };
}

function contextOf(strings: readonly string[]): JsonObject {
  const named = strings.map((text, index) => [`s${index}`, text]);
  return { values: { ...Object.fromEntries(named), key: strings.at(-1) ?? "", yes: true, no: false, one: [1] } };
}

describe("whatever the strings are", () => {
  test("the output has the template's structure, and each string arrives as it is", async () => {
    const strings = fc.array(anyString, { minLength: count, maxLength: count });
    await fc.assert(
      fc.asyncProperty(piece, strings, async (part, texts) => {
        const { text, want } = templateOf(part, texts);
        const { program, errors } = await compileTemplate(text, "t.yaml");
        expect(errors.map(({ message }) => message)).toEqual([]);
        expect(renderTemplate(JSON.parse(JSON.stringify(program)), contextOf(texts))).toEqual([want]);
      }),
      { numRuns: 250 },
    );
  });

  test.each(Object.entries(scalars))("each hostile string arrives at the position %s", async (_, part) => {
    for (const hostile of [...hostileStrings, `x\n${": {{ - # \"' ".repeat(100_000)}`]) {
      const texts = Array.from({ length: count }, () => hostile);
      const { text, want } = templateOf(part, texts);
      const { program } = await compileTemplate(text, "t.yaml");
      const [got] = renderTemplate(program, contextOf(texts));
      if (JSON.stringify(got) !== JSON.stringify(want)) expect(got).toEqual(want); // a diff of megabytes only when needed
    }
  });
});

/** What does not depend on the strings: kinds, lengths, and the keys that the template names. */
function shapeOf(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.values(value).map(shapeOf);
}

describe("a template that compiles", () => {
  const fragments = fc.constantFrom(
    ..."a b: c - | > > - ' \" [ ] { } , # & * ! % ? @ ` \\ ---\n \n \n \n \n \n".split(" "),
    ..."a:|a: |- |    |\n  |\n    |\n- |: |key: |{{s}}|{{s}}|{{ s }}|{{t}}|{{s}}: |\\{{".split("|"),
    "{{#if s}}\n",
    "\n{{#if s}}\n",
    "\n  {{#if s}}\n",
    "\n{{else}}\n",
    "\n  {{else}}\n",
    "\n{{/if}}\n",
    "\n  {{/if}}\n",
    "\n  {{#each l}}\n",
    "\n{{#each l}}\n",
    "\n{{/each}}\n",
    "\n  {{/each}}\n",
    "{{this}}",
    "{{! c }}",
    "{{!-- }} --}}\n",
    "{{optional u}}",
    "{{if s t s}}",
    "|\n    ",
    ">-\n    ",
    "[{{s}}, ",
    "{a: {{s}}}",
  );
  const template = fc.array(fragments, { minLength: 1, maxLength: 14 }).map((parts) => parts.join(""));

  test("has places inside its text for all faults, or gives the same structure for all strings", async () => {
    let compiled = 0;
    await fc.assert(
      fc.asyncProperty(template, anyString, anyString, async (text, s, t) => {
        const { program, errors } = await compileTemplate(text, "t.yaml");
        for (const { pos } of errors) {
          expect(pos.offset).toBeGreaterThanOrEqual(0);
          expect(pos.offset).toBeLessThanOrEqual(text.length);
        }
        if (errors.length > 0) return;
        const plain = tryRender(program, { s: "sss", t: "ttt", l: ["xx", "yy"] });
        const hostile = tryRender(program, { s: `s${s}`, t: `t${t}`, l: [`x${s}`, `y${t}`] });
        if (plain === undefined || hostile === undefined) return;
        compiled++;
        expect(JSON.stringify(plain)).not.toMatch(/[\ue000-\uf8ff]/); // no stand-in of the compiler is left
        expect(hostile.map(shapeOf)).toEqual(plain.map(shapeOf));
      }),
      { numRuns: 2500 },
    );
    expect(compiled).toBeGreaterThan(200);
  });
});

/** Undefined where keys meet or a path leads to nothing, which is the values' fault. */
function tryRender(program: Parameters<typeof renderTemplate>[0], context: JsonObject): JsonValue[] | undefined {
  try {
    return renderTemplate(program, context);
  } catch (error) {
    expect(error).toMatchObject({ name: "TemplateError" });
    return undefined;
  }
}
