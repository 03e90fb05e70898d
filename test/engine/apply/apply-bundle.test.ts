import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type ApplyBundleOptions,
  ApplyError,
  type ApplyEvent,
  type ApplyResult,
  ApplyStoppedError,
  applyBundle,
  DependentsError,
  deleteBundle,
  diffBundle,
} from "../../../src/engine/apply/index.js";
import { FaultsError } from "../../../src/engine/diagnostics/index.js";
import { decodeRecord } from "../../../src/engine/inventory/index.js";
import { formatRef, type KubeObject } from "../../../src/engine/object/index.js";
import { OwnershipError, type RenderedBundle } from "../../../src/engine/plan/index.js";
import { openDirectory } from "../../../src/engine/target/directory/index.js";
import { type Target, TargetError } from "../../../src/engine/target/index.js";
import { annotated, bundle, configMap, definition, fixedNow, instance, object } from "../../support/bundles.js";
import { Killed, MemoryTarget, recordKey } from "../../support/memory-target.js";

type Outcome = { result: ApplyResult; events: ApplyEvent[]; actions: string[] };

async function apply(
  rendered: RenderedBundle,
  target: Target,
  options: Partial<ApplyBundleOptions> = {},
): Promise<Outcome> {
  const events: ApplyEvent[] = [];
  const result = await applyBundle(rendered, target, { now: fixedNow, onEvent: (e) => events.push(e), ...options });
  return { result, events, actions: actionsOf(events) };
}

/** What happened to objects and namespaces, one line each. */
function actionsOf(events: readonly ApplyEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.type === "object-applied") return `${formatRef(event.ref)} ${event.action}`;
    if (event.type === "object-deleted") return `${formatRef(event.ref)} deleted`;
    if (event.type === "object-kept") return `${formatRef(event.ref)} kept: ${event.reason}`;
    return event.type === "namespace-created" ? `Namespace/${event.namespace} made` : [];
  });
}

async function catchError(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("nothing was thrown");
}

const [a, b, c] = [configMap("apps", "a"), configMap("apps", "b"), configMap("apps", "c")];
const two = bundle("web", instance("one", "apps", [a, b]), instance("two", "apps", [c]));

/** What the laws hold for: the two kinds of target, with the state that runs are compared by. */
const targets = [
  { kind: "memory", open: async () => new MemoryTarget(), state: async (target: Target) => memoryState(target) },
  {
    kind: "directory",
    open: async () => openDirectory(folder, { now: fixedNow }),
    state: async () => directoryState(folder),
  },
];
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sheaf-apply-"));
});
afterEach(() => rm(folder, { recursive: true }));

function memoryState(target: Target): unknown {
  return target instanceof MemoryTarget ? target.snapshot() : undefined;
}

async function directoryState(root: string): Promise<Record<string, string>> {
  const names = await readdir(root, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(await Promise.all(files.sort().map(async (file) => [file, await readFile(file, "utf8")])));
}

describe.each(targets)("applyBundle() on $kind", ({ open, state }) => {
  test("installs instances in order: namespace, record, objects", async () => {
    const target = await open();
    const { result, events, actions } = await apply(two, target);
    expect(actions).toEqual([
      "Namespace/apps made",
      "ConfigMap/apps/a created",
      "ConfigMap/apps/b created",
      "ConfigMap/apps/c created",
    ]);
    expect(result).toMatchObject({ bundle: "web", unnamed: [], changed: true });
    expect(result.instances.map(({ name, operation, counts }) => [name, operation, counts.created])).toEqual([
      ["one", "install", 2],
      ["two", "install", 1],
    ]);
    const order = events.map(({ type }) => type);
    expect(order.indexOf("preflight-done")).toBeLessThan(order.indexOf("namespace-created"));
    expect(order.indexOf("record-written")).toBeLessThan(order.indexOf("object-applied"));
    expect((await target.listRecords({ bundle: "web" })).map(decodeRecord)).toMatchObject([
      { name: "one", order: 0, instance: { lastTransitionTime: "2026-02-03T04:05:06Z", values: '{"size":2}' } },
      { name: "two", order: 1 },
    ]);
  });

  test("applying again changes nothing, at a later time too", async () => {
    const target = await open();
    await apply(two, target);
    const before = await state(target);
    const { result, actions } = await apply(two, target, { now: () => new Date("2027-01-01T00:00:00Z") });
    expect(result.changed).toBe(false);
    expect(actions.every((action) => action.endsWith("unchanged"))).toBe(true);
    expect(await state(target)).toEqual(before);
  });

  test("an upgrade changes what differs, prunes what is gone, and records both", async () => {
    const target = await open();
    await apply(two, target);
    const next = bundle(
      "web",
      instance("one", "apps", [configMap("apps", "a", { k: "v" }), b]),
      instance("two", "apps", []),
    );
    const { actions, result } = await apply(next, target);
    expect(actions).toEqual(["ConfigMap/apps/a configured", "ConfigMap/apps/b unchanged", "ConfigMap/apps/c deleted"]);
    expect(result.instances[1]?.counts).toMatchObject({ deleted: 1 });
    const records = (await target.listRecords({ bundle: "web" })).map(decodeRecord);
    expect(records.map(({ instance, pending }) => [instance.inventory.length, pending])).toEqual([
      [2, undefined],
      [0, undefined],
    ]);
  });

  test("a dry run tells what would be done, and writes nothing", async () => {
    const target = await open();
    const dry = await apply(two, target, { dryRun: true });
    expect(await target.listRecords({})).toEqual([]);
    const real = await apply(two, target);
    expect(dry.actions).toEqual(real.actions);
    expect(dry.result).toEqual(real.result);

    const before = await state(target);
    const next = bundle("web", instance("one", "apps", [b, configMap("apps", "z")]), instance("two", "apps", [c]));
    const rehearsed = await apply(next, target, { dryRun: true });
    expect(rehearsed.actions).toContain("ConfigMap/apps/a deleted");
    expect(await state(target)).toEqual(before);
    expect([...rehearsed.actions].sort()).toEqual([...(await apply(next, target)).actions].sort());
  });

  test("an instance that the bundle no longer names is told and left as it is", async () => {
    const target = await open();
    await apply(two, target);
    const { result, events } = await apply(bundle("web", instance("one", "apps", [a, b])), target);
    expect(result.unnamed).toEqual([{ name: "two", namespace: "apps" }]);
    expect(events).toContainEqual({
      type: "instance-unnamed",
      instance: { name: "two", namespace: "apps" },
      pruned: false,
    });
    expect(await target.listRecords({})).toHaveLength(2);
  });

  test("an instance of another bundle stops the apply before any write, unless it is taken over", async () => {
    const target = await open();
    await apply(two, target);
    const before = await state(target);
    const other = bundle("other", instance("new", "fresh", [configMap("fresh", "x")]), instance("two", "apps", [a]));
    expect(await catchError(apply(other, target))).toBeInstanceOf(OwnershipError);
    expect(await state(target)).toEqual(before);

    const { actions } = await apply(other, target, { overwriteOwnership: true });
    expect(actions).toContain("ConfigMap/apps/c deleted");
    const owners = (await target.listRecords({})).map(decodeRecord).map(({ name, bundle }) => [name, bundle]);
    expect(owners.sort()).toEqual([
      ["new", "other"],
      ["one", "web"],
      ["two", "other"],
    ]);
  });

  test.each([
    { title: "nothing else is in it", others: [], first: [], next: [], want: "deleted" },
    {
      title: "an instance of another bundle lives in it",
      others: [bundle("guest", instance("g", "extra", []))],
      first: [],
      next: [],
      want: "kept: in-use",
    },
    {
      title: "an instance of another bundle has an object in it",
      others: [bundle("guest", instance("g", "away", [configMap("extra", "g")]))],
      first: [],
      next: [],
      want: "kept: in-use",
    },
    {
      title: "the bundle still has an object in it",
      others: [],
      first: [],
      next: [configMap("extra", "x")],
      want: "kept: in-use",
    },
    {
      title: "an object in it is never to be deleted",
      others: [],
      first: [annotated(configMap("extra", "x"), { "action.timoni.sh/prune": "disabled" })],
      next: [],
      want: "kept: in-use",
    },
  ])("a Namespace that is no longer rendered is $want where $title", async ({ others, first, next, want }) => {
    const target = await open();
    const extra = object("v1", "Namespace", "extra");
    await apply(bundle("web", instance("one", "apps", [extra, a, ...first])), target);
    for (const other of others) await apply(other, target);
    const after = bundle("web", instance("one", "apps", [a, ...next]));
    const dry = await apply(after, target, { dryRun: true });
    const { actions } = await apply(after, target);
    expect(actions).toContain(`Namespace/extra ${want}`);
    expect(dry.actions).toContain(`Namespace/extra ${want}`);
    expect((await apply(after, target)).result.changed).toBe(false);
  });

  test("an object that moves between instances of a bundle is never deleted", async () => {
    const target = await open();
    await apply(two, target);
    const moved = bundle("web", instance("one", "apps", [a]), instance("two", "apps", [b, c]));
    const { actions } = await apply(moved, target);
    expect(actions).toEqual([
      "ConfigMap/apps/a unchanged",
      "ConfigMap/apps/b configured",
      "ConfigMap/apps/c unchanged",
    ]);
    expect((await apply(moved, target)).result.changed).toBe(false);
  });

  test("an object that says so is not pruned, and one that another instance took is left alone", async () => {
    const target = await open();
    const kept = annotated(a, { "action.timoni.sh/prune": "disabled" });
    await apply(bundle("web", instance("one", "apps", [kept, b])), target);
    await apply(bundle("thief", instance("t", "apps", [b])), target);
    const { actions } = await apply(bundle("web", instance("one", "apps", [c])), target);
    expect(actions).toEqual([
      "ConfigMap/apps/c created",
      "ConfigMap/apps/b kept: not-owned",
      "ConfigMap/apps/a kept: prune-disabled",
    ]);
    expect((await target.read([refFor("b"), refFor("a")])).every((live) => live !== undefined)).toBe(true);
  });

  test("taking over an object of a foreign instance is a warning", async () => {
    const target = await open();
    await apply(two, target);
    const { events } = await apply(bundle("thief", instance("t", "apps", [b])), target);
    const warnings = events.flatMap((event) => (event.type === "warning" ? event.message : []));
    expect(warnings).toEqual([expect.stringContaining('"t" takes over ConfigMap/apps/b from instance "one"')]);
  });

  test("a one-off object is applied once", async () => {
    const target = await open();
    const once = annotated(a, { "action.timoni.sh/one-off": "enabled" });
    await apply(bundle("web", instance("one", "apps", [once])), target);
    const { actions } = await apply(bundle("web", instance("one", "apps", [{ ...once, data: { new: "x" } }])), target);
    expect(actions).toEqual(["ConfigMap/apps/a skipped"]);
    const [live] = await target.read([refFor("a")]);
    expect(live?.data).toEqual({});
  });

  test("a Secret's stringData is compared, and a key that is dropped goes", async () => {
    const target = await open();
    const secret = (stringData: Record<string, string>) =>
      bundle("web", instance("one", "apps", [object("v1", "Secret", "s", "apps", { type: "Opaque", stringData })]));
    await apply(secret({ a: "1", b: "2" }), target);
    expect((await apply(secret({ a: "1", b: "2" }), target)).result.changed).toBe(false);
    await apply(secret({ a: "1" }), target);
    const [live] = await target.read([{ group: "", version: "v1", kind: "Secret", namespace: "apps", name: "s" }]);
    expect(live?.data).toEqual({ a: "MQ==" });
  });

  test("instances that change places are recorded at their new ones", async () => {
    const target = await open();
    await apply(two, target);
    const swapped = bundle("web", instance("two", "apps", [c]), instance("one", "apps", [a, b]));
    expect((await apply(swapped, target)).result.changed).toBe(true);
    const places = (await target.listRecords({})).map(decodeRecord).map(({ name, order }) => [name, order]);
    expect(places.sort()).toEqual([
      ["one", 1],
      ["two", 0],
    ]);
    expect((await apply(swapped, target)).result.changed).toBe(false);
  });

  test("values that change alone change the record alone", async () => {
    const target = await open();
    await apply(two, target);
    const next = bundle("web", instance("one", "apps", [a, b], { values: { size: 99 } }), instance("two", "apps", [c]));
    const { events, actions, result } = await apply(next, target);
    expect(actions.every((action) => action.endsWith("unchanged"))).toBe(true);
    expect(events.flatMap((event) => (event.type === "record-written" ? event.state : []))).toEqual([
      "pending",
      "current",
    ]);
    expect(result.changed).toBe(true);
  });
});

describe("before the first write", () => {
  const denied = new TargetError("forbidden", "you may not create configmaps in namespace apps");

  test("failing dry runs are reported together, by instance and object, and nothing is written", async () => {
    const target = new MemoryTarget(["apps"]);
    target.refuse = ({ metadata }) => (metadata.name === "b" || metadata.name === "c" ? denied : undefined);
    const error = await catchError(apply(two, target));
    expect(error).toBeInstanceOf(FaultsError);
    expect(error.message).toBe(
      `instance "one": ConfigMap/apps/b: ${denied.message}\ninstance "two": ConfigMap/apps/c: ${denied.message}`,
    );
    expect(target.writes).toEqual([]);
  });

  test("a target that is out of reach is told once, as it is", async () => {
    const target = new MemoryTarget(["apps"]);
    const unreachable = new TargetError("unreachable", "no answer");
    target.refuse = () => unreachable;
    expect(await catchError(apply(two, target))).toBe(unreachable);
  });

  test("a kind that nothing defines is refused; one whose definition comes along is applied after it", async () => {
    const target = new MemoryTarget();
    const widget = object("x.example/v1", "Widget", "w", "apps");
    const error = await catchError(apply(bundle("web", instance("one", "apps", [widget])), target));
    expect(error.message).toContain("does not know Widget of x.example/v1, and no definition in the bundle serves it");
    expect(target.writes).toEqual([]);

    const whole = bundle(
      "web",
      instance("crds", "apps", [definition("x.example", "Widget")]),
      instance("one", "apps", [widget]),
    );
    const { events } = await apply(whole, target);
    expect(target.objects.has("x.example/Widget/apps/w")).toBe(true);
    expect(events).toContainEqual(expect.objectContaining({ type: "waiting", until: "established", objects: 1 }));
  });

  test("a version that the definition in the bundle does not serve is refused", async () => {
    const target = new MemoryTarget();
    const widget = object("x.example/v2", "Widget", "w", "apps");
    const whole = bundle("web", instance("one", "apps", [definition("x.example", "Widget"), widget]));
    const error = await catchError(apply(whole, target));
    expect(error.message).toContain("its definition in the bundle refuses: it serves v1, not v2");
    expect(target.writes).toEqual([]);
  });

  test("a namespace that nothing makes is refused", async () => {
    const target = new MemoryTarget();
    const error = await catchError(apply(bundle("web", instance("one", "apps", [configMap("nowhere", "x")])), target));
    expect(error.message).toContain("namespace nowhere does not exist, and nothing in the bundle makes it");
    expect(target.writes).toEqual([]);
  });

  test("without the right to make namespaces, a missing one is refused", async () => {
    const target = new MemoryTarget();
    const error = await catchError(apply(two, target, { createNamespaces: false }));
    expect(error.message).toContain("namespace apps does not exist");
    expect(target.writes).toEqual([]);
  });

  test("an object that the old definition refuses is applied when the bundle changes that definition", async () => {
    const target = new MemoryTarget();
    const crd = definition("x.example", "Widget");
    const widget = object("x.example/v1", "Widget", "w", "apps", { spec: { next: true } });
    await apply(bundle("web", instance("crds", "apps", [crd])), target);
    target.refuse = ({ kind }) =>
      kind === "Widget" && !JSON.stringify(target.get(crdKey)).includes("next")
        ? new TargetError("invalid-object", "unknown field spec.next")
        : undefined;
    const both = (definition: KubeObject) => bundle("web", instance("crds", "apps", [definition, widget]));
    expect((await catchError(apply(both(crd), target))).message).toContain("unknown field spec.next");
    const { events } = await apply(both({ ...crd, spec: { ...Object(crd.spec), next: true } }), target);
    expect(events).toContainEqual(expect.objectContaining({ type: "warning", code: "preview-incomplete" }));
    expect(target.objects.has("x.example/Widget/apps/w")).toBe(true);
  });

  test("an object is not pruned under another name that leads to it: a namespace where its kind has none", async () => {
    const target = new MemoryTarget();
    await apply(bundle("crds", instance("crds", "apps", [definition("x.example", "Widget", "Cluster")])), target);
    const named = object("x.example/v1", "Widget", "w", "apps");
    const bare = object("x.example/v1", "Widget", "w");
    for (const [first, next] of [
      [named, bare],
      [bare, named],
    ] as const) {
      await apply(bundle("web", instance("one", "apps", [first, a])), target);
      const dry = await apply(bundle("web", instance("one", "apps", [next, a])), target, { dryRun: true });
      const real = await apply(bundle("web", instance("one", "apps", [next, a])), target);
      expect(target.objects.has("x.example/Widget//w")).toBe(true);
      expect([dry, real].flatMap(({ actions }) => actions).join()).not.toContain("deleted");
    }
    // One that was deleted by hand is made anew, and stays.
    target.objects.delete("x.example/Widget//w");
    await apply(bundle("web", instance("one", "apps", [bare, a])), target);
    expect(target.objects.has("x.example/Widget//w")).toBe(true);
  });

  test("a definition is not pruned while a resource that is never to be deleted needs it", async () => {
    const target = new MemoryTarget();
    const kept = annotated(object("x.example/v1", "Widget", "w", "apps"), { "action.timoni.sh/prune": "disabled" });
    await apply(bundle("web", instance("one", "apps", [definition("x.example", "Widget"), kept, a])), target);
    const next = bundle("web", instance("one", "apps", [a]));
    const { actions } = await apply(next, target, { deleteResources: true });
    expect(actions.sort()).toEqual([
      "ConfigMap/apps/a unchanged",
      "CustomResourceDefinition/widgets.x.example kept: in-use",
      "Widget/apps/w kept: prune-disabled",
    ]);
    expect(target.objects.has("x.example/Widget/apps/w")).toBe(true);
  });

  test("definitions are not pruned while resources of others need them, unless those may be deleted", async () => {
    const target = new MemoryTarget();
    await apply(bundle("web", instance("one", "apps", [definition("x.example", "Widget"), a])), target);
    await apply(bundle("user", instance("u", "team", [object("x.example/v1", "Widget", "w", "team")])), target);
    const before = target.snapshot();
    const next = bundle("web", instance("one", "apps", [a]));
    const error = await catchError(apply(next, target));
    expect(error).toBeInstanceOf(DependentsError);
    expect(error.message).toContain("Widget/team/w");
    expect(target.snapshot()).toEqual(before);

    target.writes.length = 0;
    await apply(next, target, { deleteResources: true });
    expect(target.writes.filter((write) => write.startsWith("delete"))).toEqual([
      "delete Widget/team/w",
      "delete CustomResourceDefinition/widgets.x.example",
    ]);
  });

  const crdKey = "apiextensions.k8s.io/CustomResourceDefinition//widgets.x.example";
});

describe("while it works", () => {
  test("an unchanged apply asks little and writes nothing", async () => {
    const target = new MemoryTarget();
    await apply(two, target);
    target.calls.length = 0;
    target.writes.length = 0;
    await apply(two, target, { wait: false });
    expect(target.writes).toEqual([]);
    expect(target.calls).toEqual([
      "check",
      "listRecords",
      "preview ConfigMap/apps/a",
      "preview ConfigMap/apps/b",
      "preview ConfigMap/apps/c",
    ]);
  });

  test("the instance's own Namespace is applied once, before the record that lives in it", async () => {
    const target = new MemoryTarget();
    await apply(bundle("web", instance("one", "apps", [object("v1", "Namespace", "apps"), a])), target);
    const record = "record apps/timoni.one";
    expect(target.writes).toEqual(["apply Namespace/apps", record, "apply ConfigMap/apps/a", record]);
  });

  test("a Namespace that a later instance brings is first made, then configured", async () => {
    const target = new MemoryTarget();
    const ns = object("v1", "Namespace", "apps");
    const { actions } = await apply(bundle("web", instance("one", "apps", [a]), instance("two", "apps", [ns])), target);
    expect(actions).toEqual(["Namespace/apps made", "ConfigMap/apps/a created", "Namespace/apps configured"]);
  });

  test("an upgrade is pending before its first object, and promoted after pruning", async () => {
    const target = new MemoryTarget();
    await apply(two, target);
    target.writes.length = 0;
    await apply(
      bundle("web", instance("one", "apps", [b, configMap("apps", "n")]), instance("two", "apps", [c])),
      target,
    );
    expect(target.writes).toEqual([
      "record apps/timoni.one",
      "apply ConfigMap/apps/n",
      "delete ConfigMap/apps/a",
      "record apps/timoni.one",
    ]);
  });

  test("stages follow one another, and objects of one kind go at the same time", async () => {
    const target = new MemoryTarget();
    const objects = [
      definition("x.example", "Widget"),
      object("v1", "Namespace", "other"),
      object("rbac.authorization.k8s.io/v1", "ClusterRole", "r"),
      object("v1", "ServiceAccount", "s", "apps"),
      object("rbac.authorization.k8s.io/v1", "Role", "r", "apps"),
      object("x.example/v1", "Widget", "w", "apps"),
    ];
    await apply(bundle("web", instance("one", "apps", objects)), target);
    const work = target.calls.filter((call) => call.startsWith("apply") || call.startsWith("wait"));
    expect(work).toEqual([
      "apply Namespace/apps",
      "apply CustomResourceDefinition/widgets.x.example",
      "apply Namespace/other",
      "apply ClusterRole/r",
      "waitReady CustomResourceDefinition/widgets.x.example,Namespace/other,ClusterRole/r",
      "apply Role/apps/r",
      "apply ServiceAccount/apps/s",
      "apply Widget/apps/w",
      "waitReady CustomResourceDefinition/widgets.x.example,Namespace/other,ClusterRole/r,ServiceAccount/apps/s,Role/apps/r,Widget/apps/w",
    ]);
  });

  test("a set is ready before the next one starts", async () => {
    const target = new MemoryTarget();
    const sets = [
      { name: "db", objects: [a] },
      { name: "app", objects: [b] },
    ];
    await apply(bundle("web", instance("one", "apps", [a, b], { sets })), target);
    const work = target.calls.filter((call) => call.startsWith("apply C") || call.startsWith("wait"));
    expect(work).toEqual([
      "apply ConfigMap/apps/a",
      "waitReady ConfigMap/apps/a",
      "apply ConfigMap/apps/b",
      "waitReady ConfigMap/apps/a,ConfigMap/apps/b",
    ]);
  });

  test("an instance that is not ready is pruned and recorded all the same; the next instance is not started", async () => {
    const target = new MemoryTarget();
    await apply(two, target);
    target.readiness = ({ metadata }) =>
      metadata.name === "n" ? { state: "in-progress", message: "0 of 1 available" } : { state: "current", message: "" };
    const next = bundle("web", instance("one", "apps", [b, configMap("apps", "n")]), instance("two", "apps", []));
    const error = await catchError(apply(next, target));
    expect(error).toBeInstanceOf(ApplyStoppedError);
    expect(error.message).toContain(
      'instance "one": not ready in time:\n  ConfigMap/apps/n: in-progress: 0 of 1 available',
    );
    expect(error.message).toContain('stopped at instance "one"; not started: "two"; apply the bundle again to finish');
    expect(target.objects.has("/ConfigMap/apps/a")).toBe(false);
    expect(decodeRecord(recordOf(target, "one")).pending).toBeUndefined();
    expect(decodeRecord(recordOf(target, "one")).instance.inventory).toHaveLength(2);
    expect(target.objects.has("/ConfigMap/apps/c")).toBe(true);
  });

  test("a prune that fails does not hide what was not ready", async () => {
    const target = new MemoryTarget();
    await apply(two, target);
    target.readiness = () => ({ state: "failed", message: "no image" });
    target.delete = async () => {
      throw new TargetError("forbidden", "you may not delete configmaps");
    };
    const next = bundle(
      "web",
      instance("one", "apps", [configMap("apps", "a", { k: "v" })]),
      instance("two", "apps", [c]),
    );
    const error = await catchError(apply(next, target));
    expect(error.message).toContain("ConfigMap/apps/a: failed: no image");
    expect(error.message).toContain("ConfigMap/apps/b: you may not delete configmaps");
    expect(decodeRecord(recordOf(target, "one")).pending).toBeDefined();
  });

  test("an object that says so is not waited for, and without waiting none is", async () => {
    const target = new MemoryTarget();
    target.readiness = () => ({ state: "in-progress", message: "" });
    const lazy = annotated(a, { "action.timoni.sh/wait": "disabled" });
    await apply(bundle("web", instance("one", "apps", [lazy])), target);
    await apply(bundle("web", instance("one", "apps", [lazy, b])), target, { wait: false });
    expect(target.objects.has("/ConfigMap/apps/b")).toBe(true);
  });

  test("a run waits no longer than it may, however long an instance may take", async () => {
    const target = new MemoryTarget();
    const waits = async (runTimeoutMs?: number) => {
      const options = { timeoutMs: 60_000, ...(runTimeoutMs === undefined ? {} : { runTimeoutMs }) };
      const { events } = await apply(bundle("web", instance("one", "apps", [configMap("apps", "a")])), target, options);
      return events.flatMap((event) => (event.type === "waiting" ? event.timeoutMs : []));
    };
    expect(await waits()).toEqual([60_000]);
    expect(await waits(0)).toEqual([0]);
  });

  test("definitions are waited for even without waiting", async () => {
    const target = new MemoryTarget();
    target.readiness = () => ({ state: "in-progress", message: "" });
    const crds = bundle("web", instance("one", "apps", [definition("x.example", "Widget"), a]));
    await catchError(apply(crds, target, { wait: false }));
    expect(target.objects.has("/ConfigMap/apps/a")).toBe(false);
  });

  test.each([
    { title: "the run", options: { force: true }, target: a },
    { title: "the object", options: {}, target: annotated(a, { "action.timoni.sh/force": "enabled" }) },
  ])("an immutable field recreates the object where $title says so", async ({ options, target: changed }) => {
    const target = new MemoryTarget();
    await apply(two, target);
    target.refuse = ({ metadata }) =>
      metadata.name === "a" ? new TargetError("immutable-field", "data is immutable") : undefined;
    const next = (first: KubeObject) =>
      bundle("web", instance("one", "apps", [first, b]), instance("two", "apps", [c]));
    if (changed === a) expect((await catchError(apply(next(a), target))).message).toContain("data is immutable");
    target.writes.length = 0;
    const { actions } = await apply(next(changed), target, options);
    expect(actions[0]).toBe("ConfigMap/apps/a recreated");
    // What was recreated may have taken others along: from there on every object is applied, whatever its dry run said.
    expect(target.writes.filter((write) => write.startsWith("apply"))).toContain("apply ConfigMap/apps/c");
  });

  test("of two runs that start together one wins, and the other stops before it has touched an object", async () => {
    const target = new MemoryTarget();
    await apply(two, target);
    target.writes.length = 0;
    const version = (text: string) =>
      bundle(
        "web",
        instance("one", "apps", [configMap("apps", "a", { text }), b], { values: { text } }),
        instance("two", "apps", [c]),
      );
    const runs = await Promise.allSettled([apply(version("first"), target), apply(version("second"), target)]);
    const lost = runs.filter((run) => run.status === "rejected");
    expect(lost).toHaveLength(1);
    expect(String(lost[0]?.reason)).toContain("by another run");
    expect(target.writes.filter((write) => write === "apply ConfigMap/apps/a")).toHaveLength(1);
  });

  test("stopping on request leaves a record that the next run finishes", async () => {
    const target = new MemoryTarget();
    const stop = new AbortController();
    const onEvent = (event: ApplyEvent) => event.type === "object-applied" && stop.abort();
    const role = object("v1", "Service", "s", "apps");
    const rendered = bundle("web", instance("one", "apps", [a, role]));
    const error = await catchError(applyBundle(rendered, target, { now: fixedNow, signal: stop.signal, onEvent }));
    expect(error.message).toContain("stopped on request");
    expect(target.objects.has("/Service/apps/s")).toBe(false);
    expect((await apply(rendered, target)).actions).toEqual(["ConfigMap/apps/a unchanged", "Service/apps/s created"]);
  });

  test("a delete that did not finish is undone by an apply", async () => {
    const target = new MemoryTarget();
    await apply(two, target);
    target.killAt = { write: target.writes.length + 3, after: true };
    await expect(deleteBundle("web", target, { now: fixedNow })).rejects.toThrow(Killed);
    target.killAt = undefined;
    await apply(two, target);
    expect(decodeRecord(recordOf(target, "one")).deleting).toBeUndefined();
    expect(target.objects.has("/ConfigMap/apps/c")).toBe(true);
  });
});

describe("killed at any write", () => {
  const secret = object("v1", "Secret", "s", "apps", { stringData: { key: "v" } });
  const crd = definition("x.example", "Widget");
  const widget = object("x.example/v1", "Widget", "w", "apps");
  const install = bundle(
    "web",
    instance("one", "apps", [object("v1", "Namespace", "apps"), crd, a, secret]),
    instance("two", "other", [widget, b]),
  );
  const upgrade = bundle(
    "web",
    instance("one", "apps", [object("v1", "Namespace", "apps"), crd, configMap("apps", "a", { new: "x" }), c]),
    instance("two", "other", [configMap("apps", "d")]),
  );
  const elsewhere = bundle("web", instance("one", "apps", [configMap("apps", "e")]), instance("two", "other", [b]));

  test.each([
    { title: "an install", first: undefined, next: install, last: install },
    { title: "an upgrade with pruning", first: install, next: upgrade, last: upgrade },
    { title: "an upgrade that is given up for the old revision", first: install, next: upgrade, last: install },
    { title: "an upgrade that is overtaken by another", first: install, next: upgrade, last: elsewhere },
    { title: "an install that is overtaken by an upgrade", first: undefined, next: install, last: upgrade },
  ])("$title converges", async ({ first, next, last }) => {
    const prepare = async () => {
      const target = new MemoryTarget();
      if (first !== undefined) await apply(first, target);
      target.writes.length = 0;
      return target;
    };
    const clean = new MemoryTarget();
    await apply(last, clean);
    const whole = await prepare();
    await apply(next, whole);
    expect(whole.writes.length).toBeGreaterThan(5);
    for (let write = 0; write < whole.writes.length; write++) {
      for (const after of [false, true]) {
        const target = await prepare();
        target.killAt = { write, after };
        const death = await catchError(apply(next, target));
        expect(death instanceof Killed || death.cause instanceof Killed, String(death)).toBe(true);
        target.killAt = undefined;
        await apply(last, target);
        expect(withoutMade(target), `${write} ${after}`).toEqual(withoutMade(clean));
        await deleteBundle("web", target, { now: fixedNow });
        const left = [...target.objects.keys()].filter((key) => !key.startsWith("/Namespace/"));
        expect(left).toEqual([]);
      }
    }
  });

  test("an unfinished revision is not forgotten when another is killed on top of it", async () => {
    for (let write = 0; write < 12; write++) {
      const target = new MemoryTarget();
      await apply(install, target);
      target.killAt = { write: target.writes.length + 2, after: true };
      await catchError(apply(upgrade, target));
      expect(target.objects.has("/ConfigMap/apps/c")).toBe(true);
      target.killAt = { write: target.writes.length + write, after: true };
      await apply(elsewhere, target).catch(() => undefined);
      target.killAt = undefined;
      await apply(install, target);
      const clean = new MemoryTarget();
      await apply(install, clean);
      expect(withoutMade(target), String(write)).toEqual(withoutMade(clean));
    }
  });

  test("a bundle that was killed while it was installed can be deleted", async () => {
    const whole = new MemoryTarget();
    await apply(install, whole);
    // The first two writes make a namespace and a record: before there is a record there is nothing to delete by.
    for (let write = 2; write < whole.writes.length; write++) {
      const target = new MemoryTarget();
      target.killAt = { write, after: true };
      await catchError(apply(install, target));
      target.killAt = undefined;
      await deleteBundle("web", target, { now: fixedNow });
      expect([...target.objects.keys()].filter((key) => key !== "/Namespace//other")).toEqual([]);
    }
  });

  /** The state without namespaces that were made for instances: they stay, also for a revision that was given up. */
  function withoutMade(target: MemoryTarget): unknown {
    const entries = Object.entries(target.snapshot()).filter(
      ([key]) => key !== "/Namespace//other" && key !== "/Namespace//apps",
    );
    return Object.fromEntries(entries);
  }
});

describe("diffBundle()", () => {
  test("tells changes in order, masked, and changes nothing", async () => {
    const target = new MemoryTarget();
    const secret = (key: string) => object("v1", "Secret", "s", "apps", { stringData: { key, same: "hunter1" } });
    const before = bundle("web", instance("one", "apps", [a, b, secret("hunter2")]));
    await apply(before, target);
    const state = target.snapshot();
    const next = bundle("web", instance("one", "apps", [b, configMap("apps", "n", { k: "v" }), secret("hunter3")]));
    const diff = await diffBundle(next, target, { now: fixedNow });
    expect(target.snapshot()).toEqual(state);
    expect(diff.changes.map(({ ref, action }) => `${formatRef(ref)} ${action}`)).toEqual([
      "ConfigMap/apps/n created",
      "Secret/apps/s configured",
      "ConfigMap/apps/a deleted",
    ]);
    const [created, configured, deleted] = diff.changes.map((change) => change.diff);
    expect(created?.before).toBeUndefined();
    expect(created?.after).toMatchObject({ data: { k: "v" } });
    expect(configured?.before?.data).toEqual({ key: "*** (before)", same: "***" });
    expect(configured?.after?.data).toEqual({ key: "*** (after)", same: "***" });
    expect(deleted?.after).toBeUndefined();
    expect(JSON.stringify(diff)).not.toMatch(/hunter|aHVudGVy|resourceVersion/);
  });

  test("of what is applied already is empty", async () => {
    const target = new MemoryTarget();
    await apply(two, target);
    expect(await diffBundle(two, target, { now: fixedNow })).toEqual({
      bundle: "web",
      changed: false,
      changes: [],
      namespaces: [],
      unnamed: [],
      warnings: [],
    });
  });
});

test("no secret is in any event or message", async () => {
  const marker = "s3cr3t-marker";
  const target = new MemoryTarget();
  const objects = [
    configMap("apps", "a", { url: `https://user:${marker}@example.com` }),
    object("v1", "Secret", "s", "apps", { stringData: { password: marker } }),
  ];
  const rendered = { ...bundle("web", instance("one", "apps", objects, { values: { marker } })), secrets: [marker] };
  const { events } = await apply(rendered, target, { diff: true });
  target.readiness = () => ({ state: "failed", message: `cannot log in with ${marker}` });
  target.refuse = () => new TargetError("invalid-object", `invalid value: "${marker}"`);
  const refused = await catchError(apply(rendered, target, { onEvent: (event) => events.push(event) }));
  target.refuse = () => undefined;
  const failed = await catchError(apply(rendered, target, { onEvent: (event) => events.push(event) }));
  // What a logger would print: the causes, too, in every part.
  const told = JSON.stringify(events) + inspect([refused, failed], { depth: 10 });
  expect(refused).toBeInstanceOf(Error);
  expect(failed).toBeInstanceOf(ApplyStoppedError);
  expect(failed.cause).toBeInstanceOf(ApplyError);
  expect(told).toContain("***");
  expect(events).toContainEqual(expect.objectContaining({ type: "object-state" }));
  expect(told).not.toContain(marker);
  expect(told).not.toContain(Buffer.from(marker).toString("base64"));
});

function recordOf(target: MemoryTarget, name: string): KubeObject {
  const record = target.get(recordKey("apps", name));
  if (record === undefined) throw new Error("no record");
  return record;
}

function refFor(name: string) {
  return { group: "", version: "v1", kind: "ConfigMap", namespace: "apps", name };
}
