import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { applyBundle, deleteBundle, UnknownBundleError } from "../../src/engine/apply/index.js";
import { SheafError } from "../../src/engine/diagnostics/index.js";
import { decodeRecord } from "../../src/engine/inventory/index.js";
import { isKubeObject } from "../../src/engine/object/index.js";
import type { RenderedBundle } from "../../src/engine/plan/index.js";
import { valueAt } from "../../src/engine/target/kubernetes/fields.js";
import { connectKubernetes } from "../../src/engine/target/kubernetes/index.js";
import { bundle, configMap, instance, object } from "../support/bundles.js";
import { get, list, remove, uniqueName } from "./cluster.js";
import { type Fault, type FaultProxy, startFaultProxy } from "./fault-proxy.js";

// A bundle is installed, upgraded and deleted through a proxy that makes every request fail once. Either that goes
// unnoticed, or there is a clear error, and the same run without faults comes to the right end.

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});
const dir = mkdtempSync(join(tmpdir(), "sheaf-faults-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

type Setting = Readonly<{ name: string; group: string }>;
const newSetting = (): Setting => {
  const name = uniqueName("fault");
  return { name, group: `${name}.test` };
};

/** Two instances: one with a definition and a resource of it, one with a Deployment that is waited for. */
function bundleOf({ name, group }: Setting, version: 1 | 2): RenderedBundle {
  const schema = { type: "object", properties: { spec: { type: "object", properties: { v: { type: "string" } } } } };
  const definition = object("apiextensions.k8s.io/v1", "CustomResourceDefinition", `gadgets.${group}`, undefined, {
    spec: {
      group,
      names: { kind: "Gadget", plural: "gadgets", singular: "gadget", listKind: "GadgetList" },
      scope: "Namespaced",
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  });
  const labels = { app: name };
  const deployment = object("apps/v1", "Deployment", "web", name, {
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "main", image: `nginx:${version}` }] } },
    },
  });
  const gadget = object(`${group}/v1`, "Gadget", "one", name, { spec: { v: String(version) } });
  return bundle(
    name,
    instance("base", name, [definition, gadget, configMap(name, "settings", { v: String(version) })]),
    instance("app", name, [deployment, ...(version === 1 ? [configMap(name, "old", { a: "1" })] : [])], {
      values: { version },
    }),
  );
}

async function connect(proxy: FaultProxy, tokenFile?: string) {
  const kubeconfig = join(dir, `${uniqueName("kubeconfig")}.json`);
  const config = {
    "current-context": "proxied",
    clusters: [{ name: "proxy", cluster: { server: proxy.url } }],
    users: [{ name: "admin", user: tokenFile === undefined ? { token: "any" } : { tokenFile } }],
    contexts: [{ name: "proxied", context: { cluster: "proxy", user: "admin" } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  const target = await connectKubernetes({
    env: {},
    home: "/nowhere",
    overrides: { kubeconfig, requestTimeoutMs: 1000 },
    http: { userAgent: "faults", sleep: async () => {} },
  });
  cleanUp.push(() => target.close());
  return target;
}

/** What there is of the bundle at a version. */
async function expectState({ name, group }: Setting, version: 1 | 2): Promise<void> {
  const config = `/api/v1/namespaces/${name}/configmaps`;
  expect((await get(`${config}/settings`))?.data).toEqual({ v: String(version) });
  expect((await get(`${config}/old`))?.data).toEqual(version === 1 ? { a: "1" } : undefined);
  expect(valueAt(await get(`/apis/${group}/v1/namespaces/${name}/gadgets/one`), "spec", "v")).toBe(String(version));
  const web = await get(`/apis/apps/v1/namespaces/${name}/deployments/web`);
  expect(valueAt(web, "status", "readyReplicas")).toBe(1);
  const records = await list(`/api/v1/namespaces/${name}/secrets?labelSelector=bundle.timoni.sh/name=${name}`);
  const decoded = records
    .map((secret) => ({ apiVersion: "v1", kind: "Secret", ...secret }))
    .filter(isKubeObject)
    .map(decodeRecord);
  expect(decoded.map(({ pending, deleting }) => [pending, deleting])).toEqual([
    [undefined, undefined],
    [undefined, undefined],
  ]);
}

async function expectGone({ name, group }: Setting): Promise<void> {
  for (const kind of ["configmaps/settings", "configmaps/old", "secrets/timoni.base", "secrets/timoni.app"])
    expect(await get(`/api/v1/namespaces/${name}/${kind}`)).toBeUndefined();
  expect(await get(`/apis/apps/v1/namespaces/${name}/deployments/web`)).toBeUndefined();
  expect(await get(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.${group}`)).toBeUndefined();
}

/** Where faults are met: every request's first time, or that of every request that changes something. */
const always = (fault: Fault) => (_: IncomingMessage, earlier: number) => (earlier === 0 ? fault : undefined);
const isWrite = ({ method, url = "" }: IncomingMessage) => method !== "GET" && !url.includes("dryRun");
const onWrites = (fault: Fault) => (incoming: IncomingMessage, earlier: number) =>
  earlier === 0 && isWrite(incoming) ? fault : undefined;
const onWatches = (fault: Fault) => (incoming: IncomingMessage, earlier: number) =>
  earlier < 2 && incoming.url?.includes("watch=1") === true ? fault : undefined;

const cases: [title: string, choose: ReturnType<typeof always>, allowed?: RegExp][] = [
  [
    "429 with Retry-After",
    always({ when: "before", status: 429, reason: "TooManyRequests", headers: { "Retry-After": "1" } }),
  ],
  ["500", always({ when: "before", status: 500 })],
  ["503", always({ when: "before", status: 503, reason: "ServiceUnavailable" })],
  ["504 after the request took effect", always({ when: "after", status: 504, reason: "Timeout" })],
  ["a reset before the server hears", always({ when: "before", how: "reset" })],
  ["a reset after the request took effect", always({ when: "after", how: "reset" })],
  ["an answer that breaks off", always({ when: "after", how: "half" })],
  ["a conflict", onWrites({ when: "before", status: 409, reason: "Conflict" }), /another run meanwhile|injected 409/],
  ["slow answers", always({ when: "before", delayMs: 60 })],
  ["no answer in time", onWrites({ when: "after", how: "hang" }), /no answer within 1 s/],
  ["watches that break", onWatches({ when: "before", how: "reset" })],
  ["watches that break off", onWatches({ when: "after", how: "half" })],
  ["watches whose place is gone", onWatches({ when: "before", status: 410, reason: "Expired" })],
  ["watches that are not allowed", onWatches({ when: "before", status: 403, reason: "Forbidden" })],
];

describe("a bundle is installed, upgraded and deleted", () => {
  const table: string[] = [];
  afterAll(() => {
    if (process.env.SHEAF_E2E_TABLE !== undefined) process.stderr.write(`${table.join("\n")}\n`);
  });

  test.each(cases)("through %s", async (title, choose, allowed) => {
    const setting = newSetting();
    cleanUp.push(() => remove(`/api/v1/namespaces/${setting.name}`));
    const options = { now: () => new Date(), timeoutMs: 30_000 };
    const proxy = await startFaultProxy(choose);
    cleanUp.push(proxy.close);
    let errors = 0;
    let runs = 0;
    /** Runs until there is no error: every fault is met once, so that comes. */
    const untilDone = async (work: (target: Awaited<ReturnType<typeof connect>>) => Promise<unknown>) => {
      for (let attempt = 0; attempt < 60; attempt++) {
        runs++;
        try {
          return await work(await connect(proxy));
        } catch (error) {
          if (!(error instanceof SheafError) || allowed === undefined) throw error;
          // The run before deleted the last of it, and did not hear that.
          if (attempt > 0 && error instanceof UnknownBundleError) return;
          expect(error.message).toMatch(allowed);
          errors++;
        }
      }
      throw new Error("errors do not end");
    };
    for (const version of [1, 2] as const) {
      await untilDone((target) => applyBundle(bundleOf(setting, version), target, options));
      await expectState(setting, version);
    }
    await untilDone((target) => deleteBundle(setting.name, target, options));
    await expectGone(setting);
    expect(proxy.faults()).toBeGreaterThan(0);
    table.push(`| ${title} | ${proxy.seen.length} | ${proxy.faults()} | ${runs} | ${errors} |`);
  });
});

test("a token that ends in the middle of a run is read anew", async () => {
  const setting = newSetting();
  cleanUp.push(() => remove(`/api/v1/namespaces/${setting.name}`));
  const tokenFile = join(dir, setting.name);
  writeFileSync(tokenFile, "token-0");
  // Every tenth request a new token takes the place of the one before.
  let current = 0;
  let refused = 0;
  const proxy: FaultProxy = await startFaultProxy((incoming) => {
    const next = Math.floor(proxy.seen.length / 10);
    if (next > current) {
      current = next;
      writeFileSync(tokenFile, `token-${current}`);
    }
    if (incoming.headers.authorization === `Bearer token-${current}`) return undefined;
    refused++;
    return { when: "before", status: 401, reason: "Unauthorized" };
  });
  cleanUp.push(proxy.close);
  const target = await connect(proxy, tokenFile);
  const options = { now: () => new Date(), timeoutMs: 30_000 };
  await applyBundle(bundleOf(setting, 1), target, options);
  await expectState(setting, 1);
  await deleteBundle(setting.name, target, options);
  await expectGone(setting);
  expect(refused).toBeGreaterThan(2);
});
