import { describe, expect, test } from "vitest";
import { clusterLookup, loadRuntime, readClusterValues } from "../../../src/engine/fleet/index.js";
import type { KubeObject } from "../../../src/engine/object/index.js";
import { MemoryTarget } from "../../support/memory-target.js";

const base64 = (bytes: string | Uint8Array) => Buffer.from(bytes).toString("base64");

const secret: KubeObject = {
  apiVersion: "v1",
  kind: "Secret",
  // A name that could be read as base64.
  metadata: { name: "auth", namespace: "infra", labels: { tier: "abcd" } },
  data: {
    password: base64("p4ss-w0rd"),
    "ca.crt": base64("BEGIN\nline\n"),
    empty: "",
    bytes: base64(Buffer.from([0xff, 0xfe, 1, 2])),
  },
};
const configMap: KubeObject = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "info", namespace: "infra", uid: "0123" },
  data: { region: "us-west-2", text: base64("stays as it is") },
};
const source: KubeObject = {
  apiVersion: "source.toolkit.fluxcd.io/v1",
  kind: "GitRepository",
  metadata: { name: "cluster", namespace: "infra", generation: 3 },
  spec: { suspend: false, ratio: 0.5, conditions: "private-hint" },
  status: {
    conditions: [
      { type: "Stalled", status: "False" },
      { type: "Ready", status: "True" },
    ],
  },
};

const refs = {
  secret: "k8s:v1:Secret:infra:auth",
  configMap: "k8s:v1:ConfigMap:infra:info",
  source: "k8s:source.toolkit.fluxcd.io/v1:GitRepository:infra:cluster",
};

async function read(query: string, expression: string, optional = false) {
  const target = new MemoryTarget(["infra"]);
  for (const object of [secret, configMap, source])
    target.objects.set(
      `${object.apiVersion.includes("/") ? "source.toolkit.fluxcd.io" : ""}/${object.kind}/infra/${object.metadata.name}`,
      object,
    );
  const text = JSON.stringify({
    runtime: { apiVersion: "v1alpha1", name: "a", values: [{ query, for: { VALUE: expression }, optional }] },
  });
  const { queries } = await loadRuntime([{ name: "runtime.json", bytes: Buffer.from(text) }]);
  return (await readClusterValues(queries, target)).get("VALUE");
}

describe("readClusterValues()", () => {
  test.each([
    [refs.secret, "obj.data.password", "p4ss-w0rd"],
    [refs.secret, 'obj.data."ca.crt"', "BEGIN\nline\n"],
    [refs.secret, "obj.data.empty", ""],
    [refs.secret, "obj.metadata.labels.tier", "abcd"],
    [refs.configMap, "obj.data.region", "us-west-2"],
    [refs.configMap, "obj.data.text", base64("stays as it is")],
    [refs.configMap, '"\\(obj.data.region)-\\(obj.metadata.uid)"', "us-west-2-0123"],
    [refs.source, "obj.metadata.generation + 1", "4"],
    [refs.source, "obj.spec.ratio", "0.5"],
    [refs.source, "!obj.spec.suspend", "true"],
    [refs.source, '[for c in obj.status.conditions if c.type == "Ready" {c.status}][0]', "True"],
  ])("%s %s", async (query, expression, value) => {
    expect(await read(query, expression)).toBe(value);
  });

  test("leaves out what an absent object would give, where that is optional", async () => {
    expect(await read("k8s:v1:Secret:infra:other", "obj.data.a", true)).toBeUndefined();
  });

  test.each([
    [
      "k8s:v1:Secret:infra:other",
      "obj.data.a",
      "a cluster in memory has no Secret/infra/other; make it, or say optional: true",
    ],
    [
      refs.secret,
      "obj.data.pasword",
      "VALUE: obj.data.pasword over Secret/infra/auth, character 10: undefined field: pasword; did you mean password?",
    ],
    [refs.secret, "obj.data", "VALUE: obj.data is a struct in Secret/infra/auth, expected a string, number or bool"],
    [refs.secret, "obj.data.bytes", "VALUE: the Secret has bytes there that are no UTF-8 text"],
    [refs.source, "null", "VALUE: null is null in GitRepository/infra/cluster"],
    [refs.source, "obj.status.conditions", "is a list in"],
    [refs.source, "obj.data[", "VALUE: obj.data[, character "],
    [refs.source, "1\nother: 2", "is more than one CUE expression"],
    [refs.source, "string", "incomplete value string"],
  ])("tells what is wrong with %s %s", async (query, expression, message) => {
    await expect(read(query, expression)).rejects.toThrow(message);
    await expect(read(query, expression)).rejects.toThrow(/^runtime\.json:1:\d+: /);
  });

  test("never shows what is in an object", async () => {
    const fault = await read(refs.source, 'obj.spec.conditions & "other"').catch((error: Error) => error.message);
    expect(fault).toContain("conflicting values");
    expect(fault).not.toContain("private-hint");
  });
});

describe("clusterLookup()", () => {
  test("puts the cluster before its values, and these before the environment", () => {
    const values = new Map([
      ["A", "from the cluster"],
      ["TIMONI_CLUSTER_NAME", "not this"],
    ]);
    const lookup = clusterLookup({ name: "prod", group: "production" }, values, (name) => `env ${name}`);
    const found = ["TIMONI_CLUSTER_NAME", "TIMONI_CLUSTER_GROUP", "A", "B"].map((name) => lookup(name, "string"));
    expect(found).toEqual([
      { text: "prod", isPublic: true },
      { text: "production", isPublic: true },
      "from the cluster",
      "env B",
    ]);
    expect(clusterLookup(undefined, values)("TIMONI_CLUSTER_GROUP", "string")).toBeUndefined();
  });
});
