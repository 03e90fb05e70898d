import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../src/engine/json/index.js";
import type { KubeObject } from "../../../../src/engine/object/index.js";
import { needsTakeover, previewTakeover, takeoverPatch } from "../../../../src/engine/target/kubernetes/takeover.js";

const entry = (manager: string, operation: string, fieldsV1: JsonObject, extra: JsonObject = {}): JsonObject => ({
  manager,
  operation,
  apiVersion: "v1",
  time: "2026-01-01T00:00:00Z",
  fieldsType: "FieldsV1",
  fieldsV1,
  ...extra,
});
const object = (managedFields: JsonObject[], rest: JsonObject = {}, annotations?: JsonObject): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  ...rest,
  metadata: { name: "x", resourceVersion: "7", ...(annotations === undefined ? {} : { annotations }), managedFields },
});
const wanted = object([]);
const a = { "f:data": { "f:a": {} } };

describe("needsTakeover()", () => {
  test.each<[string, KubeObject, boolean]>([
    ["ours alone", object([entry("timoni", "Apply", a)]), false],
    ["kubectl apply", object([entry("kubectl-client-side-apply", "Update", a)]), true],
    ["kubectl apply --server-side", object([entry("kubectl", "Apply", a)]), true],
    ["before-first-apply", object([entry("before-first-apply", "Update", a)]), true],
    ["helm", object([entry("helm", "Update", a)]), true],
    ["a name that only starts as helm's", object([entry("helm-controller", "Update", a)]), false],
    ["a controller", object([entry("kube-controller-manager", "Update", a)]), false],
    ["a subresource", object([entry("kubectl", "Update", a, { subresource: "scale" })]), false],
    ["a leftover annotation", object([], {}, { "meta.helm.sh/release-name": "x" }), true],
    ["another annotation", object([], {}, { note: "x" }), false],
  ])("%s", (_, live, expected) => expect(needsTakeover(live, wanted)).toBe(expected));

  test("an annotation that the new revision itself sets is no leftover", () => {
    const own = { "meta.helm.sh/release-name": "x" };
    expect(needsTakeover(object([], {}, own), object([], {}, own))).toBe(false);
  });
});

describe("takeoverPatch()", () => {
  test("joins the fields of others with ours, at this version of the object", () => {
    const controller = entry("kube-controller-manager", "Update", { "f:status": {} }, { subresource: "status" });
    const live = object(
      [
        entry("kubectl-client-side-apply", "Update", { "f:data": { ".": {}, "f:a": {}, "f:b": {} } }),
        controller,
        entry("timoni", "Apply", { "f:data": { "f:a": {}, "f:c": {} } }, { apiVersion: "v2" }),
        entry("helm", "Update", { "f:metadata": { "f:labels": { "f:x": {} } } }),
      ],
      {},
      { "meta.helm.sh/release-name": "x", "kubectl.kubernetes.io/last-applied-configuration": "{}", note: "" },
    );
    const fields = {
      "f:data": { ".": {}, "f:a": {}, "f:b": {}, "f:c": {} },
      "f:metadata": { "f:labels": { "f:x": {} } },
    };
    expect(takeoverPatch(live, wanted)).toEqual([
      {
        op: "replace",
        path: "/metadata/managedFields",
        value: [controller, entry("timoni", "Apply", fields, { apiVersion: "v2" })],
      },
      { op: "remove", path: "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration" },
      { op: "remove", path: "/metadata/annotations/meta.helm.sh~1release-name" },
      { op: "replace", path: "/metadata/resourceVersion", value: "7" },
    ]);
  });

  test("where we have no entry yet, that of the others becomes ours", () => {
    const [first] = takeoverPatch(object([entry("kubectl-create", "Update", a)]), wanted);
    expect(first?.value).toEqual([entry("timoni", "Apply", a)]);
  });

  test("only leftovers: the managers stay as they are", () => {
    const live = object([entry("x", "Update", a)], {}, { "meta.helm.sh/release-name": "x" });
    expect(takeoverPatch(live, wanted).map(({ path }) => path)).toEqual([
      "/metadata/annotations/meta.helm.sh~1release-name",
      "/metadata/resourceVersion",
    ]);
  });
});

describe("previewTakeover()", () => {
  const list = [{ name: "one", image: "i" }, { name: "two" }];
  test.each<[string, JsonObject, JsonObject, JsonObject, JsonObject, JsonObject]>([
    // before | fields of kubectl | our fields | a new object | after
    [
      "a field",
      { data: { a: 1, b: 2 } },
      { "f:data": { "f:a": {}, "f:b": {} } },
      { "f:data": { "f:a": {} } },
      {},
      { data: { a: 1 } },
    ],
    ["the last field of a map", { data: { a: 1 } }, { "f:data": { "f:a": {} } }, {}, {}, {}],
    ["a whole map", { data: { a: 1, z: 1 } }, { "f:data": { ".": {}, "f:a": {} } }, {}, {}, {}],
    [
      "a map that we have too",
      { data: { a: 1, z: 1 } },
      { "f:data": { ".": {}, "f:a": {} } },
      { "f:data": {} },
      {},
      { data: { z: 1 } },
    ],
    [
      "an item by key",
      { list },
      { "f:list": { 'k:{"name":"two"}': { ".": {}, "f:name": {} } } },
      {},
      {},
      { list: [list[0] ?? {}] },
    ],
    [
      "a field of an item",
      { list },
      { "f:list": { 'k:{"name":"one"}': { "f:image": {} } } },
      { "f:list": { 'k:{"name":"one"}': { ".": {} } } },
      {},
      { list: [{ name: "one" }, { name: "two" }] },
    ],
    ["an item by value", { list: ["x", "y"] }, { "f:list": { 'v:"x"': {} } }, {}, {}, { list: ["y"] }],
    [
      "a default that comes back",
      { data: { a: 5 } },
      { "f:data": { "f:a": {} } },
      {},
      { data: { a: 1 } },
      { data: { a: 1 } },
    ],
    ["a field that is gone", { data: { b: 1 } }, { "f:data": { "f:a": {} } }, {}, {}, { data: { b: 1 } }],
    [
      "__proto__",
      { data: { a: 1 } },
      { "f:data": { "f:__proto__": {} }, "f:constructor": { "f:prototype": {} } },
      {},
      {},
      { data: { a: 1 } },
    ],
  ])("%s", (_, before, theirs, ours, fresh, after) => {
    const dryRun = object([entry("kubectl", "Apply", theirs), entry("timoni", "Apply", ours)], before);
    const { metadata: __, apiVersion: ___, kind: ____, ...rest } = previewTakeover(dryRun, wanted, object([], fresh));
    expect(rest).toEqual(after);
  });
});
