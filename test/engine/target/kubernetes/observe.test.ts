import type { ServerResponse } from "node:http";
import { afterEach, expect, test } from "vitest";
import type { JsonObject } from "../../../../src/engine/json/index.js";
import type { ObjectRef } from "../../../../src/engine/object/index.js";
import { Api } from "../../../../src/engine/target/kubernetes/api.js";
import { textAt } from "../../../../src/engine/target/kubernetes/fields.js";
import { observe } from "../../../../src/engine/target/kubernetes/observe.js";
import { connectTo, type FakeAnswer, failure, type SeenRequest, startFakeApi } from "./fake-api.js";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

const ref = (name: string, kind = "Pod"): ObjectRef => ({ group: "", version: "v1", kind, namespace: "n", name });
const pod = (name: string, phase: string, version = "1"): JsonObject => ({
  metadata: { name, namespace: "n", resourceVersion: version },
  status: { phase },
});
const list = (version: string, ...items: JsonObject[]): FakeAnswer => ({
  json: { kind: "PodList", metadata: { resourceVersion: version }, items },
});
const event = (type: string, object: JsonObject) => `${JSON.stringify({ type, object })}\n`;
/** A watch that sends these events and then ends, or stays open. */
const events = (texts: string[], end: "end" | "break" | "stay" = "end"): FakeAnswer => ({
  stream: (out: ServerResponse) => {
    for (const text of texts) out.write(text);
    if (end === "end") out.end();
    if (end === "break") setTimeout(() => out.destroy(), 5);
  },
});
const isWatch = ({ query }: SeenRequest) => query.get("watch") !== null;

/** Observes pods on a fake server until each is `Done`. Gives what was told and what was asked. */
async function run(
  names: readonly string[],
  answer: (request: SeenRequest, lists: number, watches: number) => FakeAnswer,
  { isLabelled = true, kind = "Pod" } = {},
) {
  let [lists, watches] = [0, 0];
  const server = await startFakeApi((request) => {
    const resources = [
      { resource: "pods", responseKind: { kind: "Pod" }, scope: "Namespaced" },
      ...(lists > 0 ? [{ resource: "lates", responseKind: { kind: "Late" }, scope: "Namespaced" }] : []),
    ];
    const versions = [{ version: "v1", resources }];
    if (request.path === "/api") {
      if (kind === "Late") lists++;
      return { json: { kind: "APIGroupDiscoveryList", items: [{ metadata: { name: "" }, versions }] } };
    }
    return answer(request, isWatch(request) ? lists : ++lists, isWatch(request) ? ++watches : watches);
  });
  cleanUp.push(server.close);
  const http = await connectTo(server.url);
  cleanUp.push(http.close);
  const told: string[] = [];
  const stop = new AbortController();
  cleanUp.push(() => stop.abort());
  const observing = observe(
    new Api(http),
    names.map((name) => ref(name, kind)),
    ({ name }, object) => {
      const phase = object === undefined ? "absent" : textAt(object, "status", "phase");
      told.push(`${name} ${phase}`);
      return phase !== "Done";
    },
    { signal: stop.signal, isLabelled: () => isLabelled, pace: { firstMs: 1, longestMs: 4 } },
  );
  const asked = () =>
    server.seen
      .filter(({ path }) => path !== "/api")
      .map(({ path, query }) => {
        const selector = query.get("labelSelector") ?? query.get("fieldSelector") ?? path.split("/").at(-1);
        return `${query.get("watch") === null ? "look" : `watch from ${query.get("resourceVersion")}`} ${selector}`;
      });
  return { observing, told, asked, stop };
}

const label = "instance.timoni.sh/name";

test("one list and one watch tell of all objects of a kind", async () => {
  const { observing, told, asked } = await run(["a", "b"], (request) =>
    isWatch(request)
      ? events(
          [event("MODIFIED", pod("a", "Done")), event("ADDED", pod("x", "Done")), event("MODIFIED", pod("b", "Done"))],
          "stay",
        )
      : list("7", pod("a", "New"), pod("b", "New")),
  );
  await observing;
  expect(told).toEqual(["a New", "b New", "a Done", "b Done"]);
  expect(asked()).toEqual([`look ${label}`, `watch from 7 ${label}`]);
});

test("what is done at the first look is not watched", async () => {
  const { observing, asked } = await run(["a"], () => list("7", pod("a", "Done")));
  await observing;
  expect(asked()).toEqual(["look metadata.name=a"]);
});

test("objects that may carry no label are looked for by name", async () => {
  const answer = (request: SeenRequest) => list("1", pod(request.query.get("fieldSelector")?.slice(-1) ?? "", "Done"));
  const { observing, asked } = await run(["a", "b"], answer, { isLabelled: false });
  await observing;
  expect(asked().sort()).toEqual(["look metadata.name=a", "look metadata.name=b"]);
});

test("a watch that ends or breaks goes on from the last version, bookmarks included", async () => {
  const { observing, told, asked } = await run(["a"], (request, _, watches) => {
    if (!isWatch(request)) return list("7", pod("a", "New"));
    if (watches === 1) return events([event("MODIFIED", pod("a", "Half", "8"))], "break");
    if (watches === 2) return events([event("BOOKMARK", { metadata: { resourceVersion: "12" } })]);
    if (watches === 3) return "reset";
    if (watches === 4) return { status: 503 };
    return events([event("DELETED", pod("a", "Half", "13")), event("ADDED", pod("a", "Done", "14"))]);
  });
  await observing;
  expect(told).toEqual(["a New", "a Half", "a absent", "a Done"]);
  expect(asked()).toEqual([
    "look metadata.name=a",
    ...[7, 8, 12, 12, 12].map((version) => `watch from ${version} metadata.name=a`),
  ]);
});

test.each<[string, FakeAnswer]>([
  ["in the answer", failure(410, "Expired", "too old resource version")],
  ["in an event", events([event("ERROR", { kind: "Status", code: 410, message: "too old" })], "stay")],
])("a place that the server has forgotten (410 %s) is looked up anew", async (_, expired) => {
  const { observing, asked } = await run(["a"], (request, lists, watches) => {
    if (!isWatch(request)) return list(String(lists), pod("a", lists === 1 ? "New" : "Half"));
    return watches === 1 ? expired : events([event("MODIFIED", pod("a", "Done"))]);
  });
  await observing;
  expect(asked()).toEqual(["look", "watch from 1", "look", "watch from 2"].map((what) => `${what} metadata.name=a`));
});

test.each<[string, FakeAnswer]>([
  ["not allowed", failure(403, "Forbidden", "no")],
  ["not possible", failure(405, "MethodNotAllowed", "no")],
])("where watching is %s there are looks in between", async (_, refusal) => {
  const { observing, asked } = await run(["a"], (request, lists) =>
    isWatch(request) ? refusal : list("1", pod("a", lists < 4 ? "New" : "Done")),
  );
  await observing;
  expect(asked().filter((what) => what.startsWith("watch"))).toHaveLength(1);
  expect(asked().filter((what) => what.startsWith("look"))).toHaveLength(4);
});

test("where not even listing is allowed, each object is asked for", async () => {
  const { observing, told } = await run(["a", "b"], ({ path }, lists) => {
    const name = /pods\/(.)$/.exec(path)?.[1];
    if (name === undefined) return failure(403, "Forbidden", "no");
    return lists < 5 ? { status: 404 } : { json: { apiVersion: "v1", kind: "Pod", ...pod(name, "Done") } };
  });
  await observing;
  expect(told.filter((text) => text.endsWith("Done")).sort()).toEqual(["a Done", "b Done"]);
  expect(told).toContain("a absent");
});

test("a server that is away for a while is waited for; one that refuses is not", async () => {
  const away = await run(["a"], (request, lists) => {
    if (isWatch(request)) return "reset";
    return lists > 1 && lists < 10 ? { status: 503 } : list("1", pod("a", lists === 1 ? "New" : "Done"));
  });
  await away.observing;
  const refused = await run(["a"], () => failure(400, "BadRequest", "no such selector"));
  await expect(refused.observing).rejects.toMatchObject({ status: 400 });
});

test("a kind that the server comes to know later is observed then", async () => {
  const { observing, told } = await run(["a"], () => list("1", pod("a", "Done")), { kind: "Late" });
  await observing;
  expect(told).toEqual(["a absent", "a Done"]);
});

test("an abort ends it at once", async () => {
  const { observing, stop } = await run(["a"], (request) =>
    isWatch(request) ? events([], "stay") : list("1", pod("a", "New")),
  );
  setTimeout(() => stop.abort(), 30);
  await expect(observing).rejects.toMatchObject({ code: "aborted" });
});
