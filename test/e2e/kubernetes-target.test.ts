import { afterAll, describe, expect, test } from "vitest";
import type { KubeObject } from "../../src/engine/object/index.js";
import { refOf } from "../../src/engine/object/index.js";
import { connectKubernetes } from "../../src/engine/target/kubernetes/index.js";
import { cluster, newNamespace } from "./cluster.js";

const connect = (overrides = {}) =>
  connectKubernetes({ env: { KUBECONFIG: cluster.kubeconfig }, home: "/nowhere", overrides });
const target = await connect();
afterAll(() => target.close());

const configMap = (namespace: string, data: Record<string, string>): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "settings", namespace },
  data,
});

describe("apply()", () => {
  test("creates, changes, and leaves alone", async () => {
    const ns = await newNamespace("apply");
    expect(await target.apply(configMap(ns, { a: "1" }), { force: false })).toMatchObject({ action: "created" });
    expect(await target.apply(configMap(ns, { a: "1" }), { force: false })).toMatchObject({ action: "unchanged" });
    expect(await target.apply(configMap(ns, { a: "2" }), { force: false })).toMatchObject({ action: "configured" });
    console.log(await target.read([refOf(configMap(ns, {}))]));
  });
});
