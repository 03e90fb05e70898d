import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../src/engine/json/index.js";
import type { KubeObject, ObjectRef } from "../../../../src/engine/object/index.js";
import { connectKubernetes } from "../../../../src/engine/target/kubernetes/index.js";
import { type FakeAnswer, failure, pem, type SeenRequest, startFakeApi } from "./fake-api.js";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

/** A target on a fake API that does discovery by itself; `answer` does the rest. */
async function connect(answer: (request: SeenRequest, count: number) => FakeAnswer) {
  let count = 0;
  const api = await startFakeApi((request) => discovery(request) ?? answer(request, ++count));
  cleanUp.push(api.close);
  const folder = await mkdtemp(join(tmpdir(), "target-"));
  cleanUp.push(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "ca.pem"), pem("ca.pem"));
  const target = await connectKubernetes({
    env: {},
    home: folder,
    overrides: { server: api.url, token: "t", certificateAuthority: join(folder, "ca.pem") },
    http: { sleep: async () => {} },
  });
  cleanUp.push(() => target.close());
  const seen = () => api.seen.filter(({ path }) => path !== "/api" && path !== "/apis");
  return { target, seen, all: api.seen };
}

const resource = (kind: string, plural: string, scope = "Namespaced") => ({
  resource: plural,
  responseKind: { group: "", version: "", kind },
  scope,
  verbs: ["get"],
});
const discoveryList = (items: JsonObject[]): FakeAnswer => ({
  json: { kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", items },
});
function discovery({ path }: SeenRequest): FakeAnswer | undefined {
  const core = [resource("ConfigMap", "configmaps"), resource("Secret", "secrets")];
  if (path === "/api")
    return discoveryList([{ metadata: { name: "" }, versions: [{ version: "v1", resources: core }] }]);
  if (path !== "/apis") return undefined;
  const widgets = ["v1", "v1beta1"].map((version) => ({
    version,
    resources: [resource("Widget", "widgets", "Cluster")],
  }));
  return discoveryList([{ metadata: { name: "example.com" }, versions: widgets }]);
}

const ref: ObjectRef = { group: "", version: "v1", kind: "ConfigMap", namespace: "n", name: "x" };
const configMap: KubeObject = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "x", namespace: "n" },
  data: { a: "1" },
};
const record: KubeObject = {
  apiVersion: "v1",
  kind: "Secret",
  type: "timoni.sh/instance",
  metadata: { name: "timoni.web", namespace: "n" },
  data: { instance: "e30=" },
};
const stored = { ...record, metadata: { ...record.metadata, resourceVersion: "1" } };

describe("discovery", () => {
  test("is asked for once each, and only when a kind of it is needed", async () => {
    const { target, all } = await connect(() => ({ status: 404 }));
    await target.read([ref, { ...ref, name: "y" }]);
    await target.read([ref]);
    expect(all.filter(({ path }) => path === "/api")).toHaveLength(1);
    expect(all.filter(({ path }) => path === "/apis")).toHaveLength(0);
  });

  test("falls back to another served version of a kind, the preferred one first", async () => {
    const { target, seen } = await connect(() => ({ status: 404 }));
    const widget = { group: "example.com", kind: "Widget", namespace: "", name: "w" };
    await target.read([
      { ...widget, version: "v1beta1" },
      { ...widget, version: "v1alpha1" },
    ]);
    expect(
      seen()
        .map(({ path }) => path)
        .sort(),
    ).toEqual(["/apis/example.com/v1/widgets/w", "/apis/example.com/v1beta1/widgets/w"]);
  });

  /** A server without aggregated discovery: `a.test` is served in two versions, and so is `down.test`, as `down` says. */
  async function oldServer(down: (count: number) => FakeAnswer) {
    let count = 0;
    const api = await startFakeApi(({ path }) => {
      const group = (name: string) => ({
        name,
        versions: [{ groupVersion: `${name}/v1` }, { groupVersion: `${name}/v2` }],
        preferredVersion: { groupVersion: `${name}/v2` },
      });
      if (path === "/apis") return { json: { kind: "APIGroupList", groups: [group("a.test"), group("down.test")] } };
      const names = ["things", "things/status", "others"];
      const resources = names.map((name) => ({
        name,
        kind: name.startsWith("things") ? "Thing" : "Other",
        namespaced: true,
      }));
      const list: FakeAnswer = { json: { kind: "APIResourceList", resources } };
      if (path === "/apis/down.test/v2") return down(++count);
      return /^\/apis\/(a|down)\.test\/v\d$/.test(path) ? list : { status: 404, text: "" };
    });
    cleanUp.push(api.close);
    const target = await connectKubernetes({
      env: {},
      home: "/none",
      overrides: { server: api.url, insecureSkipTlsVerify: true },
      http: { sleep: async () => {} },
    });
    cleanUp.push(() => target.close());
    return { target, seen: api.seen };
  }
  const thing = (group: string, version: string, kind = "Thing"): ObjectRef => ({
    group,
    version,
    kind,
    namespace: "n",
    name: "t",
  });

  test("an old server tells its kinds group by group; a version that is gone is left out", async () => {
    const { target, seen } = await oldServer(() => ({ status: 404 }));
    await target.read([thing("a.test", "v0")]);
    expect(seen.at(-1)?.path).toBe("/apis/a.test/v2/namespaces/n/things/t");
    await target.read([thing("down.test", "v2")]);
    expect(seen.at(-1)?.path).toBe("/apis/down.test/v1/namespaces/n/things/t");
    expect(await target.read([thing("down.test", "v2", "None")])).toEqual([undefined]);
  });

  test.each<[string, FakeAnswer]>([
    ["that is down", { status: 503 }],
    ["that may not be looked at", { status: 403 }],
    ["whose answer is lost", "reset"],
    ["that answers nonsense", { text: "<html>" }],
  ])("the kinds of a group %s are not absent but unknown; other groups do not suffer", async (_, answer) => {
    let isDown = true;
    const { target } = await oldServer(() => (isDown ? answer : { json: { kind: "APIResourceList", resources: [] } }));
    expect(await target.read([thing("a.test", "v1"), thing("down.test", "v1")])).toEqual([undefined, undefined]);
    await expect(target.read([thing("down.test", "v2")])).rejects.toThrow(/down\.test|cannot reach/);
    await expect(target.delete(thing("down.test", "v1", "None"))).rejects.toThrow(/down\.test|cannot reach/);
    const definition = {
      group: "apiextensions.k8s.io",
      version: "v1",
      kind: "CustomResourceDefinition",
      namespace: "",
    };
    await expect(target.listCustomResources([{ ...definition, name: "nones.down.test" }])).rejects.toThrow(
      /down\.test|cannot reach/,
    );
    isDown = false;
    expect(await target.read([thing("down.test", "v1", "None")])).toEqual([undefined]);
  });

  test("so are those of a group that the server knows from an earlier time only", async () => {
    const versions = [{ version: "v1", freshness: "Stale", resources: [resource("Thing", "things")] }];
    const api = await startFakeApi(({ path }) =>
      path === "/apis" ? discoveryList([{ metadata: { name: "stale.test" }, versions }]) : { status: 404 },
    );
    cleanUp.push(api.close);
    const overrides = { server: api.url, insecureSkipTlsVerify: true };
    const target = await connectKubernetes({ env: {}, home: "/none", overrides });
    cleanUp.push(() => target.close());
    expect(await target.read([thing("stale.test", "v1")])).toEqual([undefined]);
    await expect(target.read([thing("stale.test", "v1", "Other")])).rejects.toMatchObject({
      code: "api-error",
      message: expect.stringContaining("stale.test/v1"),
    });
  });
});

describe("faults", () => {
  test("an apply that is interrupted is sent again", async () => {
    const { target, seen } = await connect((_, count) => {
      if (count === 1) return { status: 201, json: configMap };
      return count === 2 ? "reset" : count === 3 ? { status: 503 } : { status: 201, json: configMap };
    });
    const object = structuredClone(configMap);
    await target.preview(object, { force: false });
    expect(await target.apply(object, { force: false })).toMatchObject({ action: "created" });
    expect(seen().map(({ method, query }) => `${method} ${query.get("dryRun") ?? ""}`)).toEqual([
      "PATCH All",
      "PATCH ",
      "PATCH ",
      "PATCH ",
    ]);
    expect(seen()[0]?.query.toString()).toBe("fieldManager=timoni&force=true&fieldValidation=Strict&dryRun=All");
    expect(seen()[0]?.headers["content-type"]).toBe("application/apply-patch+yaml");
  });

  test("a quota that has not been counted for yet is waited for, one that is exceeded is not", async () => {
    const quota = (words: string) => failure(403, "Forbidden", `configmaps "x" is forbidden: ${words}`);
    const fresh = await connect((_, count) =>
      count < 3 ? quota("status unknown for quota: q, resources: count/configmaps") : { status: 201, json: configMap },
    );
    expect(await fresh.target.preview(configMap, { force: false })).toMatchObject({ action: "created" });
    const full = await connect(() => quota("exceeded quota: q, requested: 1, used: 5, limited: 5"));
    await expect(full.target.preview(configMap, { force: false })).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("exceeded quota: q, requested: 1, used: 5, limited: 5"),
    });
    expect(full.seen()).toHaveLength(1);
  });

  test("a conflict passes: an apply is sent again, but not for ever", async () => {
    const conflict = failure(409, "Conflict", 'Operation cannot be fulfilled on resourcequotas "q": modified');
    const race = await connect((_, count) => (count < 4 ? conflict : { status: 201, json: configMap }));
    expect(await race.target.preview(configMap, { force: false })).toMatchObject({ action: "created" });
    expect(race.seen()).toHaveLength(4);
    const endless = await connect(() => conflict);
    await expect(endless.target.preview(configMap, { force: false })).rejects.toMatchObject({
      code: "api-error",
      status: 409,
    });
    expect(endless.seen().length).toBeLessThan(20);
  });

  test("a delete whose answer was lost did delete", async () => {
    const { target } = await connect((_, count) => (count === 1 ? "reset" : { status: 404 }));
    expect(await target.delete(ref)).toBe(true);
  });

  test("a new record whose answer was lost is the one that we wrote", async () => {
    const { target, seen } = await connect(({ method }, count) => {
      if (method === "GET") return { json: stored };
      return count === 1 ? "reset" : failure(409, "AlreadyExists", "already exists");
    });
    expect(await target.writeRecord(record)).toEqual(stored);
    expect(seen().map(({ method }) => method)).toEqual(["POST", "POST", "GET"]);
  });

  test("a changed record whose answer was lost is the one that we wrote", async () => {
    const { target } = await connect(({ method }, count) => {
      if (method === "GET") return { json: { ...stored, metadata: { ...stored.metadata, resourceVersion: "2" } } };
      return count === 1 ? { status: 504 } : failure(409, "Conflict", "modified");
    });
    expect((await target.writeRecord(stored)).metadata.resourceVersion).toBe("2");
  });

  test("a record that somebody else wrote at the same time is a conflict", async () => {
    const { target } = await connect(({ method }, count) => {
      if (method === "GET") return { json: { ...stored, data: { instance: "other" } } };
      return count === 1 ? "reset" : failure(409, "AlreadyExists", "already exists");
    });
    await expect(target.writeRecord(record)).rejects.toMatchObject({
      code: "record-conflict",
      message: expect.stringContaining("Secret/n/timoni.web: the record of this instance was created by another run"),
    });
    const plain = await connect(() => failure(409, "Conflict", "modified"));
    await expect(plain.target.writeRecord(stored)).rejects.toMatchObject({ code: "record-conflict" });
    expect(plain.seen()).toHaveLength(1);
  });

  test("a list goes on page by page", async () => {
    const page = (name: string, next: string): FakeAnswer => ({
      json: {
        kind: "SecretList",
        metadata: { continue: next },
        items: [{ ...stored, metadata: { name }, apiVersion: "", kind: "" }],
      },
    });
    const { target, seen } = await connect((_, count) => (count === 1 ? page("a", "more") : page("b", "")));
    const found = await target.listRecords({ bundle: "x" });
    expect(found.map(({ metadata, kind }) => `${kind} ${metadata.name}`)).toEqual(["Secret a", "Secret b"]);
    expect(seen().map(({ query }) => query.get("continue"))).toEqual([null, "more"]);
    expect(seen()[0]?.query.get("labelSelector")).toBe(
      "app.kubernetes.io/component=instance,app.kubernetes.io/created-by=timoni,bundle.timoni.sh/name=x",
    );
  });

  test("a list whose next page has expired starts anew, in one piece", async () => {
    const page = (name: string, next: string): FakeAnswer => ({
      json: { kind: "SecretList", metadata: { continue: next }, items: [{ ...stored, metadata: { name } }] },
    });
    const { target, seen } = await connect(({ query }) => {
      if (query.get("continue") !== null) return failure(410, "Expired", "the provided continue parameter is too old");
      return query.get("limit") === null ? page("b", "") : page("a", "more");
    });
    expect((await target.listRecords({})).map(({ metadata }) => metadata.name)).toEqual(["b"]);
    expect(seen()).toHaveLength(3);
    const gone = await connect(() => failure(410, "Gone", "gone"));
    await expect(gone.target.listRecords({})).rejects.toMatchObject({ code: "api-error", status: 410 });
    expect(gone.seen()).toHaveLength(1);
  });

  describe("records of a user who may not list them in all namespaces", () => {
    const narrow = (allowed: readonly string[]) =>
      connect(({ path }) => {
        const namespace = /namespaces\/([^/]+)\//.exec(path)?.[1] ?? "";
        if (!allowed.includes(namespace))
          return failure(403, "Forbidden", 'secrets is forbidden: User "jane" cannot list resource "secrets"');
        const metadata = { name: `timoni.${namespace}`, namespace };
        return { json: { kind: "SecretList", metadata: {}, items: [{ ...stored, metadata }] } };
      });

    test("are listed where that is allowed, for a caller that can do with them", async () => {
      const { target } = await narrow(["x", "y"]);
      let seen: readonly string[] = [];
      const onPartial = (namespaces: readonly string[]) => {
        seen = namespaces;
      };
      const found = await target.listRecords({ namespaces: ["x", "y", "z"], onPartial });
      expect(found.map(({ metadata }) => metadata.name)).toEqual(["timoni.x", "timoni.y"]);
      expect(seen).toEqual(["x", "y"]);
      await expect(target.listRecords({ namespaces: ["z"], onPartial })).rejects.toMatchObject({ code: "forbidden" });
    });

    test("are refused to a caller that needs all", async () => {
      const { target } = await narrow(["x", "y"]);
      await expect(target.listRecords({ namespaces: ["x", "y"] })).rejects.toMatchObject({
        code: "forbidden",
        message: expect.stringMatching(/User "jane" cannot list resource "secrets".*would be missed/),
      });
    });
  });

  test.each([
    { title: "HTML", answer: { text: "<html>log in</html>" } },
    { title: "no object", answer: { json: { kind: "Status" } } },
  ])("an answer that is $title is no Kubernetes API's", async ({ answer }) => {
    const { target } = await connect(() => answer);
    await expect(target.read([ref])).rejects.toMatchObject({
      code: "api-error",
      message: expect.stringContaining("ConfigMap/n/x"),
    });
    await expect(target.check()).rejects.toMatchObject({ code: "api-error" });
  });

  test("an object that keeps changing while it is compared is told as changed, not forever asked for", async () => {
    let version = 0;
    const { target, seen } = await connect(() => {
      version++;
      return { json: { ...configMap, metadata: { ...configMap.metadata, resourceVersion: `${version}` } } };
    });
    await target.preview(configMap, { force: false });
    expect(seen()).toHaveLength(10);
  });
});

describe("a dry run tells by itself that nothing changes", () => {
  const managed = (time: string) => ({
    ...configMap,
    metadata: {
      ...configMap.metadata,
      resourceVersion: "1",
      managedFields: [
        { manager: "timoni", operation: "Apply", apiVersion: "v1", time, fieldsType: "FieldsV1", fieldsV1: {} },
      ],
    },
  });
  const date = "Sat, 21 Nov 2026 00:01:00 GMT";
  test.each([
    { title: "our entry is old", time: "2026-11-21T00:00:50Z", headers: { Date: date }, requests: 1 },
    { title: "our entry is of this very second", time: "2026-11-21T00:01:00Z", headers: { Date: date }, requests: 2 },
    { title: "our entry is of the second before", time: "2026-11-21T00:00:59Z", headers: { Date: date }, requests: 2 },
    { title: "the server's clock runs behind", time: "2026-11-21T00:05:00Z", headers: { Date: date }, requests: 2 },
    { title: "the answer has no usable date", time: "2026-11-21T00:00:50Z", headers: { Date: "?" }, requests: 2 },
    { title: "our entry has no time", time: "", headers: { Date: date }, requests: 2 },
  ])("$title: $requests request(s)", async ({ time, headers, requests }) => {
    const { target, seen } = await connect(() => ({ json: managed(time), headers }));
    const change = await target.preview(configMap, { force: false });
    expect(change.action).toBe("unchanged");
    expect(change.after.metadata).not.toHaveProperty("managedFields");
    expect(seen()).toHaveLength(requests);
  });

  describe("objects of one instance that may have changed", () => {
    const labels = { "instance.timoni.sh/name": "i", "instance.timoni.sh/namespace": "n" };
    const object = (name: string, version = "1") => ({
      ...managed("2026-11-21T00:01:00Z"),
      metadata: { ...managed("2026-11-21T00:01:00Z").metadata, name, labels, resourceVersion: version },
    });
    const previews = async (listed: FakeAnswer) => {
      const { target, seen } = await connect(({ method, path }) => {
        if (path.endsWith("/configmaps")) return listed;
        return { json: object(path.slice(-1)), headers: method === "PATCH" ? { Date: date } : {} };
      });
      for (const name of ["a", "b", "c"])
        expect(
          await target.preview({ ...configMap, metadata: { name, namespace: "n" } }, { force: false }),
        ).toMatchObject({
          action: "unchanged",
        });
      return seen().map(({ method, path }) => `${method} ${path.replace("/api/v1/namespaces/n/configmaps", "")}`);
    };

    test("are read by one list, but for the first", async () => {
      const items = [object("a"), object("b"), object("c")];
      expect(await previews({ json: { metadata: {}, items } })).toEqual([
        "PATCH /a",
        "GET /a",
        "PATCH /b",
        "GET ",
        "PATCH /c",
      ]);
    });

    test.each<[string, FakeAnswer]>([
      ["has another version", { json: { metadata: {}, items: [object("b", "2"), object("c", "2")] } }],
      ["does not have them", { json: { metadata: {}, items: [] } }],
      ["is not allowed", failure(403, "Forbidden", "no")],
    ])("are read one by one where the list %s", async (_, listed) => {
      expect((await previews(listed)).filter((what) => what.startsWith("GET"))).toEqual([
        "GET /a",
        "GET ",
        "GET /b",
        "GET /c",
      ]);
    });
  });
});
