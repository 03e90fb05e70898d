import { expect, test } from "vitest";
import { loadValues } from "../../../src/engine/bundle/index.js";
import { toJson } from "../../../src/engine/json/index.js";

const load = async (...texts: string[]) =>
  toJson((await loadValues(texts.map((text, i) => ({ name: `${i}.cue`, bytes: Buffer.from(text) })))).values);

// What Timoni makes of the same files; the last two it refuses.
test.each<[string, string[], unknown]>([
  ["fields", ["values: {a: 1, b: {c: 1, d: 2}}", "values: {a: 2, b: {d: 3, e: 4}}"], { a: 2, b: { c: 1, d: 3, e: 4 } }],
  [
    "items of lists, by their places",
    ["values: l: [{a: 1, b: 2}, {c: 3}]", "values: l: [{a: 9}, {d: 4}]"],
    {
      l: [
        { a: 9, b: 2 },
        { c: 3, d: 4 },
      ],
    },
  ],
  [
    "a shorter list",
    ["values: {l: [{a: 1}, 2], m: [1]}", "values: {l: [{b: 1}], m: []}"],
    { l: [{ a: 1, b: 1 }], m: [] },
  ],
  ["what a value was computed from", ["values: {a: 1, b: a}", "values: a: 2"], { a: 2, b: 1 }],
  ["a default", ["values: {a: *1 | int, b: *2 | int}", "values: a: 2"], { a: 2, b: 2 }],
  ["a longer list", ["values: l: [{a: 1}]", "values: l: [{b: 1}, 2]"], { l: [{ a: 1, b: 1 }, 2] }],
  ["another kind of value", ["values: {a: {x: 1}, b: 1}", "values: {a: 1, b: {y: 1}}"], { a: 1, b: { y: 1 } }],
])("of several files of values, a later one wins: %s", async (_, texts, merged) => {
  expect(await load(...texts)).toEqual(merged);
});

test.each([
  ["a: 1", /0\.cue:1:1.*values/],
  ["values: [1]", "0.cue:1:9: values: expected an object"],
  ["values: a: string", "values.a: incomplete value string"],
])("of values alone: %s", async (text, message) => {
  await expect(load(text)).rejects.toThrow(message);
});
