import { describe, expect, test } from "vitest";
import {
  ApplyRolledBackError,
  applyBundle,
  deleteInstance,
  instanceStatus,
  readInstance,
  recordedValues,
  UnknownInstanceError,
} from "../../../src/engine/apply/index.js";
import { decodeRecord, type InstanceRecord } from "../../../src/engine/inventory/index.js";
import { OwnershipError, type RenderedBundle, type RenderedInstance } from "../../../src/engine/plan/index.js";
import { bundle, configMap, fixedNow, instance } from "../../support/bundles.js";
import { killable } from "../../support/killable-target.js";
import { Killed, MemoryTarget, recordKey } from "../../support/memory-target.js";

const options = { now: fixedNow };
const [a, b] = [configMap("apps", "a"), configMap("apps", "b")];
const web = { name: "web", namespace: "apps" };
const alone = (...instances: RenderedInstance[]): RenderedBundle => ({ name: undefined, instances });
const first = alone(instance("web", "apps", [a, b]));
const second = alone(instance("web", "apps", [b]));
const bundled = bundle("site", instance("other", "apps", []), instance("web", "apps", [a, b]));

function recordOf(target: MemoryTarget): InstanceRecord {
  const secret = target.get(recordKey("apps", "web"));
  if (secret === undefined) throw new Error("there is no record");
  return decodeRecord(secret);
}

describe("an instance alone", () => {
  test("is recorded without a bundle and without a place in one", async () => {
    const target = new MemoryTarget();
    const result = await applyBundle(first, target, options);
    expect(result).toMatchObject({ bundle: undefined, unnamed: [], changed: true });
    const metadata = target.get(recordKey("apps", "web"))?.metadata;
    expect(metadata?.labels).toEqual({
      "app.kubernetes.io/name": "web",
      "app.kubernetes.io/component": "instance",
      "app.kubernetes.io/created-by": "timoni",
    });
    expect(metadata?.annotations).toBeUndefined();
    expect(recordOf(target).instance.bundle).toBeUndefined();
  });

  test("changes nothing when it is applied again, and is upgraded with prune", async () => {
    const target = new MemoryTarget();
    await applyBundle(first, target, options);
    target.writes.length = 0;
    expect((await applyBundle(first, target, options)).changed).toBe(false);
    expect(target.writes).toEqual([]);
    await applyBundle(second, target, options);
    expect([target.get("/ConfigMap/apps/a"), target.get("/ConfigMap/apps/b")]).toEqual([undefined, expect.anything()]);
  });

  test("sees no other instance", async () => {
    const target = new MemoryTarget();
    await applyBundle(alone(instance("other", "apps", [configMap("apps", "c")])), target, options);
    expect((await applyBundle(first, target, options)).unnamed).toEqual([]);
    expect(target.get(recordKey("apps", "other"))).toBeDefined();
  });

  test.each([
    { title: "that is a bundle's", before: bundled, after: second, owner: undefined, whose: 'bundle "site"' },
    { title: "that a bundle wants", before: first, after: bundled, owner: "site", whose: "no bundle" },
  ])("$title is taken over only where that is asked for", async ({ before, after, owner, whose }) => {
    const target = new MemoryTarget();
    await applyBundle(before, target, options);
    const state = target.snapshot();
    await expect(applyBundle(after, target, options)).rejects.toThrow(OwnershipError);
    await expect(applyBundle(after, target, options)).rejects.toThrow(`exists and belongs to ${whose}`);
    expect(target.snapshot()).toEqual(state);

    await applyBundle(after, target, { ...options, overwriteOwnership: true });
    const { bundle, order, instance } = recordOf(target);
    expect([bundle, instance.bundle, order]).toEqual([owner, owner, owner === undefined ? undefined : 1]);
    expect((await applyBundle(after, target, options)).changed).toBe(false);
  });

  test("goes back to what was recorded when an atomic upgrade fails", async () => {
    const target = new MemoryTarget();
    await applyBundle(first, target, options);
    const state = target.snapshot();
    target.readiness = ({ metadata }) => ({ state: metadata.name === "c" ? "failed" : "current", message: "no" });
    const [recorded] = first.instances;
    const restore = async () => recorded ?? instance("web", "apps", []);
    const third = alone(instance("web", "apps", [b, configMap("apps", "c")]));
    await expect(applyBundle(third, target, { ...options, restore })).rejects.toThrow(ApplyRolledBackError);
    expect(target.snapshot()).toEqual(state);
    expect(recordOf(target)).not.toMatchObject({ order: expect.anything() });
  });

  test.each([true, false])("converges when a run is killed at any write (after it: %s)", async (after) => {
    for (let write = 0; ; write++) {
      const target = new MemoryTarget();
      await applyBundle(first, target, options);
      const killed = await applyBundle(second, killable(target, { write, after }), options).then(
        () => false,
        () => true,
      );
      await applyBundle(second, target, options);
      expect(recordOf(target)).toMatchObject({ instance: { inventory: [{ name: "b" }] } });
      expect(target.get("/ConfigMap/apps/a")).toBeUndefined();
      await deleteInstance(web, killable(target, { write, after }), options).catch((error: unknown) => {
        if (!(error instanceof Killed || error instanceof Error)) throw error;
      });
      if (target.get(recordKey("apps", "web")) !== undefined) await deleteInstance(web, target, options);
      expect([...target.objects.keys()].filter((key) => !key.includes("/Namespace/"))).toEqual([]);
      if (!killed) break;
    }
  });
});

describe("deleteInstance()", () => {
  test("deletes one instance of a bundle and leaves the others", async () => {
    const target = new MemoryTarget();
    await applyBundle(bundled, target, options);
    const dry = await deleteInstance(web, target, { ...options, dryRun: true });
    expect(dry.counts.deleted).toBe(2);
    expect(target.get("/ConfigMap/apps/a")).toBeDefined();
    await deleteInstance(web, target, options);
    expect(target.get("/ConfigMap/apps/a")).toBeUndefined();
    expect(target.get(recordKey("apps", "web"))).toBeUndefined();
    expect(target.get(recordKey("apps", "other"))).toBeDefined();
  });

  test.each([
    [
      { name: "wbe", namespace: "apps" },
      'there is no instance "wbe" in namespace "apps" on a cluster in memory; did you mean "web"?',
    ],
    [{ name: "web", namespace: "default" }, "there is one in apps: name the namespace with -n"],
  ])("does not know %j", async (id, message) => {
    const target = new MemoryTarget();
    await applyBundle(first, target, options);
    for (const work of [deleteInstance(id, target, options), instanceStatus(id, target), readInstance(id, target)]) {
      const error = await work.catch((fault: unknown) => fault);
      expect(error).toBeInstanceOf(UnknownInstanceError);
      expect(String(error)).toContain(message);
    }
  });
});

test("instanceStatus() tells the state of the objects", async () => {
  const target = new MemoryTarget();
  await applyBundle(first, target, options);
  target.objects.delete("/ConfigMap/apps/b");
  const { state, entries } = await instanceStatus(web, target);
  expect([state, entries.map(({ ref, state }) => [ref.name, state.state])]).toEqual([
    "deployed",
    [
      ["a", "current"],
      ["b", "absent"],
    ],
  ]);
});

describe("recordedValues()", () => {
  const record = (values: string, note?: string): InstanceRecord => ({
    ...web,
    instance: {
      ...web,
      module: {
        name: "app",
        repository: "",
        version: "",
        digest: "",
        ...(note !== undefined && { annotations: { "sheaf/runtime-values": note } }),
      },
      values,
      lastTransitionTime: "",
      inventory: [],
      images: [],
    },
  });
  const text = '{"a":"x","list":[{"b":1,"c":"secret"}],"__proto__":{"d":true}}';

  test.each([
    { title: "without a mask", note: "[]", mask: undefined, want: text },
    { title: "with nothing from the runtime", note: "[]", mask: "***", want: text },
    {
      title: "with what is noted hidden",
      note: '[["list","0","c"],["__proto__","d"]]',
      mask: "***",
      want: '{"a":"x","list":[{"b":1,"c":"***"}],"__proto__":{"d":"***"}}',
    },
    {
      title: "with all hidden that is in what is noted, by number, too",
      note: '[["list",0],["__proto__"]]',
      mask: "***",
      want: '{"a":"x","list":[{"b":"***","c":"***"}],"__proto__":{"d":"***"}}',
    },
    {
      title: "with everything hidden, where the note is of the whole",
      note: "[[]]",
      mask: "***",
      want: '{"a":"***","list":[{"b":"***","c":"***"}],"__proto__":{"d":"***"}}',
    },
    {
      title: "with everything hidden, where a part of the note is no path",
      note: '[["a"],"list"]',
      mask: "***",
      want: '{"a":"***","list":[{"b":"***","c":"***"}],"__proto__":{"d":"***"}}',
    },
    {
      title: "with everything hidden, where nothing is noted",
      note: undefined,
      mask: "***",
      want: '{"a":"***","list":[{"b":"***","c":"***"}],"__proto__":{"d":"***"}}',
    },
    {
      title: "with everything hidden, where the note is not understood",
      note: "[[",
      mask: "***",
      want: '{"a":"***","list":[{"b":"***","c":"***"}],"__proto__":{"d":"***"}}',
    },
  ])("gives them $title", ({ note, mask, want }) => {
    expect(JSON.stringify(recordedValues(record(text, note), mask))).toBe(want);
  });

  test("reads what Timoni wrote", () => {
    const cue = '{\n\treplicas: 2\n\timage: {\n\t\t"tag": "6.9.0" @example()\n\t}\n}\n';
    expect(recordedValues(record(cue))).toEqual({ replicas: 2, image: { tag: "6.9.0" } });
    expect(() => recordedValues(record("{"))).toThrow("values:1:2");
  });

  test.each([
    ["cannot be parsed", 'a: "x" tok-123'],
    ["contradict each other", 'a: "tok-123"\na: "other"'],
  ])("quotes nothing of what %s, unless it is to show all", (_, values) => {
    expect(() => recordedValues(record(values))).toThrow("tok");
    expect(() => recordedValues(record(values), "***")).toThrow(/^(values:1:\d+: the recorded [^\n"]+\n?)+$/);
    expect(() => recordedValues(record(values), "***")).not.toThrow("tok");
  });
});
