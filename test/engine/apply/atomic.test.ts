import { describe, expect, test } from "vitest";
import {
  type ApplyBundleOptions,
  type ApplyEvent,
  ApplyRolledBackError,
  ApplyStoppedError,
  applyBundle,
  type Restore,
} from "../../../src/engine/apply/index.js";
import { FaultsError, SheafError } from "../../../src/engine/diagnostics/index.js";
import { decodeRecord, encodeRecord, type InstanceRevision } from "../../../src/engine/inventory/index.js";
import { equalJson } from "../../../src/engine/json/index.js";
import type { KubeObject } from "../../../src/engine/object/index.js";
import type { RenderedBundle } from "../../../src/engine/plan/index.js";
import { type Target, TargetError } from "../../../src/engine/target/index.js";
import { annotated, bundle, configMap, definition, fixedNow, instance, object } from "../../support/bundles.js";
import { Killed, MemoryTarget, recordKey } from "../../support/memory-target.js";

/** Renders a recorded revision from the bundles that were applied: their values tell them apart. */
function restorer(...bundles: readonly RenderedBundle[]): Restore {
  return async ({ name, values }: InstanceRevision) => {
    const all = bundles.flatMap(({ instances }) => instances);
    const found = all.find((each) => each.name === name && JSON.stringify(each.values) === values);
    if (found === undefined) throw new TargetError("api-error", "no such module any more");
    return found;
  };
}

async function apply(rendered: RenderedBundle, target: Target, options: Partial<ApplyBundleOptions> = {}) {
  const events: ApplyEvent[] = [];
  const onEvent = (event: ApplyEvent) => events.push(event);
  const result = await applyBundle(rendered, target, { now: fixedNow, onEvent, ...options });
  return { result, events };
}

async function faultOf(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("nothing was thrown");
}

const crd = definition("x.example", "Widget");
const widget = object("x.example/v1", "Widget", "w", "apps");
const [a, b, c, d] = [configMap("apps", "a"), configMap("apps", "b"), configMap("apps", "c"), configMap("apps", "d")];
const bad = configMap("apps", "bad");

/** Three instances; the upgrade changes, prunes, adds and moves objects, and brings a new instance before the last. */
const first = bundle(
  "web",
  instance("one", "apps", [crd, a, b], { values: { revision: 1 } }),
  instance("two", "apps", [widget, c], { values: { revision: 1 } }),
  instance("last", "other", [configMap("other", "z")], { values: { revision: 1 } }),
);
const next = bundle(
  "web",
  instance("one", "apps", [crd, configMap("apps", "a", { k: "new" })], { values: { revision: 2 } }),
  instance("two", "apps", [widget, b, d], { values: { revision: 2 } }),
  instance("new", "fresh", [configMap("fresh", "n")], { values: { revision: 1 } }),
  instance("last", "other", [configMap("other", "z", { k: "new" }), bad], { values: { revision: 2 } }),
);
const restore = restorer(first, next);

/** A cluster that has the first bundle, on which the last instance of the next one does not become ready. */
async function prepared(): Promise<MemoryTarget> {
  const target = new MemoryTarget();
  await apply(first, target);
  target.readiness = ({ metadata }) =>
    metadata.name === "bad" ? { state: "failed", message: "it is bad" } : { state: "current", message: "" };
  return target;
}

/** All but the namespaces that instances were made in, which stay, and what differs at every write. */
function state(target: MemoryTarget): Record<string, unknown> {
  const entries = Object.entries(target.snapshot()).filter(([key]) => key !== "/Namespace//fresh");
  return Object.fromEntries(entries);
}

describe("an atomic apply", () => {
  test("takes every instance back to its recorded revision, and removes new ones", async () => {
    const target = await prepared();
    const before = state(target);
    const events: ApplyEvent[] = [];
    const error = await faultOf(apply(next, target, { restore, onEvent: (event) => events.push(event) }));
    expect(error).toBeInstanceOf(ApplyRolledBackError);
    expect(error).toMatchObject({
      code: "apply-rolled-back",
      failed: { name: "last" },
      rollback: { restored: [{ name: "one" }, { name: "two" }, { name: "last" }], removed: [{ name: "new" }] },
    });
    expect(error.message).toContain("it is bad");
    expect(error.message).toMatch(/restored: "one", "two", "last"; removed: "new"; the bundle is as it was before$/);
    expect(state(target)).toEqual(before);
    const told = events.map(({ type }) => type);
    expect(told.indexOf("rollback-started")).toBeLessThan(told.indexOf("instance-restored"));
  });

  test("deletes nothing of the earlier revisions before all instances are ready", async () => {
    const target = await prepared();
    await faultOf(apply(next, target, { restore }));
    expect(target.writes.filter((write) => write.startsWith("delete ConfigMap/apps/"))).toEqual([
      "delete ConfigMap/apps/bad",
      "delete ConfigMap/apps/d",
    ]);
  });

  test("that goes well is as any other", async () => {
    const [plain, atomic] = [new MemoryTarget(), new MemoryTarget()];
    for (const rendered of [first, next]) {
      const want = await apply(rendered, plain);
      const { result } = await apply(rendered, atomic, { restore });
      expect(result).toEqual(want.result);
    }
    expect(atomic.snapshot()).toEqual(plain.snapshot());
    const again = atomic.writes.length;
    await apply(next, atomic, { restore });
    expect(atomic.writes).toHaveLength(again);
  });

  test("goes back from an object that the server refuses, too", async () => {
    const target = await prepared();
    const before = state(target);
    target.refuse = () => undefined;
    let previewed = 0;
    target.refuse = ({ metadata }) =>
      metadata.name === "bad" && previewed++ > 0 ? new TargetError("api-error", "quota exceeded") : undefined;
    const error = await faultOf(apply(next, target, { restore }));
    expect(error.message).toContain("quota exceeded");
    expect(state(target)).toEqual(before);
  });

  test("of a new bundle leaves nothing of it", async () => {
    const target = new MemoryTarget(["apps", "other", "fresh"]);
    const before = target.snapshot();
    target.readiness = ({ metadata }) => ({
      state: metadata.name === "bad" ? "failed" : "current",
      message: "",
    });
    const error = await faultOf(apply(next, target, { restore }));
    expect(error.message).toContain('removed: "one", "two", "new", "last"');
    expect(target.snapshot()).toEqual(before);
  });

  test("is refused before the first write where a recorded revision is not to be had", async () => {
    const target = await prepared();
    const writes = target.writes.length;
    const error = await faultOf(apply(next, target, { restore: restorer(next) }));
    expect(error).toBeInstanceOf(FaultsError);
    expect(error.message).toContain(
      'instance "one": cannot go back to the recorded revision (app 1.0.0) if the apply fails',
    );
    expect(target.writes).toHaveLength(writes);
  });

  test("says where another digest of the same version would go back in", async () => {
    const target = await prepared();
    const other: Restore = async (revision) => {
      const found = await restore(revision);
      return { ...found, module: { ...found.module, digest: "sha256:11" } };
    };
    const { events } = await apply(next, target, { restore: other, dryRun: true });
    expect(events).toContainEqual(
      expect.objectContaining({
        type: "warning",
        code: "module-replaced",
        message: expect.stringContaining("sha256:11"),
      }),
    );
  });

  test("leaves to another run what that one has taken over", async () => {
    const target = await prepared();
    target.refuse = ({ metadata }) => {
      const record = target.objects.get(recordKey("other", "last"));
      if (metadata.name === "n" && target.writes.length > 8 && record !== undefined)
        record.metadata.resourceVersion = "of-another-run";
      return undefined;
    };
    const before = target.snapshot()["/ConfigMap/apps/a"];
    const error = await faultOf(apply(next, target, { restore }));
    expect(error).toBeInstanceOf(ApplyStoppedError);
    expect(error.message).toContain("by another run");
    expect(target.snapshot()["/ConfigMap/apps/a"]).not.toEqual(before);
  });

  test("goes back when it is stopped, at whichever object", async () => {
    const before = state(await prepared());
    const undisturbed: ApplyEvent[] = [];
    await faultOf(apply(next, await prepared(), { restore, onEvent: (event) => undisturbed.push(event) }));
    const count = undisturbed.findIndex(({ type }) => type === "rollback-started");
    for (let at = 0; at < count; at++) {
      const target = await prepared();
      const stop = new AbortController();
      let told = 0;
      const onEvent = () => {
        if (told++ === at) stop.abort();
      };
      const error = await faultOf(apply(next, target, { restore, onEvent, signal: stop.signal }));
      expect({ at, message: error.message }).toEqual({ at, message: expect.stringMatching(/stopped|it is bad/) });
      expect({ at, state: state(target) }).toEqual({ at, state: before });
    }
    expect(count).toBeGreaterThan(20);
  });

  test("that is stopped when all is ready finishes", async () => {
    const target = await prepared();
    target.readiness = () => ({ state: "current", message: "" });
    const stop = new AbortController();
    const onEvent = (event: ApplyEvent) => {
      if (event.type === "record-written" && event.state === "current") stop.abort();
    };
    await apply(next, target, { restore, onEvent, signal: stop.signal });
    const records = ["one", "two"].map((name) => target.objects.get(recordKey("apps", name)));
    for (const record of records) expect(record && decodeRecord(record).pending).toBeUndefined();
  });

  test("tells what going back could not do", async () => {
    const target = await prepared();
    target.holds = ({ metadata }) => metadata.name === "n";
    const error = await faultOf(apply(next, target, { restore }));
    expect(error).toMatchObject({ code: "rollback-failed" });
    expect(error.message).toMatch(/it is bad.*going back failed.*ConfigMap\/fresh\/n/s);
    target.holds = () => false;
    const before = state(await prepared());
    await faultOf(apply(next, target, { restore, force: true }));
    expect(state(target)).toEqual(before);
  });

  test("takes a definition away again that came with a resource of a new instance", async () => {
    const target = new MemoryTarget();
    const old = bundle("web", instance("one", "apps", [a], { values: { revision: 1 } }));
    await apply(old, target);
    const before = target.snapshot();
    target.readiness = ({ metadata }) => ({ state: metadata.name === "bad" ? "failed" : "current", message: "" });
    const wider = bundle(
      "web",
      instance("one", "apps", [a, crd], { values: { revision: 2 } }),
      instance("two", "apps", [widget, bad]),
    );
    const error = await faultOf(apply(wider, target, { restore: restorer(old) }));
    expect(error.message).toMatch(/restored: "one"; removed: "two"; the bundle is as it was before$/);
    expect(target.snapshot()).toEqual(before);

    // A resource that somebody has made meanwhile keeps its definition, and is told.
    target.readiness = ({ metadata }) => {
      if (metadata.name === "bad")
        void target.apply(object("x.example/v1", "Widget", "mine", "apps"), { force: false });
      return { state: metadata.name === "bad" ? "failed" : "current", message: "" };
    };
    const held = await faultOf(apply(wider, target, { restore: restorer(old) }));
    expect(held).toMatchObject({ code: "rollback-failed", rollback: { removed: [{ name: "two" }] } });
    expect(held.message).toContain("Widget/apps/mine");
    expect(target.objects.has("apiextensions.k8s.io/CustomResourceDefinition//widgets.x.example")).toBe(true);
  });

  test("makes anew what the apply has made anew", async () => {
    const target = new MemoryTarget();
    const fixed = (v: string) => configMap("apps", "fixed", { v });
    const old = bundle("web", instance("one", "apps", [fixed("1")], { values: { revision: 1 } }));
    await apply(old, target);
    const before = target.snapshot();
    target.readiness = ({ metadata }) => ({ state: metadata.name === "bad" ? "failed" : "current", message: "" });
    target.refuse = ({ metadata, data }) =>
      metadata.name === "fixed" && !equalJson(data, target.get("/ConfigMap/apps/fixed")?.data)
        ? new TargetError("immutable-field", "data cannot be changed")
        : undefined;
    const anew = annotated(fixed("2"), { "action.timoni.sh/force": "enabled" });
    const changed = bundle("web", instance("one", "apps", [anew, bad], { values: { revision: 2 } }));
    const error = await faultOf(apply(changed, target, { restore: restorer(old) }));
    expect(error.message).toContain("the bundle is as it was before");
    expect(target.snapshot()).toEqual(before);
  });

  test("gives an instance back to the bundle that had it", async () => {
    const target = new MemoryTarget();
    const old = bundle("old", instance("one", "apps", [a], { values: { revision: 1 } }));
    await apply(old, target);
    target.readiness = ({ metadata }) => ({ state: metadata.name === "bad" ? "failed" : "current", message: "" });
    const before = target.snapshot();
    const taking = bundle("web", instance("one", "apps", [a, bad], { values: { revision: 2 } }));
    await faultOf(apply(taking, target, { restore: restorer(old), overwriteOwnership: true }));
    expect(target.snapshot()).toEqual(before);
  });
});

test("an atomic apply that is killed at any write goes back all the same when it runs again", async () => {
  const want = state(await prepared());
  const undisturbed = await prepared();
  await faultOf(apply(next, undisturbed, { restore }));
  const count = undisturbed.writes.length;
  const from = (await prepared()).writes.length;
  expect(count - from).toBeGreaterThan(20);
  for (let write = from; write < count; write++) {
    for (const after of [false, true]) {
      const target = await prepared();
      target.killAt = { write, after };
      const killed = await faultOf(apply(next, target, { restore }));
      expect(killed).toSatisfy((error) => error instanceof Killed || error instanceof SheafError);
      target.killAt = undefined;
      // A first install that was removed but for its record counts as none.
      await faultOf(apply(next, target, { restore }));
      expect({ write, after, state: state(target) }).toEqual({ write, after, state: want });
    }
  }
});

describe("instances that the bundle no longer names", () => {
  const less = bundle("web", instance("one", "apps", [crd, a, b], { values: { revision: 1 } }));
  const names = (events: readonly ApplyEvent[]) =>
    events.flatMap((event) => (event.type === "object-deleted" ? event.ref.name : []));

  test("are deleted where that is wanted, the last first, after all others are applied", async () => {
    const target = new MemoryTarget();
    await apply(first, target);
    const dry = await apply(less, target, { pruneInstances: true, dryRun: true });
    expect(names(dry.events)).toEqual(["z", "w", "c"]);
    const { result, events } = await apply(less, target, { pruneInstances: true });
    expect(names(events)).toEqual(["z", "w", "c"]);
    expect(events).toContainEqual(expect.objectContaining({ type: "instance-unnamed", pruned: true }));
    expect(result.pruned.map(({ name, operation }) => [name, operation])).toEqual([
      ["two", "delete"],
      ["last", "delete"],
    ]);
    expect(dry.result.pruned).toEqual(result.pruned);
    const want = new MemoryTarget();
    await apply(less, want);
    const { "/Namespace//other": _, ...left } = target.snapshot();
    expect(left).toEqual(want.snapshot());
  });

  test("keep the objects that a named instance has by then, and the namespaces of others", async () => {
    const target = new MemoryTarget();
    const home = object("v1", "Namespace", "shared");
    const [x, y] = [configMap("shared", "x"), configMap("shared", "y")];
    await apply(bundle("web", instance("old", "shared", [home, x, y])), target);
    const renamed = bundle("web", instance("new", "shared", [x]));
    await apply(renamed, target, { pruneInstances: true });
    expect([...target.objects.keys()].sort()).toEqual([
      "/ConfigMap/shared/x",
      "/Namespace//shared",
      recordKey("shared", "new"),
    ]);
  });

  test("stop the apply before the first write where custom resources of others would go", async () => {
    const target = new MemoryTarget();
    await apply(first, target);
    const writes = target.writes.length;
    const rest = bundle("web", instance("two", "apps", [widget, c, d], { values: { revision: 2 } }));
    for (const deleteResources of [false, true]) {
      const error = await faultOf(apply(rest, target, { pruneInstances: true, deleteResources }));
      expect(error).toMatchObject({ code: "custom-resources", dependents: [{ kind: "Widget", name: "w" }] });
    }
    const without = bundle("web", instance("one", "apps", [a]), ...first.instances.slice(1));
    const pruned = await faultOf(apply(without, target, { deleteResources: true }));
    expect(pruned.message).toContain("whose custom resources the bundle still has");
    expect(target.writes).toHaveLength(writes);
  });

  test("that could not be deleted are told, and the next run goes on", async () => {
    const target = new MemoryTarget();
    await apply(first, target);
    target.holds = ({ metadata }) => metadata.name === "c";
    const error = await faultOf(apply(less, target, { pruneInstances: true }));
    expect(error).toBeInstanceOf(ApplyStoppedError);
    expect(error.message).toContain("ConfigMap/apps/c");
    target.holds = () => false;
    await apply(less, target, { pruneInstances: true });
    expect(target.objects.has("/ConfigMap/apps/c")).toBe(false);
    expect(target.objects.has(recordKey("apps", "two"))).toBe(false);
  });
});

describe("a first install that has not finished", () => {
  test("is marked in its record until it is ready", async () => {
    const target = new MemoryTarget();
    target.readiness = () => ({ state: "failed", message: "" });
    const web = bundle("web", instance("one", "apps", [a]));
    await faultOf(apply(web, target));
    const record = () => {
      const secret: KubeObject | undefined = target.objects.get(recordKey("apps", "one"));
      if (secret === undefined) throw new Error("there is no record");
      return secret;
    };
    const unfinished = decodeRecord(record());
    expect(unfinished).toMatchObject({ installing: true });
    // Another program that writes another revision says nothing of it, and so finishes it.
    const { instance: revision, ...rest } = unfinished;
    const changed = encodeRecord({ ...rest, instance: { ...revision, lastTransitionTime: "2026-01-01T00:00:00Z" } });
    changed.metadata.annotations = record().metadata.annotations ?? {};
    expect(decodeRecord(changed).installing).toBeUndefined();

    target.readiness = () => ({ state: "current", message: "" });
    await apply(web, target);
    expect(record().metadata.annotations).toEqual({ "sheaf/order": "0" });
  });
});

test("no secret of a recorded revision that cannot be rendered is told, also not by the cause", async () => {
  const target = await prepared();
  const broken: Restore = async () => {
    throw new TargetError("api-error", "values.pin: found s3cr3t-pin");
  };
  const error = await faultOf(apply({ ...next, secrets: ["s3cr3t-pin"] }, target, { restore: broken }));
  const faults = error instanceof FaultsError ? error.errors : [error];
  expect(faults.map(({ cause }) => cause instanceof Error && cause.message)).toContain("values.pin: found ***");
  for (const { message, cause } of faults) expect(`${message} ${cause}`).not.toContain("s3cr3t-pin");
});
