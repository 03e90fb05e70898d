import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isJsonObject, type JsonObject } from "../../src/engine/json/index.js";
import { type KubeObject, type ObjectRef, refOf } from "../../src/engine/object/index.js";
import type { ReadyState } from "../../src/engine/target/index.js";
import { objectsAt, textAt, valueAt } from "../../src/engine/target/kubernetes/fields.js";
import { type ConnectionOverrides, connectKubernetes } from "../../src/engine/target/kubernetes/index.js";
import {
  api,
  cluster,
  create,
  get,
  kubectl,
  newNamespace,
  patch,
  recordRequests,
  remove,
  setReady,
  uniqueName,
  until,
  writesOf,
} from "./cluster.js";

const userAgent = "target-test";
const connect = (overrides: ConnectionOverrides = {}) =>
  connectKubernetes({ env: { KUBECONFIG: cluster.kubeconfig }, home: "/nowhere", overrides, http: { userAgent } });
const target = await connect();
afterAll(() => target.close());
const plain = { force: false };
const force = { force: true };

const configMap = (namespace: string, data: JsonObject, extra: JsonObject = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "settings", namespace, ...extra },
  data,
});
const deployment = (namespace: string, name: string, image = "nginx:1"): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "main", image }] } },
  },
});
const crd = (group: string, version = "v1"): KubeObject => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `widgets.${group}` },
  spec: {
    group,
    names: { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList" },
    scope: "Namespaced",
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: { type: "object", properties: { size: { type: "integer", maximum: 9 } } },
              status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
            },
          },
        },
      },
    ],
  },
});
const widget = (group: string, namespace: string, spec: JsonObject): KubeObject => ({
  apiVersion: `${group}/v1`,
  kind: "Widget",
  metadata: { name: "one", namespace },
  spec,
});
const secret = (namespace: string, data: Record<string, string>): KubeObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "token", namespace },
  data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")])),
});
/** Times in managedFields have a resolution of a second: after this an object counts as untouched without being read. */
const anHourInSeconds = () => new Promise((done) => setTimeout(done, 3100));
const versionOf = async (ref: ObjectRef) => (await target.read([ref]))[0]?.metadata.resourceVersion;

describe("check() and serverVersion()", () => {
  test("tell the version and what the target is called", async () => {
    await target.check();
    expect(await target.serverVersion()).toBe("v1.35.4");
    expect(target.description).toBe(`context admin (${cluster.server})`);
  });

  test("a client certificate is a way to log in", async () => {
    const tls = (name: string) => readFileSync(join(import.meta.dirname, "../fixtures/tls", name)).toString("base64");
    const file = join(cluster.dataDir, "certified.json");
    const { writeFile } = await import("node:fs/promises");
    const user = { "client-certificate-data": tls("client.pem"), "client-key-data": tls("client.key") };
    await writeFile(
      file,
      JSON.stringify({
        "current-context": "c",
        clusters: [{ name: "c", cluster: { server: cluster.server, "certificate-authority": cluster.caFile } }],
        users: [{ name: "c", user }],
        contexts: [{ name: "c", context: { cluster: "c", user: "c" } }],
      }),
    );
    const certified = await connectKubernetes({ env: {}, home: "/nowhere", overrides: { kubeconfig: file } });
    expect(await certified.listRecords({ bundle: "none" })).toEqual([]);
    await certified.close();
  });

  test("a token that the server does not know is 401", async () => {
    const stranger = await connect({ token: "no-such-token" });
    await expect(stranger.check()).rejects.toMatchObject({ code: "unauthorized", status: 401 });
    await stranger.close();
  });

  test("a server that does not answer is named with its port", async () => {
    const nowhere = await connect({ server: "https://127.0.0.1:1" });
    await expect(nowhere.check()).rejects.toMatchObject({
      code: "unreachable",
      message: expect.stringMatching(/cannot reach the API server at 127\.0\.0\.1:1: .*ECONNREFUSED/),
    });
    await nowhere.close();
  });
});

describe("preview() and apply()", () => {
  test("create, change, remove what is no longer set", async () => {
    const ns = await newNamespace("apply");
    const first = configMap(ns, { a: "1", b: "1" });
    expect(await target.preview(first, plain)).toMatchObject({ action: "created" });
    expect(await get(`/api/v1/namespaces/${ns}/configmaps/settings`)).toBeUndefined();
    expect(await target.apply(first, plain)).toMatchObject({ action: "created", after: { data: { a: "1", b: "1" } } });

    const second = configMap(ns, { a: "2" });
    const change = await target.preview(second, plain);
    expect(change).toMatchObject({ action: "configured", before: { data: { a: "1", b: "1" } } });
    expect(change.after.data).toEqual({ a: "2" });
    expect(change.after.metadata).not.toHaveProperty("managedFields");
    const done = await target.apply(second, plain);
    expect(done).toMatchObject({ action: "configured", before: { data: { a: "1", b: "1" } } });
    expect(done.after.data).toEqual({ a: "2" });
  });

  test("an unchanged object is neither written nor read, and keeps its resourceVersion", async () => {
    const ns = await newNamespace("unchanged");
    const objects = [configMap(ns, { a: "1" }), deployment(ns, "web"), secret(ns, { password: "x" })];
    for (const object of objects) await target.apply(object, plain);
    const before = await target.read(objects.map(refOf));
    await anHourInSeconds();
    const requests = await recordRequests(userAgent);
    const again = objects.map((object) => structuredClone(object));
    for (const object of again) expect(await target.preview(object, plain)).toMatchObject({ action: "unchanged" });
    for (const object of again) expect(await target.apply(object, plain)).toMatchObject({ action: "unchanged" });
    const sent = await requests();
    expect(sent.map(({ verb }) => verb)).toEqual(["patch", "patch", "patch"]);
    expect(writesOf(sent)).toEqual([]);
    const after = await target.read([configMap(ns, {}), secret(ns, {})].map(refOf));
    expect(after.map((object) => object?.metadata.resourceVersion)).toEqual(
      [before[0], before[2]].map((object) => object?.metadata.resourceVersion),
    );
  });

  test("right after an apply, when times cannot tell, it is unchanged too", async () => {
    const ns = await newNamespace("just-now");
    await target.apply(deployment(ns, "web"), plain);
    const version = await versionOf(refOf(configMap(ns, {})));
    expect(await target.apply(deployment(ns, "web"), plain)).toMatchObject({ action: "unchanged" });
    expect(await versionOf(refOf(configMap(ns, {})))).toBe(version);
  });

  test.each([0, 3100])("a change of one value is seen %i ms after the apply", async (delayMs) => {
    const ns = await newNamespace("drift");
    await target.apply(configMap(ns, { a: "1" }), plain);
    await new Promise((done) => setTimeout(done, delayMs));
    await patch(`/api/v1/namespaces/${ns}/configmaps/settings`, { data: { a: "drifted" } });
    const change = await target.preview(configMap(ns, { a: "1" }), plain);
    expect(change).toMatchObject({
      action: "configured",
      before: { data: { a: "drifted" } },
      after: { data: { a: "1" } },
    });
  });

  test("a previewed change costs one request to apply", async () => {
    const ns = await newNamespace("cost");
    const object = configMap(ns, { a: "1" });
    await target.preview(object, plain);
    const requests = await recordRequests(userAgent);
    expect(await target.apply(object, plain)).toMatchObject({ action: "created" });
    expect((await requests()).map(({ verb }) => verb)).toEqual(["patch"]);
  });

  test("what the API does not know is refused by name, before anything is written", async () => {
    const ns = await newNamespace("strict");
    const object = deployment(ns, "web");
    const wrong: KubeObject = { ...object, spec: { ...(isJsonObject(object.spec) ? object.spec : {}), replicaz: 2 } };
    const refusal = { code: "invalid-object", message: expect.stringMatching(/Deployment\/.*\/web.*replicaz/) };
    await expect(target.preview(wrong, plain)).rejects.toMatchObject(refusal);
    await expect(target.apply(wrong, plain)).rejects.toMatchObject(refusal);
    expect(await get(`/apis/apps/v1/namespaces/${ns}/deployments/web`)).toBeUndefined();
  });

  test("an invalid field is named", async () => {
    const ns = await newNamespace("invalid");
    const object = deployment(ns, "web");
    const wrong = { ...object, metadata: { ...object.metadata, labels: { "no spaces": "x" } } };
    await expect(target.preview(wrong, plain)).rejects.toMatchObject({
      code: "invalid-object",
      message: expect.stringContaining("metadata.labels"),
    });
  });

  test("an invalid Secret is refused without its values", async () => {
    const ns = await newNamespace("invalid-secret");
    const marker = "S3CR3T-MARKER";
    for (const wrong of [
      { ...secret(ns, {}), data: { token: `not base64 ${marker}` } },
      { ...secret(ns, {}), data: {}, stringData: { token: [marker] } },
      { ...secret(ns, {}), data: {}, stringData: { "bad key": marker } },
      { ...secret(ns, {}), type: "kubernetes.io/tls", data: { other: Buffer.from(marker).toString("base64") } },
      { ...secret(ns, {}), data: {}, token: marker },
    ]) {
      const error: unknown = await target.preview(wrong, plain).catch((reason) => reason);
      expect(error).toMatchObject({ code: "invalid-object" });
      expect(String(error)).not.toContain(marker);
      expect(String(error)).not.toContain(Buffer.from(marker).toString("base64"));
    }
  });

  test("a missing namespace makes a preview unchecked; once it is known, without a request", async () => {
    const ns = uniqueName("absent");
    expect(await target.preview(configMap(ns, {}), plain)).toMatchObject({
      action: "created",
      unchecked: "no-namespace",
    });
    const requests = await recordRequests(userAgent);
    expect(await target.preview(configMap(ns, {}), plain)).toMatchObject({
      action: "created",
      unchecked: "no-namespace",
    });
    expect(await requests()).toEqual([]);
    await expect(target.apply(configMap(ns, {}), plain)).rejects.toMatchObject({ code: "api-error", status: 404 });

    const namespace: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: ns } };
    expect(await target.apply(namespace, plain)).toMatchObject({ action: "created" });
    expect(await target.apply(configMap(ns, {}), plain)).toMatchObject({ action: "created" });
    expect((await target.preview(configMap(ns, {}), plain)).unchecked).toBeUndefined();
  });

  test("a namespace on its way out is told", async () => {
    const ns = await newNamespace("leaving");
    await create(
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "holder", finalizers: ["test.sheaf/hold"] } },
      `/api/v1/namespaces/${ns}/configmaps`,
    );
    await remove(`/api/v1/namespaces/${ns}`);
    await until(
      "terminating",
      async () => textAt(await get(`/api/v1/namespaces/${ns}`), "status", "phase") === "Terminating",
    );
    await expect(target.preview(configMap(ns, {}), plain)).rejects.toMatchObject({ code: "namespace-terminating" });
    await patch(`/api/v1/namespaces/${ns}/configmaps/holder`, { metadata: { finalizers: null } });
  });
});

describe("immutable fields", () => {
  const immutable = (namespace: string, data: JsonObject, extra: JsonObject = {}): KubeObject => ({
    ...configMap(namespace, data, extra),
    immutable: true,
  });

  test("are named, with what to do", async () => {
    const ns = await newNamespace("immutable");
    await target.apply(immutable(ns, { a: "1" }), plain);
    const refusal = {
      code: "immutable-field",
      message: expect.stringMatching(/data.*--force.*action\.timoni\.sh\/force/s),
    };
    await expect(target.preview(immutable(ns, { a: "2" }), plain)).rejects.toMatchObject(refusal);
  });

  test.each([
    { kind: "Deployment selector", path: "/apis/apps/v1", first: { matchLabels: { app: "a" } } },
    { kind: "roleRef", path: "", first: {} },
    { kind: "Service clusterIP", path: "", first: {} },
    { kind: "StatefulSet serviceName", path: "", first: {} },
    { kind: "Job template", path: "", first: {} },
    { kind: "StorageClass provisioner", path: "", first: {} },
  ])("$kind is known to be immutable, and recreated by force", async ({ kind }) => {
    const ns = await newNamespace("immutable");
    const template = (app: string) => ({
      metadata: { labels: { app } },
      spec: {
        containers: [{ name: "main", image: "nginx" }],
        restartPolicy: kind.startsWith("Job") ? "Never" : "Always",
      },
    });
    const name = uniqueName("thing");
    const make = (text: string): KubeObject => {
      const namespaced = { name, namespace: ns };
      switch (kind) {
        case "Deployment selector": {
          const spec = { selector: { matchLabels: { app: text } }, template: template(text) };
          return { apiVersion: "apps/v1", kind: "Deployment", metadata: namespaced, spec };
        }
        case "roleRef": {
          const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: text };
          return { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata: namespaced, roleRef };
        }
        case "Service clusterIP": {
          const spec = { clusterIP: text === "a" ? "10.96.7.7" : "10.96.7.8", ports: [{ port: 80 }] };
          return { apiVersion: "v1", kind: "Service", metadata: namespaced, spec };
        }
        case "StatefulSet serviceName": {
          const spec = { serviceName: text, selector: { matchLabels: { app: "x" } }, template: template("x") };
          return { apiVersion: "apps/v1", kind: "StatefulSet", metadata: namespaced, spec };
        }
        case "Job template":
          return { apiVersion: "batch/v1", kind: "Job", metadata: namespaced, spec: { template: template(text) } };
        default:
          return {
            apiVersion: "storage.k8s.io/v1",
            kind: "StorageClass",
            metadata: { name },
            provisioner: `x.y/${text}`,
          };
      }
    };
    await target.apply(make("a"), plain);
    const before = (await target.read([refOf(make("a"))]))[0]?.metadata.uid;
    await expect(target.preview(make("b"), plain)).rejects.toMatchObject({ code: "immutable-field" });
    const next = make("b");
    expect(await target.preview(next, force)).toMatchObject({ action: "recreated" });
    expect(await target.apply(next, force)).toMatchObject({ action: "recreated" });
    expect((await target.read([refOf(make("a"))]))[0]?.metadata.uid).not.toBe(before);
    if (kind === "StorageClass provisioner") await remove(`/apis/storage.k8s.io/v1/storageclasses/${name}`);
  });

  test("recreating waits for finalizers", async () => {
    const ns = await newNamespace("recreate");
    const path = `/api/v1/namespaces/${ns}/configmaps/settings`;
    await target.apply(immutable(ns, { a: "1" }, { finalizers: ["test.sheaf/hold"] }), plain);
    const next = target.apply(immutable(ns, { a: "2" }), force);
    await until("deletion", async () => textAt(await get(path), "metadata", "deletionTimestamp") !== "");
    await new Promise((done) => setTimeout(done, 300));
    await patch(path, { metadata: { finalizers: null } });
    expect(await next).toMatchObject({
      action: "recreated",
      before: { data: { a: "1" } },
      after: { data: { a: "2" } },
    });
  });
});

test("an object on its way out is waited for and made anew", async () => {
  const ns = await newNamespace("on-its-way-out");
  const path = `/api/v1/namespaces/${ns}/configmaps/settings`;
  await target.apply(configMap(ns, { a: "1" }, { finalizers: ["test.sheaf/hold"] }), plain);
  const before = await get(path);
  await remove(path);
  expect(await target.preview(configMap(ns, { a: "1" }), plain)).toMatchObject({ action: "recreated" });
  const next = target.apply(configMap(ns, { a: "1" }), plain);
  await new Promise((done) => setTimeout(done, 300));
  await patch(path, { metadata: { finalizers: null } });
  expect(await next).toMatchObject({ action: "recreated" });
  expect((await get(path))?.metadata.uid).not.toBe(before?.metadata.uid);
});

describe("take-over", () => {
  const managers = async (path: string) =>
    objectsAt(await get(path), "metadata", "managedFields")
      .filter((entry) => textAt(entry, "subresource") === "")
      .map((entry) => `${textAt(entry, "manager")} ${textAt(entry, "operation")}`);

  test.each([
    { by: "kubectl apply", args: ["apply", "-f", "-"] },
    { by: "kubectl apply --server-side", args: ["apply", "--server-side", "-f", "-"] },
    { by: "kubectl create", args: ["create", "-f", "-"] },
  ])("what $by owned becomes ours, and goes when it is no longer wanted", async ({ args }) => {
    const ns = await newNamespace("takeover");
    const path = `/apis/apps/v1/namespaces/${ns}/deployments/web`;
    const live: KubeObject = {
      ...deployment(ns, "web"),
      metadata: { name: "web", namespace: ns, labels: { stale: "yes" }, annotations: { stale: "yes" } },
    };
    const template = valueAt(live, "spec", "template", "spec");
    if (isJsonObject(template) && Array.isArray(template.containers))
      template.containers.push({ name: "stale", image: "busybox" });
    const { code, stderr } = await kubectl(args, { input: JSON.stringify(live) });
    expect(stderr).toBe("");
    expect(code).toBe(0);

    const wanted = deployment(ns, "web");
    const change = await target.preview(wanted, plain);
    expect(change.action).toBe("configured");
    const containers = (object: KubeObject | undefined) =>
      objectsAt(object, "spec", "template", "spec", "containers").map((container) => textAt(container, "name"));
    expect(containers(change.before)).toEqual(["main", "stale"]);
    expect(containers(change.after)).toEqual(["main"]);
    const marks = (object: KubeObject | undefined) => [
      valueAt(object, "metadata", "labels"),
      valueAt(object, "metadata", "annotations", "stale"),
      valueAt(object, "metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"),
    ];
    expect(marks(change.after)).toEqual([undefined, undefined, undefined]);

    await target.apply(wanted, plain);
    const after = await get(path);
    expect(containers(after)).toEqual(["main"]);
    expect(marks(after)).toEqual([undefined, undefined, undefined]);
    expect((await managers(path)).filter((entry) => !entry.startsWith("kube-controller-manager"))).toEqual([
      "timoni Apply",
    ]);
    // What the preview promised is what came, but for what the controller did meanwhile.
    expect(change.after.spec).toEqual(after?.spec);
    expect(await target.apply(deployment(ns, "web"), plain)).toMatchObject({ action: "unchanged" });
  });

  test("Helm's fields and annotations become ours; other managers keep theirs", async () => {
    const ns = await newNamespace("takeover-helm");
    const path = `/api/v1/namespaces/${ns}/configmaps`;
    const meta = { "meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": ns, note: "kept by helm" };
    const labels = { "app.kubernetes.io/managed-by": "Helm" };
    await api("POST", `${path}?fieldManager=helm`, configMap(ns, { a: "1", old: "1" }, { annotations: meta, labels }));
    const other = { ...configMap(ns, { theirs: "1" }), metadata: { name: "settings" } };
    await api("PATCH", `${path}/settings?fieldManager=someone`, other, { contentType: "application/apply-patch+yaml" });

    await target.apply(configMap(ns, { a: "2" }), plain);
    const after = await get(`${path}/settings`);
    expect(after?.data).toEqual({ a: "2", theirs: "1" });
    expect(after?.metadata.annotations).toBeUndefined();
    expect(after?.metadata.labels).toBeUndefined();
    expect((await managers(`${path}/settings`)).sort()).toEqual(["someone Apply", "timoni Apply"]);
  });

  test("an object that changes between preview and apply is taken over as it then is", async () => {
    const ns = await newNamespace("takeover-race");
    const path = `/api/v1/namespaces/${ns}/configmaps`;
    await api("POST", `${path}?fieldManager=kubectl-create`, configMap(ns, { a: "1" }));
    const wanted = configMap(ns, { a: "2" });
    await target.preview(wanted, plain);
    await api(
      "PATCH",
      `${path}/settings?fieldManager=kubectl-edit`,
      { data: { late: "1" } },
      {
        contentType: "application/merge-patch+json",
      },
    );
    expect((await target.apply(wanted, plain)).after.data).toEqual({ a: "2" });
  });
});

describe("custom resources", () => {
  const group = `${uniqueName("g")}.example.com`;
  const ref = refOf(crd(group));
  let ns = "";
  beforeAll(async () => {
    ns = await newNamespace("custom");
  });
  afterAll(() => remove(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${ref.name}`));

  test("a kind that is not there yet is unchecked, cannot be applied, and works once its CRD is", async () => {
    const early = widget(group, ns, { size: 1 });
    expect(await target.preview(early, plain)).toMatchObject({ action: "created", unchecked: "unknown-kind" });
    await expect(target.apply(widget(group, ns, {}), plain)).rejects.toMatchObject({
      code: "unknown-kind",
      message: expect.stringContaining(`kind Widget of ${group}/v1`),
    });
    expect(await target.read([refOf(early)])).toEqual([undefined]);
    expect(await target.delete(refOf(early))).toBe(false);
    expect(await target.listCustomResources([ref])).toEqual([]);
    await target.waitGone([refOf(early)], { timeoutMs: 0 });

    await target.apply(crd(group), plain);
    await target.waitReady([ref], { timeoutMs: 20_000 });
    expect(await target.apply(early, plain)).toMatchObject({ action: "created" });
    expect(await target.listCustomResources([ref, { ...ref, name: "absent.example.com" }])).toEqual([refOf(early)]);
    await expect(target.preview(widget(group, ns, { size: 10 }), plain)).rejects.toMatchObject({
      code: "invalid-object",
      message: expect.stringContaining("spec.size"),
    });
    await expect(target.preview(widget(group, ns, { siez: 1 }), plain)).rejects.toMatchObject({
      code: "invalid-object",
      message: expect.stringContaining("spec.siez"),
    });
  });

  test("is ready by its own conditions", async () => {
    const path = `/apis/${group}/v1/namespaces/${ns}/widgets/one/status`;
    const one = refOf(widget(group, ns, {}));
    await patch(path, { status: { conditions: [{ type: "Ready", status: "False", message: "no wheels" }] } });
    expect(await target.states([one])).toEqual([{ state: "in-progress", message: "no wheels" }]);
    const seen: ReadyState[] = [];
    const waiting = target.waitReady([one], { timeoutMs: 10_000, onState: (_, state) => seen.push(state) });
    await until("first look", async () => seen.length > 0);
    await patch(path, { status: { conditions: [{ type: "Ready", status: "True", message: "rolls" }] } });
    await waiting;
    expect(seen.map(({ state, message }) => `${state}: ${message}`)).toEqual([
      "in-progress: no wheels",
      "current: rolls",
    ]);
    await patch(path, { status: { conditions: [{ type: "Stalled", status: "True", message: "no road" }] } });
    await expect(target.waitReady([one], { timeoutMs: 60_000 })).rejects.toMatchObject({
      code: "failed",
      message: expect.stringContaining(`Widget/${ns}/one: failed: no road`),
    });
  });

  test("is read by any served version when its own is gone", async () => {
    const old = { ...refOf(widget(group, ns, {})), version: "v1beta1" };
    expect((await target.read([old]))[0]?.metadata.name).toBe("one");
    expect(await target.delete(old)).toBe(true);
    await target.waitGone([old], { timeoutMs: 10_000 });
  });
});

describe("reading", () => {
  test("metadata alone is enough for who looks at metadata", async () => {
    const ns = await newNamespace("metadata");
    await target.apply(configMap(ns, { a: "1" }, { labels: { x: "y" } }), plain);
    const refs = [refOf(configMap(ns, {})), { ...refOf(configMap(ns, {})), name: "absent" }];
    const [found, absent] = (await target.readMetadata?.(refs)) ?? [];
    expect(found).toMatchObject({ apiVersion: "v1", kind: "ConfigMap", metadata: { labels: { x: "y" } } });
    expect(found).not.toHaveProperty("data");
    expect(absent).toBeUndefined();
  });
});

describe("deletion and waits", () => {
  test("delete() tells whether there was something", async () => {
    const ns = await newNamespace("delete");
    await target.apply(configMap(ns, {}), plain);
    expect(await target.delete(refOf(configMap(ns, {})))).toBe(true);
    await target.waitGone([refOf(configMap(ns, {}))], { timeoutMs: 10_000 });
    expect(await target.delete(refOf(configMap(ns, {})))).toBe(false);
  });

  test("delete() spares an object that took the place of the one that was read", async () => {
    const ns = await newNamespace("delete-uid");
    const path = `/api/v1/namespaces/${ns}/configmaps`;
    await target.apply(configMap(ns, {}), plain);
    await remove(`${path}/settings`);
    await create(configMap(ns, { other: "1" }), path);
    await expect(target.delete(refOf(configMap(ns, {})))).rejects.toMatchObject({ status: 409 });
    expect(await get(`${path}/settings`)).toBeDefined();
  });

  test("dependents go in the background", async () => {
    const ns = await newNamespace("delete-background");
    await target.apply(deployment(ns, "web"), plain);
    const sets = `/apis/apps/v1/namespaces/${ns}/replicasets`;
    const count = async () => {
      const { body } = await api("GET", sets);
      return objectsAt(body, "items").length;
    };
    await until("a ReplicaSet", async () => (await count()) === 1);
    await target.delete(refOf(deployment(ns, "web")));
    await target.waitGone([refOf(deployment(ns, "web"))], { timeoutMs: 5_000 });
    await until("no ReplicaSet", async () => (await count()) === 0);
  });

  test("waitGone() names the finalizers that hold an object", async () => {
    const ns = await newNamespace("finalizers");
    await target.apply(configMap(ns, {}, { finalizers: ["test.sheaf/hold"] }), plain);
    await target.delete(refOf(configMap(ns, {})));
    await expect(target.waitGone([refOf(configMap(ns, {}))], { timeoutMs: 500 })).rejects.toMatchObject({
      code: "timeout",
      message: `one object still there after 0.5 s\n  ConfigMap/${ns}/settings: terminating: finalizers: test.sheaf/hold`,
    });
    await patch(`/api/v1/namespaces/${ns}/configmaps/settings`, { metadata: { finalizers: null } });
    await target.waitGone([refOf(configMap(ns, {}))], { timeoutMs: 10_000 });
  });

  test("waitReady() waits for a rollout, and asks nothing for kinds without a status", async () => {
    const ns = await newNamespace("rollout");
    const objects = [configMap(ns, {}), deployment(ns, "web", "never-ready")];
    for (const object of objects) await target.apply(object, plain);
    await expect(target.waitReady(objects.map(refOf), { timeoutMs: 300 })).rejects.toMatchObject({
      code: "timeout",
      message: expect.stringContaining(`Deployment/${ns}/web: in-progress`),
    });
    const requests = await recordRequests(userAgent);
    const waiting = target.waitReady(objects.map(refOf), { timeoutMs: 20_000 });
    await target.apply(deployment(ns, "web"), plain);
    await waiting;
    await setReady(ns, "web");
    expect((await requests()).filter(({ uri }) => uri.includes("configmaps"))).toEqual([]);
  });

  test("a wait that fails tells why pods do not start, and what events say", async () => {
    const ns = await newNamespace("hints");
    await target.apply(deployment(ns, "web", "never-ready"), plain);
    const pods = `/api/v1/namespaces/${ns}/pods`;
    const name = await until("a pod", async () => {
      const { body } = await api("GET", pods);
      return textAt(objectsAt(body, "items")[0], "metadata", "name") || undefined;
    });
    const waiting = { reason: "ImagePullBackOff", message: 'Back-off pulling image "never-ready"' };
    const status = {
      name: "main",
      image: "never-ready",
      imageID: "",
      ready: false,
      restartCount: 0,
      state: { waiting },
    };
    await patch(`${pods}/${name}/status`, { status: { containerStatuses: [status] } });
    const quota = {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "none" },
      spec: { hard: { pods: "1" } },
    };
    await create(quota, `/api/v1/namespaces/${ns}/resourcequotas`);
    const second = deployment(ns, "second", "never-ready");
    await until("the quota counts", async () => {
      const live = await get(`/api/v1/namespaces/${ns}/resourcequotas/none`);
      return textAt(live, "status", "used", "pods") === "1";
    });
    await target.apply(second, plain);
    const events = `/api/v1/namespaces/${ns}/events?fieldSelector=reason=FailedCreate`;
    await until("a warning", async () => objectsAt((await api("GET", events)).body, "items").length > 0);
    const refs = [refOf(deployment(ns, "web")), refOf(second)];
    await expect(target.waitReady(refs, { timeoutMs: 500 })).rejects.toMatchObject({
      code: "timeout",
      message: expect.stringMatching(
        /container main: ImagePullBackOff: Back-off pulling image "never-ready".*ReplicaSet\/second-\w+: FailedCreate: .*exceeded quota: none/s,
      ),
    });
  });

  test("an abort ends a wait at once", async () => {
    const ns = await newNamespace("abort");
    await target.apply(deployment(ns, "web", "never-ready"), plain);
    const stop = new AbortController();
    const waiting = target.waitReady([refOf(deployment(ns, "web"))], { timeoutMs: 60_000, signal: stop.signal });
    setTimeout(() => stop.abort(), 200);
    await expect(waiting).rejects.toMatchObject({ code: "aborted" });
  });
});

describe("records", () => {
  const record = (namespace: string, bundle: string, text: string): KubeObject => ({
    apiVersion: "v1",
    kind: "Secret",
    type: "timoni.sh/instance",
    metadata: {
      name: "timoni.web",
      namespace,
      labels: {
        "app.kubernetes.io/name": "web",
        "app.kubernetes.io/component": "instance",
        "app.kubernetes.io/created-by": "timoni",
        "bundle.timoni.sh/name": bundle,
      },
    },
    data: { instance: Buffer.from(text).toString("base64") },
  });

  test("are written once, changed at their version, found by bundle in all namespaces, deleted", async () => {
    const bundle = uniqueName("bundle");
    const [one, two] = [await newNamespace("record"), await newNamespace("record")];
    const stored = await target.writeRecord(record(one, bundle, "1"));
    await target.writeRecord(record(two, bundle, "1"));
    expect(stored.metadata.resourceVersion).toMatch(/^\d+$/);
    await expect(target.writeRecord(record(one, bundle, "2"))).rejects.toMatchObject({ code: "record-conflict" });

    const changed = await target.writeRecord({ ...stored, data: { instance: "Mg==" } });
    expect(changed.data).toEqual({ instance: "Mg==" });
    await expect(target.writeRecord(stored)).rejects.toMatchObject({ code: "record-conflict" });
    expect(await target.readRecord(one, "timoni.web")).toEqual(changed);

    // The same labels do not make a Secret of another type a record.
    const impostor = record(one, bundle, "3");
    const posted = { ...impostor, type: "Opaque", metadata: { ...impostor.metadata, name: "impostor" } };
    await create(posted, `/api/v1/namespaces/${one}/secrets`);
    const found = await target.listRecords({ bundle });
    expect(found.map(({ metadata }) => metadata.namespace).sort()).toEqual([one, two].sort());
    expect(found[0]).toMatchObject({ apiVersion: "v1", kind: "Secret" });
    expect((await target.listRecords({})).length).toBeGreaterThanOrEqual(2);
    expect(await target.listRecords({ bundle: `${bundle}-other` })).toEqual([]);

    const versionOf = ({ metadata }: KubeObject) => String(metadata.resourceVersion);
    await expect(target.deleteRecord(one, "timoni.web", versionOf(stored))).rejects.toMatchObject({
      code: "record-conflict",
    });
    expect(await target.readRecord(one, "timoni.web")).toEqual(changed);
    await target.deleteRecord(one, "timoni.web", versionOf(changed));
    await target.deleteRecord(one, "timoni.web", versionOf(changed));
    expect(await target.readRecord(one, "timoni.web")).toBeUndefined();
    await expect(target.writeRecord(changed)).rejects.toMatchObject({ code: "record-conflict" });
  });

  test("a user of one namespace finds the records there, where those are enough", async () => {
    const bundle = uniqueName("bundle");
    const ns = await newNamespace("jane");
    const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${ns}`;
    const jane = await connect({ context: "jane", namespace: ns });
    await expect(jane.listRecords({ bundle })).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringMatching(/"jane" cannot list resource "secrets" .* at the cluster scope/),
    });
    const rules = [{ apiGroups: [""], resources: ["secrets"], verbs: ["*"] }];
    await create({ metadata: { name: "secrets" }, rules }, `${rbac}/roles`);
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "secrets" };
    await create(
      { metadata: { name: "jane" }, roleRef, subjects: [{ kind: "User", name: "jane" }] },
      `${rbac}/rolebindings`,
    );
    let seen: readonly string[] = [];
    const onPartial = (namespaces: readonly string[]) => {
      seen = namespaces;
    };
    const list = () => jane.listRecords({ bundle, namespaces: ["default"], onPartial });
    await until("jane's rights", async () => (await list().catch(() => undefined)) !== undefined);
    await jane.writeRecord(record(ns, bundle, "1"));
    expect(await list()).toHaveLength(1);
    expect(seen).toEqual([ns]);
    await expect(jane.listRecords({ bundle })).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringMatching(/at the cluster scope; instances in other namespaces would be missed/),
    });
    await jane.close();
  });
});

describe("a definition that drops a version in which objects are stored", () => {
  const group = `${uniqueName("stored")}.test`;
  const definition = refOf(crd(group));
  const path = `/apis/${group}/v1beta1/namespaces`;
  afterAll(() => remove(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${definition.name}`));

  test("has them stored at its new version first", async () => {
    const ns = await newNamespace("stored");
    await target.apply(crd(group, "v1beta1"), plain);
    await target.waitReady([definition], { timeoutMs: 10_000 });
    await until("the kind is served", async () => (await api("GET", `${path}/${ns}/widgets`)).status === 200);
    await create({ ...widget(group, ns, { size: 3 }), apiVersion: `${group}/v1beta1` }, `${path}/${ns}/widgets`);

    const wanted = crd(group, "v1");
    const migration = { dropped: ["v1beta1"], to: "v1", objects: 1 };
    const change = await target.preview(wanted, plain);
    expect(change).toMatchObject({ action: "configured", migration });
    expect(objectsAt(change.after, "spec", "versions").map((version) => version.name)).toEqual(["v1"]);
    expect(await target.apply(wanted, plain)).toMatchObject({ action: "configured", migration });
    const [live] = await target.read([definition]);
    expect(valueAt(live, "status", "storedVersions")).toEqual(["v1"]);
    expect(await target.read([refOf(widget(group, ns, {}))])).toMatchObject([{ spec: { size: 3 } }]);
  });

  test("is refused where they would be invalid, or would lose fields", async () => {
    const narrow: KubeObject = structuredClone(crd(group, "v2"));
    const [version] = objectsAt(narrow, "spec", "versions");
    const properties = valueAt(version, "schema", "openAPIV3Schema", "properties", "spec", "properties");
    if (!isJsonObject(properties)) throw new Error("a definition has a schema");
    properties.size = { type: "integer", maximum: 2 };
    await expect(target.preview(narrow, { force: false, dropFields: true })).rejects.toMatchObject({
      code: "unmigratable",
      message: expect.stringMatching(
        /do not fit .*\/v2, as which they would be stored .*spec\.size: has to be at most 2/s,
      ),
    });
    properties.length = { type: "integer" };
    delete properties.size;
    await expect(target.preview(narrow, plain)).rejects.toMatchObject({
      code: "unmigratable",
      message: expect.stringMatching(/--drop-fields:\n {2}Widget\/.*\/one: spec\.size: unknown field/),
    });
    expect(await target.preview(narrow, { force: false, dropFields: true })).toMatchObject({ action: "configured" });
  });
});

describe("a user without rights", () => {
  test.each([
    { title: "by token", overrides: { context: "jane" } },
    { title: "by impersonation", overrides: { as: "jane", asGroup: ["developers"] } },
  ])("is told verb, resource, namespace and who it is ($title)", async ({ overrides }) => {
    const ns = await newNamespace("forbidden");
    const jane = await connect(overrides);
    await expect(jane.preview(deployment(ns, "web"), plain)).rejects.toMatchObject({
      code: "forbidden",
      status: 403,
      message: `Deployment/${ns}/web: not allowed: User "jane" cannot patch resource "deployments" in API group "apps" in the namespace "${ns}"`,
    });
    await expect(jane.read([refOf(secret(ns, {}))])).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringMatching(/"jane" cannot get resource "secrets"/),
    });
    await jane.close();
  });
});
