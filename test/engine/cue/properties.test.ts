import fc from "fast-check";
import { expect, test } from "vitest";
import {
  dataField,
  dataFile,
  type Expr,
  evaluate,
  listLiteral,
  numberLiteral,
  parse,
  scalarLiteral,
  structLiteral,
} from "../../../src/engine/cue/index.js";
import { scan } from "../../../src/engine/cue/scanner.js";
import { isJsonObject, type JsonValue, toJson } from "../../../src/engine/json/index.js";
import { evaluateText } from "./evaluate-text.js";

const at = { pos: { file: "data", offset: 0, line: 1, column: 1 } };
const json = fc
  .jsonValue({ maxDepth: 4, noUnicodeString: false })
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);

function toAst(value: JsonValue): Expr {
  if (typeof value === "number") return numberLiteral(JSON.stringify(value), at);
  if (Array.isArray(value)) return listLiteral(value.map(toAst), at);
  if (isJsonObject(value)) {
    const fields = Object.entries(value).map(([key, field]) => dataField(key, toAst(field), at));
    return structLiteral(fields, at);
  }
  return scalarLiteral(value, at);
}

const plain = (value: JsonValue): unknown => JSON.parse(JSON.stringify(value));

test("data made as AST comes out as it went in", () => {
  fc.assert(
    fc.property(json, (value) => {
      const { value: out, errors } = evaluate([dataFile("data", toAst(value))]);
      expect(errors).toEqual([]);
      expect(out === undefined ? undefined : plain(toJson(out))).toEqual(plain(value));
    }),
  );
});

test("JSON is CUE: its text gives the same data", () => {
  fc.assert(
    fc.property(json, (value) => {
      const { file, errors } = parse(JSON.stringify(value), "data.cue");
      expect(errors).toEqual([]);
      const { value: out } = evaluate([file]);
      expect(out === undefined ? undefined : plain(toJson(out))).toEqual(plain(value));
    }),
  );
});

const cue = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom("1", "2", '"x"', "true", "null", "int", "string", ">0", '!="y"', "_", "*1 | int", "1 | 2 | 3"),
    fc.array(tie("value"), { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
    fc
      .array(fc.tuple(fc.constantFrom("a", "b", "c", "d?", "[string]"), tie("value")), { maxLength: 4 })
      .map((fields) => `{${fields.map(([key, value]) => `${key}: ${value}`).join(", ")}}`),
  ),
}));
const cueValue = cue.value.map((text) => `(${String(text)})`);

/** What matters of a result: the value with sorted fields, or that it is an error. */
async function meaning(text: string): Promise<unknown> {
  const result = await evaluateText(text);
  if (!/^[[{"\d-]|^(true|false|null)$/.test(result)) return "error";
  return JSON.parse(result);
}

test("unification does not depend on order", async () => {
  await fc.assert(
    fc.asyncProperty(cueValue, cueValue, async (a, b) => {
      expect(await meaning(`x: ${a} & ${b}`)).toEqual(await meaning(`x: ${b} & ${a}`));
    }),
    { numRuns: 300 },
  );
});

test("unification with itself changes nothing", async () => {
  await fc.assert(
    fc.asyncProperty(cueValue, async (a) => {
      expect(await meaning(`x: ${a} & ${a}`)).toEqual(await meaning(`x: ${a}`));
      expect(await meaning(`x: y\ny: ${a}`)).toEqual(await meaning(`y: ${a}\nx: ${a}`));
    }),
    { numRuns: 300 },
  );
});

const pieces = fc.constantFrom(
  ...[
    "a",
    "b: ",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ":",
    ",",
    "\n",
    '"',
    "'",
    '"""',
    "\\(",
    "\\",
    "#",
    "_|_",
    "...",
    "1",
    "0x",
    "1.5Ki",
    "&",
    "|",
    "*",
  ],
  ...[
    "for x in y {",
    "if ",
    "let z = ",
    "@a(",
    "// c\n",
    "?",
    "!",
    ".",
    "=~",
    "\u0000",
    "\uFEFF",
    "é",
    "😀",
    "\ud800",
    " ",
    "\t",
    "\r\n",
  ],
);
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join("")),
);

test("parse() takes any text, and evaluate() what it gives", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const { file, errors } = parse(text, "x.cue");
      for (const { pos } of errors) expect(pos.offset).toBeLessThanOrEqual(text.length);
      const result = evaluate([file], { limits: { maxSteps: 10_000 } });
      expect(result.value === undefined).toBe(result.errors.length > 0);
    }),
    { numRuns: 2000 },
  );
});

test("tokens and the white space and comments between them are the text", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const { tokens, comments, errors } = scan(text, "x.cue");
      let end = text.startsWith("\uFEFF") ? 1 : 0;
      const commentAt = new Map(comments.map((comment) => [comment.pos.offset, comment.end]));
      for (const token of tokens) {
        expect(token.start).toBeGreaterThanOrEqual(end);
        let gap = "";
        for (let i = end; i < token.start; ) {
          const commentEnd = commentAt.get(i);
          if (commentEnd === undefined) gap += text.charAt(i++);
          else i = commentEnd;
        }
        // Characters that are no token are reported.
        if (errors.length === 0) expect(gap.trim()).toBe("");
        // A file ends on the line of its last newline.
        const isEnd = token.kind === "end" && token.start === text.length && text.endsWith("\n");
        const before = isEnd ? text.slice(0, -1) : text.slice(0, token.start);
        expect(token.line).toBe(before.split("\n").length);
        expect(token.column).toBe(token.start - before.lastIndexOf("\n"));
        end = token.end;
      }
    }),
    { numRuns: 2000 },
  );
});
