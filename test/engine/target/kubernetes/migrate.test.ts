import { createHash } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../../../src/engine/json/index.js";
import type { KubeObject } from "../../../../src/engine/object/index.js";
import { Api } from "../../../../src/engine/target/kubernetes/api.js";
import { migrate } from "../../../../src/engine/target/kubernetes/migrate.js";
import type { Migration } from "../../../../src/engine/target/kubernetes/plan-migration.js";
import { connectTo, type FakeAnswer, failure, type SeenRequest, startFakeApi } from "./fake-api.js";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

const definition: KubeObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.x.test", resourceVersion: "7" },
  spec: { group: "x.test", scope: "Namespaced", names: { kind: "Widget", plural: "widgets" }, versions: [] },
  status: { storedVersions: ["v1beta1", "v1"] },
};
const definitions = {
  group: "apiextensions.k8s.io",
  version: "v1",
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
  hasStatus: true,
  isDeletable: true,
};
const plan: Migration = {
  interim: definition,
  dropped: ["v1beta1"],
  from: "v1beta1",
  to: "v1",
  isStored: true,
  objects: 1,
};
const widget = (version: string, managedBy = "v1beta1"): JsonObject => ({
  apiVersion: "x.test/v1",
  kind: "Widget",
  metadata: {
    name: "one",
    namespace: "n",
    resourceVersion: version,
    managedFields: [{ manager: "someone", operation: "Apply", apiVersion: `x.test/${managedBy}` }],
  },
});
const listOf = (...items: JsonValue[]): FakeAnswer => ({ json: { metadata: { resourceVersion: "9" }, items } });
const hash = createHash("sha256").update("x.test/v1/Widget").digest().subarray(0, 8).toString("base64");

type Answers = Readonly<{
  /** Told how often the request has come before. */
  put?: (earlier: number) => FakeAnswer;
  get?: (earlier: number) => FakeAnswer;
  read?: (earlier: number) => FakeAnswer;
  discover?: (earlier: number) => FakeAnswer;
}>;

/** Migrates against a fake server. Gives what was sent, shortly. */
async function run(answers: Answers, migration = plan) {
  const counts = new Map<string, number>();
  const sent: string[] = [];
  const bodies: JsonObject[] = [];
  const answer = ({ method, path, body }: SeenRequest): FakeAnswer => {
    const [, group = "", version = "", rest = ""] = /^\/apis\/([^/]+)\/([^/]+)(.*)$/.exec(path) ?? [];
    const what = `${method} ${group === "x.test" ? version : "definition"}${rest.endsWith("/one") ? " one" : ""}${rest.endsWith("/status") ? " status" : ""}${rest === "" ? " discovery" : ""}`;
    const earlier = counts.get(what) ?? 0;
    counts.set(what, earlier + 1);
    sent.push(what);
    if (what === "PUT v1 one") bodies.push(JSON.parse(body));
    switch (what) {
      case "GET v1 discovery":
        return answers.discover?.(earlier) ?? { json: { resources: [{ name: "widgets", storageVersionHash: hash }] } };
      case "GET v1beta1":
        return listOf(widget("1"));
      case "GET v1beta1 one":
        return { json: widget("1") };
      case "GET v1 one":
        return answers.get?.(earlier) ?? { json: widget("1") };
      case "PUT v1 one":
        return answers.put?.(earlier) ?? { json: widget("2", "v1") };
      case "GET v1":
        return answers.read?.(earlier) ?? listOf(widget("2"));
      default:
        return { json: definition };
    }
  };
  const server = await startFakeApi(answer);
  cleanUp.push(server.close);
  const http = await connectTo(server.url);
  cleanUp.push(http.close);
  const finish = async () => {
    sent.push("finish");
    return "done";
  };
  expect(await migrate(new Api(http), definitions, migration, finish, { settleMs: 1 })).toBe("done");
  return { sent, bodies, count: (what: string) => sent.filter((each) => each === what).length };
}

describe("migrate()", () => {
  test("writes each resource at the new version, forgets the old one, and lets the definition lose it", async () => {
    const { sent, bodies } = await run({});
    expect(sent).toEqual([
      "PATCH definition",
      "GET v1 discovery",
      "GET v1beta1",
      "GET v1 one",
      "PUT v1 one",
      "GET definition",
      "PATCH definition status",
      "finish",
      "GET v1",
    ]);
    expect(bodies).toEqual([widget("1", "v1")]);
  });

  test("waits until the server says that it stores at the new version", async () => {
    const { count } = await run({
      discover: (earlier) =>
        earlier === 0
          ? { status: 404 }
          : { json: { resources: [{ name: "widgets", storageVersionHash: earlier < 3 ? "old" : hash }] } },
    });
    expect(count("GET v1 discovery")).toBe(4);
  });

  test("writes again what a server that is behind has stored as it was", async () => {
    const { count } = await run({ put: (earlier) => ({ json: widget(earlier === 0 ? "1" : "2") }) });
    expect(count("PUT v1 one")).toBe(2);
    const stored = await run({ put: () => ({ json: widget("1") }) });
    expect(stored.count("PUT v1 one")).toBe(2); // it was stored at the new version before
  });

  test("takes a resource that is not found at the new version for one that is not served there yet", async () => {
    const { count } = await run({ get: (earlier) => (earlier < 2 ? { status: 404 } : { json: widget("1") }) });
    expect(count("GET v1beta1 one")).toBe(2);
    expect(count("PUT v1 one")).toBe(1);
  });

  test("reads again what has changed meanwhile", async () => {
    const { count } = await run({
      put: (earlier) => (earlier === 0 ? failure(409, "Conflict", "modified") : { json: widget("3", "v1") }),
    });
    expect(count("GET v1 one")).toBe(2);
  });

  test("brings the old version back where a resource cannot be read in the end, and begins anew", async () => {
    const unreadable = failure(500, "InternalError", "request to convert CR from an invalid group/version");
    const { sent, count } = await run({ read: (earlier) => (earlier < 6 ? unreadable : listOf(widget("2"))) });
    expect(count("finish")).toBe(2);
    expect(count("PATCH definition")).toBe(2);
    expect(sent.slice(-2)).toEqual(["finish", "GET v1"]);
  });

  test("writes only what was applied with a version that goes, where nothing is stored in it", async () => {
    const { count } = await run({}, { ...plan, isStored: false });
    expect(count("GET v1 discovery")).toBe(0);
    expect(count("PUT v1 one")).toBe(1);
    const other = await run({}, { ...plan, isStored: false, dropped: ["v1alpha1"] });
    expect(other.count("PUT v1 one")).toBe(0);
  });
});
