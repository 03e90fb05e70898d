import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMasker } from "../../../src/engine/apply/mask.js";
import type { JsonObject } from "../../../src/engine/json/index.js";
import type { KubeObject } from "../../../src/engine/object/index.js";
import { configMap, object } from "../../support/bundles.js";

const secret = (data: Record<string, string>, metadata: object = {}): KubeObject => ({
  ...object("v1", "Secret", "s", "ns", { data }),
  metadata: { name: "s", namespace: "ns", ...metadata },
});

describe("createMasker()", () => {
  test.each([
    { title: "that stays", before: { k: "YQ==" }, after: { k: "YQ==" }, want: [{ k: "***" }, { k: "***" }] },
    {
      title: "that changes",
      before: { k: "YQ==" },
      after: { k: "Yg==" },
      want: [{ k: "*** (before)" }, { k: "*** (after)" }],
    },
    { title: "that comes", before: {}, after: { k: "YQ==" }, want: [{}, { k: "***" }] },
    { title: "that goes", before: { k: "YQ==" }, after: {}, want: [{ k: "***" }, {}] },
  ])("hides the value of a Secret's key $title", ({ before, after, want }) => {
    const shown = createMasker().diff(secret(before), secret(after));
    expect([shown.before?.data, shown.after?.data]).toEqual(want);
  });

  test("hides what a server and kubectl add, in which a Secret's data is repeated", () => {
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": '{"data":{"k":"YQ=="}}', note: "x" };
    const live = secret(
      { k: "YQ==" },
      { annotations, managedFields: [], resourceVersion: "1", uid: "u", generation: 2 },
    );
    const { after } = createMasker().diff(undefined, { ...live, status: { a: 1 } });
    expect(after?.metadata).toEqual({ name: "s", namespace: "ns", annotations: { note: "x" } });
    expect(after).not.toHaveProperty("status");
  });

  test("takes runtime values out of any object, also in base64 and within a text", () => {
    const { diff, text } = createMasker(["tok-123"]);
    const after = configMap("ns", "a", { arg: "--token=tok-123 --v", b64: Buffer.from("tok-123").toString("base64") });
    expect(diff(undefined, after).after?.data).toEqual({ arg: "--token=*** --v", b64: "***" });
    expect(text("bad value tok-123!")).toBe("bad value ***!");
  });

  test("hides the other side of a change too: it held the same secret's earlier text", () => {
    const { diff } = createMasker(["tok-new"]);
    const shown = diff(
      configMap("ns", "a", { arg: "--token=tok-old" }),
      configMap("ns", "a", { arg: "--token=tok-new" }),
    );
    expect([shown.before?.data, shown.after?.data]).toEqual([{ arg: "*** (before)" }, { arg: "*** (after)" }]);
  });

  test("shows what changes around a secret that stays", () => {
    const { diff } = createMasker(["tok-123"]);
    const shown = diff(configMap("ns", "a", { arg: "tok-123 info" }), configMap("ns", "a", { arg: "tok-123 debug" }));
    expect([shown.before?.data, shown.after?.data]).toEqual([{ arg: "*** info" }, { arg: "*** debug" }]);
  });

  test("a short value is hidden where it is the whole text or number, not within others", () => {
    const { diff } = createMasker(["80", ""]);
    const after = object("v1", "Service", "s", "ns", { spec: { port: 80, target: "80", host: "h:8080" } });
    expect(diff(undefined, after).after?.spec).toEqual({ port: "***", target: "***", host: "h:8080" });
  });

  test("a number counts as a whole value, in its evaluated form", () => {
    const { diff, text } = createMasker([1000]);
    const after = object("v1", "X", "x", "ns", { spec: { a: 1000, b: "1000", c: "x1000", d: true } });
    expect(diff(undefined, after).after?.spec).toEqual({ a: "***", b: "***", c: "x1000", d: true });
    expect(text("took 1000 ms")).toBe("took 1000 ms");
  });

  test("hides a secret within JSON, and within keys", () => {
    const marker = 'hunter"two\\zwei';
    const { diff, holdsSecret } = createMasker([marker]);
    const patch = JSON.stringify({ op: "add", value: marker });
    const after = object("v1", "X", "x", "ns", {
      spec: { patch, twice: JSON.stringify({ patch }), [`k-${marker}`]: 1, [`k-${marker}${marker}`]: 2, "k-***": 3 },
    });
    expect(diff(undefined, after).after?.spec).toEqual({
      patch: '{"op":"add","value":"***"}',
      twice: '{"patch":"{\\"op\\":\\"add\\",\\"value\\":\\"***\\"}"}',
      "k-***": 1,
      "k-******": 2,
      "k-*** (2)": 3,
    });
    expect(holdsSecret(after)).toBe(true);
    expect(holdsSecret(configMap("ns", "a", { k: "hunter" }))).toBe(false);
  });

  test("a secret that is the name of a field hides no field of the object itself", () => {
    const after = configMap("ns", "a", { k: "v" });
    expect(createMasker(["metadata", "data", "name"]).diff(undefined, after)).toEqual({ after });
  });

  test("hides what may have been a secret in the state before, and nothing that stays", () => {
    const { diff } = createMasker(["tok-new"], ["tok-old", "info", 81]);
    const pod = (spec: JsonObject) => object("v1", "Pod", "x", "ns", { spec });
    const shown = diff(
      pod({ env: ["--token=tok-old", "a"], level: "info", port: 81, keep: "info", "x-tok-old": 1, image: "a:1" }),
      pod({ env: ["a"], level: "debug", keep: "info", image: "a:2" }),
    );
    expect(shown.before?.spec).toEqual({
      ...{ env: ["--token=***", "a"], level: "***", port: "***", keep: "info", "x-***": 1, image: "a:1" },
    });
    expect(shown.after?.spec).toEqual({ env: ["a"], level: "debug", keep: "info", image: "a:2" });
    expect(diff(pod({ a: "tok-old" }), pod({ a: ["x"] })).before?.spec).toEqual({ a: "***" });
    expect(diff(pod({ a: "tok-old" }), undefined).before?.spec).toEqual({ a: "***" });
  });

  test("values that change their form are shown, lists too", () => {
    const { diff } = createMasker(["tok-123"]);
    const from = object("v1", "X", "x", "ns", { spec: { a: ["tok-123", 1, null], b: { c: 1 }, d: "x" } });
    const to = object("v1", "X", "x", "ns", { spec: { a: { k: "tok-123" }, b: [2], d: { e: true } } });
    const shown = diff(from, to);
    expect(shown.before?.spec).toEqual({ a: ["***", 1, null], b: { c: 1 }, d: "x" });
    expect(shown.after?.spec).toEqual({ a: { k: "***" }, b: [2], d: { e: true } });
  });

  test("law: no marker is ever shown, and without secrets an object is shown as it is", () => {
    const marker = "m4rk3r";
    const leaf = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constant(`x${marker}y`),
      fc.constant(marker),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ depthSize: "small" }, leaf, fc.array(tie("tree")), fc.dictionary(fc.string(), tie("tree"))),
    }));
    const anyObject = fc
      .jsonValue()
      .chain(() => tree)
      .map((spec) => object("v1", "X", "x", "ns", { spec: JSON.parse(JSON.stringify(spec)) }));
    fc.assert(
      fc.property(anyObject, anyObject, (before, after) => {
        expect(JSON.stringify(createMasker([marker]).diff(before, after))).not.toContain(marker);
        expect(createMasker().diff(before, after)).toEqual({ before, after });
      }),
      { numRuns: 200 },
    );
  });
});
