import { describe, expect, test } from "vitest";
import { evaluate } from "../../../src/engine/cue/index.js";
import { locate, toJson } from "../../../src/engine/json/index.js";
import { fillAttributes } from "../../../src/engine/runtime/index.js";
import { readSource } from "../../../src/engine/source/index.js";

async function fill(name: string, text: string, variables: Readonly<Record<string, string>>) {
  const source = await readSource({ name, bytes: Buffer.from(text) });
  expect(source.errors).toEqual([]);
  const filled = fillAttributes(source.file, (key) => variables[key]);
  const { value, errors } = evaluate([filled.file]);
  return {
    ...filled,
    value,
    json: value && toJson(value),
    faults: [...filled.errors, ...errors].map((e) => e.message),
  };
}

describe("fillAttributes()", () => {
  test.each<{ title: string; cue: string; yaml?: string; json: unknown }>([
    {
      title: "a string",
      cue: "a: string @timoni(runtime:string:S)",
      yaml: "a: string @timoni(runtime:string:S)",
      json: { a: 'it\'s "x"\\(y)' },
    },
    {
      title: "a string that looks like a number",
      cue: "a: string @timoni(runtime:string:N)",
      yaml: "a: string @timoni(runtime:string:N)",
      json: { a: "3" },
    },
    {
      title: "a number",
      cue: "a: int @timoni(runtime:number:N)",
      yaml: "a: number @timoni(runtime:number:N)",
      json: { a: 3 },
    },
    { title: "a number with a multiplier", cue: "a: int @timoni(runtime:number:KI)", json: { a: 2048 } },
    { title: "a negative number", cue: "a: number @timoni(runtime:number:NEG)", json: { a: -1.5 } },
    {
      title: "a bool",
      cue: "a: bool @timoni(runtime:bool:B)",
      yaml: "a: bool @timoni(runtime:bool:B)",
      json: { a: false },
    },
    {
      title: "a default that is replaced",
      cue: 'a: *"d" | string @timoni(runtime:string:N)',
      yaml: "a: d @timoni(runtime:string:N)",
      json: { a: "3" },
    },
    {
      title: "a default that stays",
      cue: 'a: *"d" | string @timoni(runtime:string:UNSET)',
      yaml: "a: d @timoni(runtime:string:UNSET)",
      json: { a: "d" },
    },
    {
      title: "a default with a type of its own",
      cue: "a: 80 @timoni(runtime:number:UNSET)",
      yaml: "a: 80 @timoni(runtime:number:UNSET)",
      json: { a: 80 },
    },
    {
      title: "lines, byte for byte",
      cue: "a: string @timoni(runtime:string:PEM)",
      yaml: "a: string @timoni(runtime:string:PEM)",
      json: { a: "-----BEGIN\r\n x\n\n-----END\n" },
    },
    {
      title: "a field that others refer to",
      cue: 'a: string @timoni(runtime:string:N)\nb: "\\(a)-\\(a)"',
      json: { a: "3", b: "3-3" },
    },
    { title: "an empty value", cue: "a: string @timoni(runtime:string:EMPTY)", json: { a: "" } },
  ])("fills $title", async ({ cue, yaml, json }) => {
    const variables = {
      S: 'it\'s "x"\\(y)',
      N: "3",
      KI: "2Ki",
      NEG: "-1.5",
      B: "false",
      PEM: "-----BEGIN\r\n x\n\n-----END\n",
      EMPTY: "",
    };
    expect((await fill("a.cue", cue, variables)).json).toEqual(json);
    if (yaml !== undefined) expect((await fill("a.yaml", yaml, variables)).json).toEqual(json);
  });

  test("fills items of a YAML list", async () => {
    const text = "a:\n- string @timoni(runtime:string:S)\n- 8 @timoni(runtime:number:UNSET)\n- plain";
    expect((await fill("a.yaml", text, { S: "x" })).json).toEqual({ a: ["x", 8, "plain"] });
  });

  test.each([
    'a: "string @timoni(runtime:string:S)"',
    "a: 'string @timoni(runtime:string:S)'",
    "a: |\n  string @timoni(runtime:string:S)",
  ])("takes %j for text", async (text) => {
    const { json } = await fill("a.yaml", text, { S: "x" });
    expect(JSON.stringify(json)).toContain("@timoni(runtime:string:S)");
  });

  test.each([
    [
      "text for a number",
      "a: int @timoni(runtime:number:V)",
      "marker",
      "a.cue:1:8: the variable V has to be a number literal such as 3, 0.5, 1e3, 0x1F or 2Gi, and is other text",
    ],
    [
      "a number with white space",
      "a: int @timoni(runtime:number:V)",
      " 3 marker",
      "a.cue:1:8: the variable V has to be a number literal",
    ],
    [
      "an expression for a number",
      "a: int @timoni(runtime:number:V)",
      "1+marker",
      "a.cue:1:8: the variable V has to be a number literal",
    ],
    [
      "Yes for a bool",
      "a: bool @timoni(runtime:bool:V)",
      "True-marker",
      "a.cue:1:9: the variable V has to be exactly true or false, and is other text",
    ],
    [
      "an unknown type",
      "a: string @timoni(runtime:text:V)",
      "marker",
      "a.cue:1:11: @timoni(runtime:text:V) is not understood; write @timoni(runtime:TYPE:NAME)",
    ],
    [
      "no name",
      "a: string @timoni(runtime:string:)",
      "marker",
      "a.cue:1:11: @timoni(runtime:string:) is not understood",
    ],
    [
      "another scheme",
      "a: string @timoni(env:string:V)",
      "marker",
      "a.cue:1:11: @timoni(env:string:V) is not understood",
    ],
  ])("reports %s", async (_, text, value, message) => {
    const { faults } = await fill("a.cue", text, { V: value });
    expect(faults[0]).toContain(message);
    expect(faults.join()).not.toContain("marker");
  });

  test("marks what came from the runtime as secret, and what was made of it", async () => {
    const { value } = await fill("a.cue", 'a: string @timoni(runtime:string:S)\nb: "x-\\(a)"\nc: "open"', { S: "s" });
    const secret = (name: string) => {
      const found = value && locate(value, [name]);
      return found?.kind === "scalar" ? found.secret : undefined;
    };
    expect([secret("a"), secret("b"), secret("c")]).toEqual([true, true, false]);
  });

  test("tells what a file asks for", async () => {
    const { requests } = await fill(
      "a.cue",
      "a: *1 | int @timoni(runtime:number:A)\nb: *2 | int @timoni(runtime:number:B)",
      { B: "3" },
    );
    expect(requests.map(({ name, type, filled }) => [name, type, filled])).toEqual([
      ["A", "number", false],
      ["B", "number", true],
    ]);
  });
});
