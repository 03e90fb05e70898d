import { afterEach, expect, test } from "vitest";
import type { JsonObject } from "../../../../src/engine/json/index.js";
import { Api } from "../../../../src/engine/target/kubernetes/api.js";
import { describeHolder, findHolders } from "../../../../src/engine/target/kubernetes/namespace-holders.js";
import { connectTo, type FakeAnswer, failure, type SeenRequest, startFakeApi } from "./fake-api.js";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

const namespace = { group: "", version: "v1", kind: "Namespace", namespace: "", name: "n" };
const going = (metadata: JsonObject = {}, finalizers: readonly string[] = ["kubernetes"]): JsonObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "n", deletionTimestamp: "2026-01-01T00:00:00Z", ...metadata },
  spec: { finalizers: [...finalizers] },
});

const all = ["create", "delete", "get", "list"];
const resource = (kind: string, scope = "Namespaced", verbs: readonly string[] = all): JsonObject => ({
  resource: `${kind.toLowerCase()}s`,
  responseKind: { kind },
  scope,
  verbs: [...verbs],
});
const group = (name: string, versions: readonly string[], resources: JsonObject[], freshness = "Current") => ({
  metadata: { name },
  versions: versions.map((version) => ({ version, resources, freshness })),
});
const discovery = (...items: JsonObject[]): FakeAnswer => ({ json: { kind: "APIGroupDiscoveryList", items } });
const core = group(
  "",
  ["v1"],
  ["ConfigMap", "Pod"].map((kind) => resource(kind)).concat(resource("Namespace", "Cluster")),
);
const groups = [
  group("x.example", ["v2", "v1"], [resource("Widget"), resource("Base", "Cluster")]),
  group("metrics.example", ["v1"], [resource("PodMetric", "Namespaced", ["get", "list"])]),
];
const list = (...items: JsonObject[]): FakeAnswer => ({
  json: { metadata: {}, items: items.map((metadata) => ({ metadata: { namespace: "n", ...metadata } })) },
});

const lists = {
  configmaps: "/api/v1/namespaces/n/configmaps",
  pods: "/api/v1/namespaces/n/pods",
  widgets: "/apis/x.example/v2/namespaces/n/widgets",
};

async function holders(answers: Readonly<Record<string, FakeAnswer>>) {
  const answer = ({ path }: SeenRequest): FakeAnswer => {
    const usual: Record<string, FakeAnswer> = {
      "/api": discovery(core),
      "/apis": discovery(...groups),
      "/api/v1/namespaces/n": { json: going() },
      [lists.configmaps]: list({ name: "kube-root-ca.crt" }, { name: "left" }),
      [lists.pods]: list(),
      [lists.widgets]: list({ name: "w" }),
    };
    return answers[path] ?? usual[path] ?? { status: 500, text: `unexpected: ${path}` };
  };
  const api = await startFakeApi(answer, { plain: true });
  const http = await connectTo(api.url);
  cleanUp.push(api.close, http.close);
  const found = await findHolders(new Api(http), namespace);
  return { found: found?.map(describeHolder), asked: api.seen.map(({ path }) => path) };
}

test("objects without finalizers hold nothing, and each kind that goes with a namespace is listed once", async () => {
  const { found, asked } = await holders({});
  expect(found).toEqual([]);
  expect(asked.filter((path) => path.includes("/namespaces/n/")).sort()).toEqual(Object.values(lists).sort());
});

test.each<[title: string, answers: Record<string, FakeAnswer>, want: string[] | undefined]>([
  ["a Namespace that is gone", { "/api/v1/namespaces/n": { status: 404 } }, []],
  [
    "a Namespace that is not being deleted",
    { "/api/v1/namespaces/n": { json: going({ deletionTimestamp: "" }) } },
    ["Namespace/n holds it"],
  ],
  [
    "a Namespace with a finalizer",
    { "/api/v1/namespaces/n": { json: going({ finalizers: ["a.example/hold"] }) } },
    ["Namespace/n holds it (finalizers: a.example/hold)"],
  ],
  [
    "a Namespace that others finalize, too",
    { "/api/v1/namespaces/n": { json: going({}, ["kubernetes", "other"]) } },
    ["Namespace/n holds it"],
  ],
  ["a Pod", { [lists.pods]: list({ name: "p" }) }, ["Pod/n/p holds it"]],
  [
    "an object with finalizers",
    { [lists.widgets]: list({ name: "w" }, { name: "v", finalizers: ["x/y", "z"] }) },
    ["Widget/n/v holds it (finalizers: x/y, z)"],
  ],
  ["a kind that has just gone", { [lists.widgets]: { status: 404 } }, []],
  ["a kind that may not be listed", { [lists.widgets]: failure(403, "Forbidden", "no") }, undefined],
  ["a kind that cannot be listed", { [lists.widgets]: failure(405, "MethodNotAllowed", "no") }, undefined],
  ["an API that does not answer", { "/apis": discovery(group("down.example", ["v1"], [], "Stale")) }, undefined],
])("%s", async (_, answers, want) => {
  expect((await holders(answers)).found).toEqual(want);
});

test("a run that is stopped looks no further", async () => {
  const stop = new AbortController();
  const api = await startFakeApi(() => "hang", { plain: true });
  const http = await connectTo(api.url);
  cleanUp.push(api.close, http.close);
  setTimeout(() => stop.abort(), 50);
  await expect(findHolders(new Api(http), namespace, stop.signal)).rejects.toMatchObject({ code: "aborted" });
});
