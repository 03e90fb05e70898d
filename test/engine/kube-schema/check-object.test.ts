import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import type { JsonObject, JsonValue } from "../../../src/engine/json/index.js";
import { checkObject, formatFault, servedVersions } from "../../../src/engine/kube-schema/index.js";
import { isKubeObject, type KubeObject } from "../../../src/engine/object/index.js";
import { sheaf, tempDir } from "../../support/run-cli.js";
import { seedEnv, seeds } from "../../support/seeds.js";

function faults(spec: JsonValue, schema: JsonObject): string[] {
  const object: KubeObject = { apiVersion: "example.org/v1", kind: "Widget", metadata: { name: "w" }, spec };
  return checkObject(object, { type: "object", properties: { spec: schema } }).map((fault) => formatFault(fault));
}

const text = { type: "string" };
const fields = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({ type: "object", properties, ...more });

describe("checkObject() refuses", () => {
  test.each<{ title: string; spec: JsonValue; schema: JsonObject; want: string[] }>([
    {
      title: "a field that there is not",
      spec: { intervall: "1m" },
      schema: fields({ interval: text }),
      want: ["spec.intervall: unknown field; did you mean interval?"],
    },
    {
      title: "a field of an object without fields",
      spec: { a: 1 },
      schema: { type: "object" },
      want: ["spec.a: unknown field"],
    },
    {
      title: "wrong types",
      spec: { a: 1, b: "x", c: [], d: {}, e: 1.5, f: [null], g: "5", h: true },
      schema: fields({
        a: text,
        b: { type: "boolean" },
        c: { type: "object" },
        d: { type: "array" },
        e: { type: "integer" },
        f: { type: "array", items: text },
        g: { type: "integer" },
        h: { "x-kubernetes-int-or-string": true },
      }),
      want: [
        "spec.a: expected a string (put it in quotes); found 1",
        'spec.b: expected true or false; found "x"',
        "spec.c: expected an object; found a list",
        "spec.d: expected a list; found an object",
        "spec.e: expected an integer; found 1.5",
        "spec.f.0: expected a string; found null",
        'spec.g: expected an integer (leave the quotes out); found "5"',
        "spec.h: expected an integer or a string; found true",
      ],
    },
    {
      title: "what is missing",
      spec: { list: [{}] },
      schema: fields(
        { list: { type: "array", items: fields({ name: text }, { required: ["name"] }) }, url: text },
        { required: ["url"] },
      ),
      want: ["spec.url: required value is missing", "spec.list.0.name: required value is missing"],
    },
    {
      title: "null where something is required: the server drops it",
      spec: { url: null },
      schema: fields({ url: text }, { required: ["url"] }),
      want: ["spec.url: required value is missing"],
    },
    {
      title: "strings and numbers that have not their format",
      spec: { time: "5m", bytes: "%", ip: "a", memory: "64 MB", small: 2 ** 31 },
      schema: fields({
        time: { type: "string", format: "date-time" },
        bytes: { type: "string", format: "byte" },
        ip: { type: "string", format: "ipv4" },
        memory: { format: "quantity" },
        small: { type: "integer", format: "int32" },
      }),
      want: [
        'spec.time: has to be a time such as 2026-01-31T12:00:00Z; found "5m"',
        'spec.bytes: has to be Base64; found "%"',
        'spec.ip: has to be an IPv4 address; found "a"',
        'spec.memory: has to be a quantity such as 100m, 64Mi or 8Gi; found "64 MB"',
        "spec.small: has to fit into 32 bits; found 2147483648",
      ],
    },
    {
      title: "what no enumeration, pattern or limit allows",
      spec: { kind: "x", interval: "1d", name: "", count: 11, tags: ["a", "a"], half: 1.2 },
      schema: fields({
        kind: { type: "string", enum: ["a", "b"] },
        interval: { type: "string", pattern: "^([0-9]+(s|m|h))+$" },
        name: { type: "string", minLength: 1 },
        count: { type: "integer", minimum: 1, maximum: 11, exclusiveMaximum: true },
        tags: { type: "array", "x-kubernetes-list-type": "set", items: text, maxItems: 1 },
        half: { type: "number", multipleOf: 0.5 },
      }),
      want: [
        'spec.kind: has to be one of "a", "b"; found "x"',
        'spec.interval: has to match ^([0-9]+(s|m|h))+$; found "1d"',
        'spec.name: has to have at least 1 characters, has 0; found ""',
        "spec.count: has to be less than 11; found 11",
        "spec.tags: has to have at most 1 items, has 2",
        "spec.tags: item 1 repeats the value of an earlier one",
        "spec.half: has to be a multiple of 0.5; found 1.2",
      ],
    },
    {
      title: "a key of a list that is there twice",
      spec: [
        { name: "a", port: 1 },
        { name: "a", port: 2 },
      ],
      schema: {
        type: "array",
        items: fields({ name: text, port: { type: "integer" } }),
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
      },
      want: ["spec: item 1 repeats name of an earlier one"],
    },
    {
      title: "values of a map",
      spec: { a: 1, "b.c": "x" },
      schema: { type: "object", additionalProperties: { type: "integer" } },
      want: ['spec."b.c": expected an integer; found "x"'],
    },
    {
      title: "a form that none of them is",
      spec: {},
      schema: fields({ a: text, b: text }, { anyOf: [{ required: ["a"] }, { required: ["b"] }] }),
      want: ["spec: fits none of the forms that are allowed here"],
    },
    {
      title: "two forms of which one may be",
      spec: { a: "", b: "" },
      schema: fields({ a: text, b: text }, { oneOf: [{ required: ["a"] }, { required: ["b"] }] }),
      want: ["spec: has to fit exactly one of the forms that are allowed here"],
    },
    {
      title: "what must not be",
      spec: { a: "x" },
      schema: fields({ a: text }, { not: { properties: { a: { enum: ["x"] } }, required: ["a"] } }),
      want: ["spec: has a form that is not allowed here"],
    },
    {
      title: "a long value without quoting it",
      spec: { a: "y".repeat(100) },
      schema: fields({ a: { type: "string", pattern: "^x" } }),
      want: ["spec.a: has to match ^x"],
    },
  ])("$title", ({ spec, schema, want }) => {
    expect(faults(spec, schema)).toEqual(want);
  });
});

describe("checkObject() accepts", () => {
  test.each<{ title: string; spec: JsonValue; schema: JsonObject }>([
    { title: "unknown fields where they are kept", spec: { x: 1 }, schema: preserved() },
    { title: "an integer or a string", spec: ["80%", 8], schema: intOrString() },
    { title: "null where a field may be: the server drops it", spec: { a: null }, schema: fields({ a: text }) },
    { title: "any value of a map", spec: { a: [1] }, schema: { type: "object", additionalProperties: true } },
    { title: "a format that no server checks", spec: "x", schema: { type: "string", format: "secret" } },
    { title: "null where it may be", spec: { a: null }, schema: fields({ a: { type: "string", nullable: true } }) },
    {
      title: "null where a default stands",
      spec: { a: null },
      schema: fields({ a: { type: "string", default: "x" } }),
    },
    {
      title: "a missing field with a default",
      spec: {},
      schema: fields({ a: { type: "string", default: "x" } }, { required: ["a"] }),
    },
    {
      title: "an object in an object",
      spec: { template: { apiVersion: "v1", kind: "Pod", metadata: { labels: {} }, spec: 1 } },
      schema: fields({ template: { ...preserved(), "x-kubernetes-embedded-resource": true } }),
    },
    { title: "a pattern that JavaScript has not", spec: { a: "AB" }, schema: fields({ a: pattern("(?i)^ab$") }) },
  ])("$title", ({ spec, schema }) => {
    expect(faults(spec, schema)).toEqual([]);
  });
});

function preserved(): JsonObject {
  return { type: "object", "x-kubernetes-preserve-unknown-fields": true };
}

function intOrString(): JsonObject {
  return { type: "array", items: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, text] } };
}

function pattern(text: string): JsonObject {
  return { type: "string", pattern: text };
}

test("a hostile pattern takes no time", () => {
  expect(faults({ a: `${"a".repeat(50_000)}!` }, fields({ a: pattern("^(a+)+$") }))).toHaveLength(1);
});

test("every custom resource of the seeds fits Flux's definitions, and what is wrong in one is told", async () => {
  const built = await Promise.all(
    seeds.map(({ file, text }) =>
      sheaf(["bundle", "build", "-f", file, "--runtime-from-env"], { cwd: tempDir({ [file]: text }), env: seedEnv }),
    ),
  );
  const objects = parseAllDocuments(built.map(({ stdout }) => stdout).join(""))
    .map((document): unknown => document.toJS())
    .filter(isKubeObject);
  const schemas = new Map(
    objects
      .flatMap(servedVersions)
      .map(({ group, version, kind, schema }) => [`${group}/${version}/${kind}`, schema ?? {}]),
  );
  const resources = objects.flatMap((object) => {
    const schema = schemas.get(`${object.apiVersion}/${object.kind}`);
    return schema === undefined ? [] : [{ object, schema }];
  });
  expect(new Set(resources.map(({ object }) => object.kind))).toEqual(
    new Set(["GitRepository", "HelmRelease", "HelmRepository", "Kustomization", "OCIRepository"]),
  );
  expect(resources.flatMap(({ object, schema }) => checkObject(object, schema))).toEqual([]);
  const broken = resources.map(({ object, schema }) => checkObject({ ...object, spec: { interval: "often" } }, schema));
  expect(broken.filter((faults) => faults.some(({ path }) => path === "spec.interval"))).toHaveLength(resources.length);
});
