import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { applyBundle, deleteBundle } from "../../../src/engine/apply/index.js";
import { decodeRecord, recordedRefs } from "../../../src/engine/inventory/index.js";
import { type KubeObject, refOf } from "../../../src/engine/object/index.js";
import type { RenderedBundle } from "../../../src/engine/plan/index.js";
import { openDirectory } from "../../../src/engine/target/directory/index.js";
import type { Target } from "../../../src/engine/target/index.js";
import { bundle, configMap, definition, fixedNow, instance, object } from "../../support/bundles.js";
import { meanwhile } from "../../support/meanwhile.js";
import { Killed, MemoryTarget } from "../../support/memory-target.js";

const now = fixedNow;
const [a, b, c] = [configMap("apps", "a"), configMap("apps", "b"), configMap("apps", "c")];
const service = object("v1", "Service", "s", "apps");
const crd = definition("x.example", "Widget");
const of = (...objects: KubeObject[]) => bundle("web", instance("one", "apps", objects));

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sheaf-runs-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Each run has its own target, as each process has; those of a cluster share what is in it. */
const targets = [
  {
    kind: "memory",
    connect: () => {
      const cluster = new MemoryTarget();
      return (): Target => cluster;
    },
  },
  { kind: "directory", connect: () => (): Target => openDirectory(folder, { now }) },
];

const apply = (rendered: RenderedBundle, target: Target) => applyBundle(rendered, target, { now });

async function recordedNames(target: Target): Promise<string[]> {
  const records = (await target.listRecords({})).map(decodeRecord);
  return records.flatMap(recordedRefs).map(({ name }) => name);
}

async function presentNames(target: Target, ...objects: KubeObject[]): Promise<string[]> {
  const live = await target.read(objects.map(refOf));
  return live.flatMap((object) => (object === undefined ? [] : object.metadata.name));
}

describe.each(targets)("two runs on one $kind, the second inside the first:", ({ connect }) => {
  test.each([
    { title: "in its first wave", method: "delete" as const, call: 0 },
    { title: "in its second wave", method: "delete" as const, call: 1 },
    { title: "before it removes the record", method: "deleteRecord" as const, call: 0 },
  ])("an apply while a bundle is deleted, $title, leaves no object without a record", async ({ method, call }) => {
    const open = connect();
    const rendered = of(crd, a, b);
    await apply(rendered, open());
    // The apply may find that objects are gone which it has seen, and say so: they are recorded all the same.
    const other = () => apply(rendered, open()).catch(() => undefined);
    const target = meanwhile(open(), method, call, other);
    await expect(deleteBundle("web", target, { now })).rejects.toThrow(/by another run/);
    expect(await recordedNames(open())).toEqual([crd.metadata.name, "a", "b"]);
    await apply(rendered, open());
    await deleteBundle("web", open(), { now });
    expect(await presentNames(open(), crd, a, b)).toEqual([]);
  });

  test("an install that another run has taken over stops before its next stage", async () => {
    const open = connect();
    const target = meanwhile(open(), "apply", 1, () => apply(of(a, c), open()));
    await expect(apply(of(crd, a, b), target)).rejects.toThrow(/by another run/);
    expect(await recordedNames(open())).toEqual(["a", "c"]);
    expect(await presentNames(open(), a, b, c)).toEqual(["a", "c"]);
  });

  test("an install that another run has taken over at its last object does not succeed", async () => {
    const open = connect();
    const target = meanwhile(open(), "apply", 2, () => apply(of(a, service), open()));
    await expect(apply(of(a, b), target)).rejects.toThrow(/by another run/);
  });

  test("an upgrade that another run has taken over prunes nothing of that one's", async () => {
    const open = connect();
    const x = configMap("apps", "x");
    await apply(of(a, x), open());
    const next = (...objects: KubeObject[]) => bundle("web", instance("one", "apps", objects, { values: { next: 1 } }));
    const target = meanwhile(open(), "apply", 0, () => apply(next(a, x), open()));
    await expect(apply(of(a, b), target)).rejects.toThrow(/by another run/);
    expect(await presentNames(open(), a, x)).toEqual(["a", "x"]);
    expect(await recordedNames(open())).toEqual(["a", "x"]);
  });

  test("a repair of objects whose record stays as it is does not undo another run's upgrade", async () => {
    const open = connect();
    await apply(of(a, b), open());
    await open().delete(refOf(b));
    const newer = configMap("apps", "b", { newer: "x" });
    const target = meanwhile(open(), "apply", 0, () => apply(of(a, newer, c), open()));
    await expect(apply(of(a, b), target)).rejects.toThrow(/by another run/);
  });
});

test("a run that changes nothing asks for no record twice", async () => {
  const target = new MemoryTarget();
  await apply(of(crd, a, service), target);
  target.calls.length = 0;
  await apply(of(crd, a, service), target);
  expect(target.calls.filter((call) => /record/i.test(call))).toEqual(["listRecords"]);
});

test("an object that moves to a later instance is recorded at every moment", async () => {
  const shared = configMap("apps", "shared");
  const first = bundle("web", instance("one", "apps", [a, shared]), instance("two", "apps", [b]));
  const moved = bundle("web", instance("one", "apps", [a]), instance("two", "apps", [b, shared]));
  const prepare = async () => {
    const target = new MemoryTarget();
    await apply(first, target);
    target.writes.length = 0;
    return target;
  };
  const whole = await prepare();
  await apply(moved, whole);
  for (let write = 0; write < whole.writes.length; write++) {
    for (const after of [false, true]) {
      const target = await prepare();
      target.killAt = { write, after };
      await expect(apply(moved, target)).rejects.toSatisfy((error: Error) => error.cause instanceof Killed);
      target.killAt = undefined;
      expect(await recordedNames(target), `${write} ${after}`).toContain("shared");
      await deleteBundle("web", target, { now });
      expect(await presentNames(target, a, b, shared), `${write} ${after}`).toEqual([]);
    }
  }
});
