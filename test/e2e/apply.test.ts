import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  type ApplyBundleOptions,
  type ApplyEvent,
  applyBundle,
  type DeleteBundleOptions,
  deleteBundle,
  listInstances,
} from "../../src/engine/apply/index.js";
import { encodeRecord, type InstanceRecord } from "../../src/engine/inventory/index.js";
import type { JsonObject } from "../../src/engine/json/index.js";
import { formatRef, type KubeObject, refOf } from "../../src/engine/object/index.js";
import type { RenderedBundle, RenderedInstance } from "../../src/engine/plan/index.js";
import { connectKubernetes } from "../../src/engine/target/kubernetes/index.js";
import { bundle, configMap, instance, object } from "../support/bundles.js";
import { api, cluster, create, get, kubectl, list, newNamespace, patch, remove, uniqueName, until } from "./cluster.js";

// The engine on a real API server: what a bundle meets on a cluster that others use, too.

const connect = () => connectKubernetes({ env: { KUBECONFIG: cluster.kubeconfig }, home: "/nowhere" });
const target = await connect();
afterAll(() => target.close());

/** What a run told: its warnings, what it did to objects, and how it failed. */
type Outcome = Readonly<{ warnings: string[]; actions: string[]; fault: string | undefined }>;

async function told(work: (onEvent: (event: ApplyEvent) => void) => Promise<unknown>): Promise<Outcome> {
  const [warnings, actions]: [string[], string[]] = [[], []];
  const fault = await work((event) => {
    if (event.type === "warning") warnings.push(event.message);
    if (event.type === "object-applied") actions.push(`${formatRef(event.ref)} ${event.action}`);
    if (event.type === "object-deleted") actions.push(`${formatRef(event.ref)} deleted`);
  }).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  return { warnings, actions, fault };
}

const now = () => new Date();
/** Through a connection of its own, as every run of the command has one: nothing is known from before. */
const apply = (rendered: RenderedBundle, options: Partial<ApplyBundleOptions> = {}) =>
  told(async (onEvent) => {
    const own = await connect();
    await applyBundle(rendered, own, { now, onEvent, timeoutMs: 20_000, ...options }).finally(() => own.close());
  });
const destroy = (name: string, options: Partial<DeleteBundleOptions> = {}) =>
  told(async (onEvent) => {
    const own = await connect();
    await deleteBundle(name, own, { now, onEvent, timeoutMs: 20_000, ...options }).finally(() => own.close());
  });
const pathOf = (ns: string, name: string) => `/api/v1/namespaces/${ns}/configmaps/${name}`;
const recordPath = (ns: string, name: string) => `/api/v1/namespaces/${ns}/secrets/timoni.${name}`;

describe("ownership", () => {
  test("of an instance that nobody has is taken, and another bundle's is refused", async () => {
    const ns = await newNamespace("own");
    const [mine, other] = [uniqueName("mine"), uniqueName("other")];
    const one = instance("one", ns, [configMap(ns, "a", { v: "1" })]);
    expect(await apply(bundle(mine, one))).toMatchObject({ fault: undefined, warnings: [] });
    const { fault, actions } = await apply(bundle(other, one));
    expect(fault).toContain(`exists and belongs to bundle "${mine}", not to bundle "${other}"`);
    expect(actions).toEqual([]);
    expect(await apply(bundle(other, one), { overwriteOwnership: true })).toMatchObject({ fault: undefined });
    expect((await destroy(mine)).fault).toContain(`there is no instance of bundle "${mine}"`);
    expect(await destroy(other)).toMatchObject({ fault: undefined, actions: [`ConfigMap/${ns}/a deleted`] });
  });

  test.each([
    { title: "of a bundle", bundled: true },
    { title: "that stands alone", bundled: false },
  ])("of a record that Timoni wrote $title", async ({ bundled }) => {
    const ns = await newNamespace("timoni");
    const name = uniqueName("web");
    await writeAsTimoni(ns, bundled ? name : undefined);
    const seen = await listInstances(target, { namespace: ns });
    expect(seen.instances).toMatchObject([{ name: "one", state: "deployed", module: { version: "1.2.3" } }]);

    const next = bundle(name, instance("one", ns, [configMap(ns, "a", { v: "2" })]));
    const plain = await apply(next);
    if (!bundled) {
      expect(plain.fault).toContain("belongs to no bundle (it was installed alone)");
      expect(plain.actions).toEqual([]);
    }
    const upgraded = bundled ? plain : await apply(next, { overwriteOwnership: true });
    expect(upgraded.actions).toEqual([`ConfigMap/${ns}/a configured`, `ConfigMap/${ns}/b deleted`]);
    expect((await get(pathOf(ns, "a")))?.data).toEqual({ v: "2" });
    expect(await destroy(name)).toMatchObject({ fault: undefined });
    expect(await get(recordPath(ns, "one"))).toBeUndefined();
  });

  /** What Timoni leaves: an instance of two ConfigMaps, with values as CUE text and without a word of sheaf. */
  async function writeAsTimoni(ns: string, owner: string | undefined): Promise<void> {
    const labels = { "instance.timoni.sh/name": "one", "instance.timoni.sh/namespace": ns };
    const objects = ["a", "b"].map((name) => configMap(ns, name, { v: "1", old: "1" }));
    for (const each of objects) {
      const labelled = { ...each, metadata: { ...each.metadata, labels } };
      const { status } = await api(
        "PATCH",
        `${pathOf(ns, each.metadata.name)}?fieldManager=timoni&force=true`,
        labelled,
        { contentType: "application/apply-patch+yaml" },
      );
      expect(status).toBe(201);
    }
    const record: InstanceRecord = {
      name: "one",
      namespace: ns,
      ...(owner !== undefined && { bundle: owner }),
      instance: {
        name: "one",
        namespace: ns,
        ...(owner !== undefined && { bundle: owner }),
        module: { name: "app", repository: "oci://registry.example/app", version: "1.2.3", digest: "sha256:00" },
        values: '{\n\tv: "1"\n}',
        lastTransitionTime: "2026-01-01T00:00:00Z",
        inventory: objects.map(refOf),
        images: [],
      },
    };
    await create(encodeRecord(record), `/api/v1/namespaces/${ns}/secrets`);
  }

  const helm = { "meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "web" };
  const live = (ns: string, metadata: JsonObject = {}): KubeObject => {
    const plain = configMap(ns, "a", { v: "1", old: "1" });
    return { ...plain, metadata: { ...plain.metadata, ...metadata } };
  };
  test.each<{ title: string; make: (ns: string) => Promise<unknown>; origin: string }>([
    {
      title: "kubectl apply",
      make: (ns) => kubectl(["apply", "-f", "-"], { input: JSON.stringify(live(ns)) }),
      origin: "that kubectl applied",
    },
    {
      title: "kubectl apply --server-side",
      make: (ns) => kubectl(["apply", "--server-side", "-f", "-"], { input: JSON.stringify(live(ns)) }),
      origin: "that no bundle has applied",
    },
    {
      title: "Helm 3",
      make: (ns) =>
        api("POST", `/api/v1/namespaces/${ns}/configmaps?fieldManager=helm`, live(ns, { annotations: helm })),
      origin: 'from the Helm release "web"',
    },
    {
      title: "Helm 4",
      make: (ns) =>
        api("PATCH", `${pathOf(ns, "a")}?fieldManager=helm`, live(ns, { annotations: helm }), {
          contentType: "application/apply-patch+yaml",
        }),
      origin: 'from the Helm release "web"',
    },
  ])("of an object of $title is taken over, and told", async ({ make, origin }) => {
    const ns = await newNamespace("taken");
    const name = uniqueName("web");
    await make(ns);
    const wanted = bundle(name, instance("one", ns, [configMap(ns, "a", { v: "2" })]));
    const note = `instance "one" takes over ConfigMap/${ns}/a ${origin}`;
    expect(await apply(wanted, { dryRun: true })).toMatchObject({ warnings: [note] });
    expect((await get(pathOf(ns, "a")))?.data).toEqual({ v: "1", old: "1" });
    expect(await apply(wanted)).toMatchObject({ fault: undefined, warnings: [note] });
    const taken = await get(pathOf(ns, "a"));
    expect(taken?.data).toEqual({ v: "2" });
    expect(Object.keys(Object(taken?.metadata.annotations ?? {}))).toEqual([]);
    expect(await apply(wanted)).toMatchObject({ warnings: [], actions: [`ConfigMap/${ns}/a unchanged`] });
    await destroy(name);
  });
});

/** A definition of widgets in a group of its own. */
function widgets(group: string, more: JsonObject = {}): KubeObject {
  const spec = { type: "object", properties: { size: { type: "integer", maximum: 9 }, ...more } };
  const schema = { openAPIV3Schema: { type: "object", properties: { spec } } };
  return object("apiextensions.k8s.io/v1", "CustomResourceDefinition", `widgets.${group}`, undefined, {
    spec: {
      group,
      names: { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList" },
      scope: "Namespaced",
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  });
}
const widget = (group: string, ns: string, spec: JsonObject, name = "w") =>
  object(`${group}/v1`, "Widget", name, ns, { spec });

describe("definitions", () => {
  test("come with resources of theirs, which are checked before the first write", async () => {
    const ns = await newNamespace("crd");
    const group = `${uniqueName("x")}.example.org`;
    const name = uniqueName("web");
    const of = (definition: KubeObject, spec: JsonObject) =>
      bundle(name, instance("defs", ns, [definition]), instance("res", ns, [widget(group, ns, spec)]));

    const wrong = await apply(of(widgets(group), { size: 10 }));
    expect(wrong.fault).toContain("spec.size: has to be at most 9; found 10");
    expect(await get(recordPath(ns, "defs"))).toBeUndefined();
    expect(await apply(of(widgets(group), { size: 9 }))).toMatchObject({ fault: undefined });

    // A field that comes with a change of the definition: the server does not know it yet.
    const misspelt = await apply(of(widgets(group, { color: { type: "string" } }), { colour: "red" }));
    expect(misspelt.fault).toContain("spec.colour: unknown field; did you mean color?");
    const wider = await apply(of(widgets(group, { color: { type: "string" } }), { color: "red" }));
    expect(wider.fault).toBeUndefined();
    expect((await get(`/apis/${group}/v1/namespaces/${ns}/widgets/w`))?.spec).toEqual({ color: "red" });

    // A resource that is not the bundle's stops the delete; held by a finalizer, it keeps its definition.
    const mine = { ...widget(group, ns, {}, "mine") };
    mine.metadata.finalizers = ["example.org/hold"];
    await create(mine, `/apis/${group}/v1/namespaces/${ns}/widgets`);
    const stopped = await destroy(name);
    expect(stopped.fault).toContain(`Widget/${ns}/mine`);
    expect(stopped.actions).toEqual([]);
    const held = await destroy(name, { deleteResources: true, timeoutMs: 1000 });
    expect(held.fault).toMatch(/Widget\/.*\/mine: terminating: .*example\.org\/hold/);
    const definition = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.${group}`;
    expect((await get(definition))?.metadata.deletionTimestamp).toBeUndefined();
    expect((await get(recordPath(ns, "defs")))?.metadata.annotations).toHaveProperty(["status.timoni.sh/deleting"]);

    await patch(`/apis/${group}/v1/namespaces/${ns}/widgets/mine`, { metadata: { finalizers: null } });
    expect(await destroy(name, { deleteResources: true })).toMatchObject({ fault: undefined });
    expect(await get(definition)).toBeUndefined();
    expect(await get(recordPath(ns, "defs"))).toBeUndefined();
  });
});

describe("a cluster that refuses", () => {
  test("what a quota does not allow stops the apply, and an atomic one goes back", async () => {
    const ns = await newNamespace("quota");
    const name = uniqueName("web");
    const one = instance("one", ns, [configMap(ns, "a", { v: "1" })], { values: { v: 1 } });
    expect(await apply(bundle(name, one))).toMatchObject({ fault: undefined });
    const quota = { metadata: { name: "few" }, spec: { hard: { configmaps: "4" } } };
    await create(quota, `/api/v1/namespaces/${ns}/resourcequotas`);
    await until("the quota is counted", async () => (await get(`/api/v1/namespaces/${ns}/resourcequotas/few`))?.status);
    await until("the quota counts two", async () =>
      JSON.stringify((await get(`/api/v1/namespaces/${ns}/resourcequotas/few`))?.status).includes('"configmaps":"2"'),
    );

    // Each of them alone would fit, so only the writes can tell.
    const many = ["b", "c", "d", "e"].map((letter) => configMap(ns, letter));
    const next = bundle(name, instance("one", ns, [configMap(ns, "a", { v: "2" }), ...many], { values: { v: 2 } }));
    const restore = async (): Promise<RenderedInstance> => one;
    const back = await apply(next, { restore });
    expect(back.fault).toMatch(/exceeded quota: few.*restored: "one"; the bundle is as it was before$/s);
    expect(
      (await list(`/api/v1/namespaces/${ns}/configmaps`)).map((item) => Object(item).metadata.name).sort(),
    ).toEqual(["a", "kube-root-ca.crt"]);
    expect((await get(pathOf(ns, "a")))?.data).toEqual({ v: "1" });
    expect(await apply(bundle(name, one))).toMatchObject({ actions: [`ConfigMap/${ns}/a unchanged`] });

    const stopped = await apply(next);
    expect(stopped.fault).toMatch(/exceeded quota.*stopped at instance "one"; apply the bundle again to finish$/s);
    await remove(`/api/v1/namespaces/${ns}/resourcequotas/few`);
    await until(
      "the quota is gone",
      async () => (await get(`/api/v1/namespaces/${ns}/resourcequotas/few`)) === undefined,
    );
    await new Promise((done) => setTimeout(done, 500));
    expect(await apply(next)).toMatchObject({ fault: undefined });
    await destroy(name);
  });

  test("what a webhook refuses is refused before the first write, with its own words", async () => {
    const ns = await newNamespace("hook");
    const tls = (file: string) => readFileSync(join(import.meta.dirname, "../fixtures/tls", file));
    const server = createServer({ cert: tls("server.pem"), key: tls("server.key") }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { request: review } = JSON.parse(Buffer.concat(chunks).toString());
        const allowed = review.object?.metadata?.name !== "bad";
        const status = { message: "no bad things here" };
        const answer = {
          apiVersion: "admission.k8s.io/v1",
          kind: "AdmissionReview",
          response: { uid: review.uid, allowed, status },
        };
        response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
    const hook = uniqueName("hook");
    await create(
      {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "ValidatingWebhookConfiguration",
        metadata: { name: hook },
        webhooks: [
          {
            name: "refuse.example.org",
            admissionReviewVersions: ["v1"],
            sideEffects: "None",
            clientConfig: { url: `https://127.0.0.1:${address.port}/`, caBundle: tls("ca.pem").toString("base64") },
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": ns } },
            rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: ["configmaps"] }],
          },
        ],
      },
      "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    );
    try {
      const name = uniqueName("web");
      const web = bundle(
        name,
        instance("one", ns, [configMap(ns, "good")]),
        instance("two", ns, [configMap(ns, "bad")]),
      );
      const refused = await until("the webhook is called", async () => {
        const run = await apply(web, { dryRun: true });
        return run.fault !== undefined && run;
      });
      expect(refused.fault).toContain(`instance "two": ConfigMap/${ns}/bad: not valid:`);
      expect(refused.fault).toContain('admission webhook "refuse.example.org" denied the request: no bad things here');
      expect((await apply(web)).actions).toEqual([]);
      expect(await get(recordPath(ns, "one"))).toBeUndefined();
    } finally {
      await remove(`/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${hook}`);
      server.closeAllConnections();
      server.close();
    }
  });

  test("a namespace in deletion is waited for and made anew; a dry run refuses it", async () => {
    const ns = await newNamespace("going");
    const held = { metadata: { name: "held", finalizers: ["example.org/hold"] } };
    await create(held, `/api/v1/namespaces/${ns}/configmaps`);
    await remove(`/api/v1/namespaces/${ns}`);
    const name = uniqueName("web");
    const web = bundle(name, instance("one", ns, [configMap(ns, "a")]));
    expect((await apply(web, { dryRun: true })).fault).toContain(`namespace ${ns} is being deleted; an apply waits`);
    const late = (await apply(web, { timeoutMs: 500 })).fault;
    expect(late).toContain(`Namespace/${ns}: terminating`);
    expect(late).toContain(`ConfigMap/${ns}/held holds it (finalizers: example.org/hold)`);
    const waiting = apply(web);
    await patch(pathOf(ns, "held"), { metadata: { finalizers: null } });
    expect(await waiting).toMatchObject({ fault: undefined, actions: [`ConfigMap/${ns}/a created`] });
    await destroy(name);
  });

  test("an empty Namespace is not waited for, and the bundle can be applied again at once", async () => {
    const ns = uniqueName("tenant");
    const [name, elsewhere] = [uniqueName("web"), await newNamespace("elsewhere")];
    const inside = instance("one", ns, [object("v1", "Namespace", ns), configMap(ns, "a")]);
    const outside = instance("two", elsewhere, [object("v1", "Namespace", `${ns}-2`), configMap(`${ns}-2`, "a")]);
    const web = bundle(name, inside, outside);
    await apply(web);
    await create({ metadata: { name: "stranger" } }, `/api/v1/namespaces/${ns}/configmaps`);
    expect(await destroy(name)).toMatchObject({ fault: undefined });
    for (const each of [ns, `${ns}-2`])
      expect((await get(`/api/v1/namespaces/${each}`))?.metadata.deletionTimestamp).toBeDefined();
    expect(await get(recordPath(ns, "one"))).toBeUndefined();
    expect(await get(recordPath(elsewhere, "two"))).toBeUndefined();
    expect(await apply(web)).toMatchObject({ fault: undefined });
    for (const each of [ns, `${ns}-2`])
      expect((await get(`/api/v1/namespaces/${each}`))?.metadata.deletionTimestamp).toBeUndefined();
    expect(await get(pathOf(ns, "a"))).toBeDefined();
    expect(await get(pathOf(ns, "stranger"))).toBeUndefined();
    await destroy(name);
  });

  test("a Namespace in which something has a finalizer is waited for, and that is named", async () => {
    const ns = uniqueName("tenant");
    const name = uniqueName("web");
    await apply(bundle(name, instance("one", ns, [object("v1", "Namespace", ns)])));
    const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
    const claim = { metadata: { name: "data", finalizers: ["example.org/hold"] }, spec };
    await create(claim, `/api/v1/namespaces/${ns}/persistentvolumeclaims`);
    const stuck = await destroy(name, { timeoutMs: 500 });
    expect(stuck.fault).toContain(`Namespace/${ns}: terminating: finalizers: kubernetes`);
    expect(stuck.fault).toMatch(new RegExp(`PersistentVolumeClaim/${ns}/data holds it .*example\\.org/hold`));
    expect((await get(recordPath(ns, "one")))?.metadata.annotations).toHaveProperty(["status.timoni.sh/deleting"]);
    const again = destroy(name);
    await patch(`/api/v1/namespaces/${ns}/persistentvolumeclaims/data`, { metadata: { finalizers: null } });
    expect(await again).toMatchObject({ fault: undefined });
  });

  test("an object that a finalizer holds is named, the record stays, and the same delete goes on", async () => {
    const ns = await newNamespace("held");
    const name = uniqueName("web");
    const web = bundle(name, instance("one", ns, [configMap(ns, "a"), configMap(ns, "b")]));
    await apply(web);
    await patch(pathOf(ns, "a"), { metadata: { finalizers: ["example.org/hold"] } });
    const stuck = await destroy(name, { timeoutMs: 500 });
    expect(stuck.fault).toMatch(new RegExp(`ConfigMap/${ns}/a: terminating: .*example\\.org/hold`));
    const { instances } = await listInstances(target, { bundle: name });
    expect(instances).toMatchObject([{ name: "one", state: "deleting" }]);
    expect((await apply(web)).fault).toContain(`ConfigMap/${ns}/a: is being deleted and held by example.org/hold`);
    await patch(pathOf(ns, "a"), { metadata: { finalizers: null } });
    expect(await destroy(name)).toMatchObject({ fault: undefined });
    expect(await get(recordPath(ns, "one"))).toBeUndefined();
  });
});

describe("two runs at once", () => {
  test.each(["install", "upgrade"])("of one bundle: one wins the %s, the other says that it did not", async (what) => {
    const ns = await newNamespace("race");
    const name = uniqueName("web");
    const of = (v: string) => {
      const maps = ["a", "b", "c"].map((letter) => configMap(ns, letter, { v }));
      return bundle(name, instance("one", ns, maps, { values: { v } }));
    };
    if (what === "upgrade") await apply(of("0"));
    const runs = await Promise.all([apply(of("1")), apply(of("2"))]);
    const winners = runs.flatMap(({ fault }, index) => (fault === undefined ? [index] : []));
    expect(winners).toHaveLength(1);
    const lost = runs[winners[0] === 0 ? 1 : 0]?.fault;
    expect(lost).toMatch(/was (created|changed) by another run meanwhile/);
    const values = await Promise.all(["a", "b", "c"].map(async (letter) => (await get(pathOf(ns, letter)))?.data));
    expect(new Set(values.map((data) => Object(data).v))).toEqual(new Set([String((winners[0] ?? 0) + 1)]));
    await destroy(name);
  });
});

test("a thousand objects", async () => {
  const ns = await newNamespace("many");
  const name = uniqueName("many");
  const of = (v: string) => {
    const maps = Array.from({ length: 500 }, (_, i) => configMap(ns, `c${i}`, { v }));
    const secrets = Array.from({ length: 500 }, (_, i) => object("v1", "Secret", `s${i}`, ns, { stringData: { v } }));
    return bundle(name, instance("one", ns, [...maps, ...secrets]));
  };
  const seconds = async (work: Promise<Outcome>): Promise<string> => {
    const start = performance.now();
    const { fault } = await work;
    expect(fault).toBeUndefined();
    return `${((performance.now() - start) / 1000).toFixed(1)} s`;
  };
  const took = [
    await seconds(apply(of("1"))),
    await seconds(apply(of("1"))),
    await seconds(apply(of("2"))),
    await seconds(destroy(name)),
  ];
  process.stderr.write(`1,000 objects: install, again, upgrade, delete: ${took.join(", ")}\n`);
  expect(await list(`/api/v1/namespaces/${ns}/configmaps`)).toHaveLength(1); // kube-root-ca.crt
});
