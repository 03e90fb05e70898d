import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/engine/json/index.js";
import { defaultAt, losesFields } from "../../../src/engine/kube-schema/index.js";

const object = (properties: JsonObject, rest: JsonObject = {}): JsonObject => ({ type: "object", properties, ...rest });
const text: JsonObject = { type: "string" };
const spec = (properties: JsonObject, rest: JsonObject = {}) => object({ spec: object(properties, rest) });
const list = (items: JsonObject): JsonObject => ({ type: "array", items });
const map = (additionalProperties: JsonObject): JsonObject => ({ type: "object", additionalProperties });
const open: JsonObject = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

describe("losesFields()", () => {
  test.each<[string, JsonObject, JsonObject, boolean]>([
    ["the same", spec({ a: text }), spec({ a: text }), false],
    ["a field more", spec({ a: text }), spec({ a: text, b: text }), false],
    ["a field less", spec({ a: text, b: text }), spec({ a: text }), true],
    ["a field less in a field", spec({ a: object({ b: text }) }), spec({ a: object({}) }), true],
    ["a field less in items", spec({ a: list(object({ b: text })) }), spec({ a: list(object({})) }), true],
    ["a field less in a map", spec({ a: map(object({ b: text })) }), spec({ a: map(object({})) }), true],
    ["a field less of a status", object({ status: object({ a: text }) }), object({}), false],
    ["no spec", spec({ a: text }), object({}), true],
    ["anything goes", spec({ a: object({ b: text }) }), spec({ a: open }), false],
    ["anything went", spec({ a: open }), spec({ a: object({}) }), true],
    ["a map takes the field", spec({ a: object({ b: text }) }), spec({ a: map(text) }), false],
    ["a map is gone", spec({ a: map(text) }), spec({ a: object({}) }), true],
  ])("%s", (_, from, to, loses) => expect(losesFields(from, to)).toBe(loses));
});

describe("defaultAt()", () => {
  const schema = spec({
    a: { ...text, default: "x" },
    b: list(object({ c: { ...text, default: "y" } })),
    d: map(object({ e: { default: 1 } })),
  });
  test.each([
    [["spec", "a"], "x"],
    [["spec", "b", 3, "c"], "y"],
    [["spec", "d", "any", "e"], 1],
    [["spec", "b"], undefined],
    [["spec", "constructor"], undefined],
    [["none", "a"], undefined],
  ])("%j is %j", (steps, preset) => expect(defaultAt(schema, steps)).toEqual(preset));
});
