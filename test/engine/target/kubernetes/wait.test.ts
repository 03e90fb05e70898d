import { expect, test } from "vitest";
import type { KubeObject, ObjectRef } from "../../../../src/engine/object/index.js";
import { waitGone, waitReady } from "../../../../src/engine/target/kubernetes/wait.js";

const pace = { firstMs: 1, longestMs: 4 };
const ref = (name: string): ObjectRef => ({ group: "", version: "v1", kind: "Thing", namespace: "n", name });
const thing = (name: string, ready: "True" | "False" | "Stalled"): KubeObject => ({
  apiVersion: "v1",
  kind: "Thing",
  metadata: { name, namespace: "n" },
  status: {
    conditions: [
      ready === "Stalled"
        ? { type: "Stalled", status: "True", message: "no way" }
        : { type: "Ready", status: ready, message: `ready is ${ready}` },
    ],
  },
});

/** A look that answers with a row of the script each time, the last one for ever; it notes who was looked at. */
function looks(script: Record<string, KubeObject | undefined>[]) {
  const seen: string[][] = [];
  const look = async (refs: readonly ObjectRef[]) => {
    const row = script[Math.min(seen.length, script.length - 1)] ?? {};
    seen.push(refs.map(({ name }) => name));
    return refs.map(({ name }) => row[name]);
  };
  return { look, seen };
}

test("looks again only at those that are not done, and tells each change once", async () => {
  const { look, seen } = looks([
    { a: thing("a", "True"), b: thing("b", "False") },
    { b: thing("b", "False") },
    { b: thing("b", "True") },
  ]);
  const told: string[] = [];
  const onState = ({ name }: ObjectRef, { state }: { state: string }) => told.push(`${name} ${state}`);
  await waitReady(look, [ref("a"), ref("b")], { timeoutMs: 10_000, onState }, pace);
  expect(seen).toEqual([["a", "b"], ["b"], ["b"]]);
  expect(told).toEqual(["a current", "b in-progress", "b current"]);
});

test("nothing to wait for is done at once", async () => {
  const { look, seen } = looks([]);
  await waitReady(look, [], { timeoutMs: 0 }, pace);
  await waitGone(look, [], { timeoutMs: 0 }, pace);
  expect(seen).toEqual([]);
});

test("a failure ends the wait, and stands before what is merely not ready", async () => {
  const { look } = looks([{ a: thing("a", "False") }, { a: thing("a", "False"), b: thing("b", "Stalled") }]);
  await expect(waitReady(look, [ref("a"), ref("b")], { timeoutMs: 10_000 }, pace)).rejects.toMatchObject({
    code: "failed",
    message: "one object failed\n  Thing/n/b: failed: no way\n  Thing/n/a: in-progress: ready is False",
    pending: [{ ref: ref("b") }, { ref: ref("a") }],
  });
});

test("time runs out, though not before one look", async () => {
  const { look, seen } = looks([{ a: thing("a", "False") }]);
  await expect(waitReady(look, [ref("a"), ref("b")], { timeoutMs: 0 }, pace)).rejects.toMatchObject({
    code: "timeout",
    message: "2 objects not ready after 0 s\n  Thing/n/a: in-progress: ready is False\n  Thing/n/b: absent: not found",
  });
  expect(seen).toHaveLength(1);
});

test("gone is what nobody finds", async () => {
  const { look, seen } = looks([{ a: thing("a", "True") }, {}]);
  await waitGone(look, [ref("a"), ref("b")], { timeoutMs: 10_000 }, pace);
  expect(seen).toEqual([["a", "b"], ["a"]]);
});

test("an error of a look ends the wait", async () => {
  const look = async () => Promise.reject(new Error("down"));
  await expect(waitReady(look, [ref("a")], { timeoutMs: 10_000 }, pace)).rejects.toThrow("down");
});
