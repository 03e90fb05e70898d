import { copyFile, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { applyBundle, deleteBundle } from "../../../../src/engine/apply/index.js";
import { refOf } from "../../../../src/engine/object/index.js";
import type { RenderedBundle } from "../../../../src/engine/plan/index.js";
import { openDirectory } from "../../../../src/engine/target/directory/index.js";
import { type Target, WaitError } from "../../../../src/engine/target/index.js";
import { bundle, configMap, fixedNow, instance, object } from "../../../support/bundles.js";
import { killable } from "../../../support/killable-target.js";

const now = fixedNow;
let parent = "";

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "sheaf-crash-"));
});
afterEach(() => rm(parent, { recursive: true }));

const open = (name: string) => openDirectory(join(parent, name), { now });
const apply = (rendered: RenderedBundle, name: string) => applyBundle(rendered, open(name), { now });

async function state(name: string): Promise<Record<string, string>> {
  const root = join(parent, name);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(files.sort().map((file) => readFile(file, "utf8")));
  return Object.fromEntries(files.map((file, index) => [file.slice(root.length), texts[index] ?? ""]));
}

const namespace = object("v1", "Namespace", "apps");
const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => configMap("apps", name));
if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error("unreachable");
const first = bundle("web", instance("one", "apps", [namespace, a, b]), instance("two", "tools", [c]));
/** Changes one object, prunes one, adds one, and moves one to the other instance. */
const second = bundle(
  "web",
  instance("one", "apps", [namespace, configMap("apps", "a", { k: "v" }), d]),
  instance("two", "tools", [b]),
);

test.each([
  { title: "an install", before: undefined },
  { title: "an upgrade", before: first },
])("$title that is killed at any write is finished by the next run", async ({ before }) => {
  await apply(second, "clean");
  const clean = await state("clean");
  const prepared = async (name: string) => {
    if (before !== undefined) await apply(before, name);
    return open(name);
  };
  const whole = killable(await prepared("whole"));
  await applyBundle(second, whole, { now });
  expect(await state("whole")).toEqual(clean);
  expect(whole.writes).toBeGreaterThan(5);
  for (let write = 0; write < whole.writes; write++) {
    for (const after of [false, true]) {
      const name = `${write}-${after}`;
      const target = killable(await prepared(name), { write, after });
      await expect(applyBundle(second, target, { now })).rejects.toThrow("killed");
      await apply(second, name);
      expect(await state(name), name).toEqual(clean);
      expect((await apply(second, name)).changed).toBe(false);
    }
  }
});

test("a delete that is killed at any write is finished by the next run", async () => {
  await apply(first, "whole");
  const whole = killable(open("whole"));
  await deleteBundle("web", whole, { now });
  const clean = await state("whole");
  for (let write = 0; write < whole.writes; write++) {
    for (const after of [false, true]) {
      const name = `${write}-${after}`;
      await apply(first, name);
      await expect(deleteBundle("web", killable(open(name), { write, after }), { now })).rejects.toThrow("killed");
      const left = await open(name).listRecords({ bundle: "web" });
      if (left.length > 0) await deleteBundle("web", open(name), { now });
      expect(await state(name), name).toEqual(clean);
    }
  }
});

test("an object that a killed run has moved by half is in one place again after the next run", async () => {
  await apply(first, "half");
  const left = join(parent, "half", "apps", "one", "v1_configmap_b.yaml");
  await copyFile(left, join(parent, "kept.yaml"));
  await apply(second, "half");
  await copyFile(join(parent, "kept.yaml"), left);
  expect((await apply(second, "half")).changed).toBe(true);
  await apply(second, "clean");
  expect(await state("half")).toEqual(await state("clean"));
});

test("an atomic apply that is killed at any write goes back all the same when it runs again", async () => {
  await apply(first, "clean");
  const clean = await state("clean");
  /** What the second bundle has is never ready. */
  const failing = (target: Target): Target => {
    const pending = [{ ref: refOf(d), state: { state: "failed", message: "" } }] as const;
    const waitReady: Target["waitReady"] = async (refs) => {
      if (refs.some(({ name }) => name === "d")) throw new WaitError("failed", "not ready", pending);
    };
    return { ...target, waitReady };
  };
  const back = (target: Target) =>
    applyBundle(second, failing(target), {
      now,
      restore: async ({ name }) => first.instances.find((each) => each.name === name) ?? instance(name, "apps", []),
    });
  await apply(first, "whole");
  const whole = killable(open("whole"));
  await expect(back(whole)).rejects.toThrow("the bundle is as it was before");
  expect(await state("whole")).toEqual(clean);
  expect(whole.writes).toBeGreaterThan(5);
  for (let write = 0; write < whole.writes; write++) {
    for (const after of [false, true]) {
      const name = `${write}-${after}`;
      await apply(first, name);
      await expect(back(killable(open(name), { write, after }))).rejects.toThrow();
      await expect(back(killable(open(name)))).rejects.toThrow("the bundle is as it was before");
      expect({ name, state: await state(name) }).toEqual({ name, state: clean });
    }
  }
});
