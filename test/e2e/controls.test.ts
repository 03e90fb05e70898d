import { afterEach, expect, test } from "vitest";
import { applyBundle, deleteBundle } from "../../src/engine/apply/index.js";
import type { JsonObject } from "../../src/engine/json/index.js";
import type { KubeObject } from "../../src/engine/object/index.js";
import type { RenderedBundle } from "../../src/engine/plan/index.js";
import { connectKubernetes } from "../../src/engine/target/kubernetes/index.js";
import { annotated, bundle, configMap, instance, object } from "../support/bundles.js";
import { cluster, get, patch, remove, uniqueName, until } from "./cluster.js";

// The annotations by which an object asks for a treatment of its own (docs/cluster-state.md, "Objects"), each on a live cluster.

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

const target = await connectKubernetes({ env: { KUBECONFIG: cluster.kubeconfig }, home: "/nowhere" });
const options = { now: () => new Date(), timeoutMs: 10_000 };
const apply = (rendered: RenderedBundle) => applyBundle(rendered, target, options);
const control = (what: string, value: string, wanted: KubeObject) =>
  annotated(wanted, { [`action.timoni.sh/${what}`]: value });

/** A namespace of its own, and how to make a bundle of one instance in it. */
function setting() {
  const name = uniqueName("control");
  cleanUp.push(() => remove(`/api/v1/namespaces/${name}`));
  const path = (kind: string) => `/api/v1/namespaces/${name}/${kind}`;
  return { name, path, of: (...objects: readonly KubeObject[]) => bundle(name, instance("app", name, objects)) };
}

test("one-off: made once, then left as it is", async () => {
  const { name, path, of } = setting();
  const token = (text: string) => control("one-off", "enabled", configMap(name, "token", { text }));
  await apply(of(token("first")));
  await patch(path("configmaps/token"), { data: { text: "changed by its user" } });
  const { instances } = await apply(of(token("second")));
  expect(instances[0]?.counts).toMatchObject({ skipped: 1, configured: 0 });
  expect((await get(path("configmaps/token")))?.data).toEqual({ text: "changed by its user" });
  await remove(path("configmaps/token"));
  await apply(of(token("third")));
  expect((await get(path("configmaps/token")))?.data).toEqual({ text: "third" });
});

test("force: an immutable field changes by making the object anew, when its finalizers are done", async () => {
  const { name, path, of } = setting();
  const fixed = (text: string, extra: JsonObject = {}): KubeObject => ({
    ...configMap(name, "fixed", { text }),
    immutable: true,
    ...extra,
  });
  await apply(of(fixed("first")));
  await expect(apply(of(fixed("second")))).rejects.toThrow(/action\.timoni\.sh\/force: enabled/);
  const before = await patch(path("configmaps/fixed"), { metadata: { finalizers: ["test.sheaf/hold"] } });
  const applying = apply(of(control("force", "enabled", fixed("second"))));
  await until("deletion", async () => (await get(path("configmaps/fixed")))?.metadata.deletionTimestamp !== undefined);
  await patch(path("configmaps/fixed"), { metadata: { finalizers: null } });
  const { instances } = await applying;
  expect(instances[0]?.counts).toMatchObject({ recreated: 1 });
  const after = await get(path("configmaps/fixed"));
  expect(after?.data).toEqual({ text: "second" });
  expect(after?.metadata.uid).not.toBe(before.metadata.uid);
});

test("prune: neither an upgrade nor a delete takes it away", async () => {
  const { name, path, of } = setting();
  const volume = control("prune", "disabled", configMap(name, "kept", { a: "1" }));
  await apply(of(volume, configMap(name, "other")));
  const { instances } = await apply(of(configMap(name, "other")));
  expect(instances[0]?.counts).toMatchObject({ kept: 1, deleted: 0 });
  await apply(of(volume, configMap(name, "other")));
  await deleteBundle(name, target, options);
  expect((await get(path("configmaps/kept")))?.data).toEqual({ a: "1" });
  expect(await get(path("configmaps/other"))).toBeUndefined();
});

test("wait: what is not ready does not hold up the apply", async () => {
  const { name, of } = setting();
  const labels = { app: name };
  const web = object("apps/v1", "Deployment", "web", name, {
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "main", image: "never-ready" }] } },
    },
  });
  await apply(of(control("wait", "disabled", web)));
  const { now } = options;
  await expect(applyBundle(of(web), target, { now, timeoutMs: 300 })).rejects.toThrow(
    /Deployment\/.*\/web: in-progress/,
  );
});
