import { expect, test } from "vitest";
import type { KubeObject, ObjectRef } from "../../../../src/engine/object/index.js";
import type { Observe } from "../../../../src/engine/target/kubernetes/observe.js";
import { type Look, waitGone, waitReady } from "../../../../src/engine/target/kubernetes/wait.js";

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

/** A last look that finds what was there last. */
const blind: Look = async (refs) => refs.map(({ name }) => (name === "b" ? undefined : thing(name, "False")));

/** Tells the rows of a script one after the other, of those that are still of interest; then nothing more happens. */
function script(rows: Record<string, KubeObject | undefined>[]): Observe {
  return async (refs, tell, signal) => {
    let open = refs;
    for (const row of rows) {
      open = open.filter((each) => !(each.name in row) || tell(each, row[each.name]));
      await Promise.resolve();
    }
    if (open.length > 0 && !signal.aborted)
      await new Promise((_, fail) => signal.addEventListener("abort", () => fail(new Error("stopped"))));
  };
}

test("is done when all are, and tells each change once", async () => {
  const observe = script([
    { a: thing("a", "True"), b: thing("b", "False") },
    { b: thing("b", "False") },
    { b: thing("b", "True") },
  ]);
  const told: string[] = [];
  const onState = ({ name }: ObjectRef, { state }: { state: string }) => told.push(`${name} ${state}`);
  await waitReady(observe, blind, [ref("a"), ref("b")], { timeoutMs: 10_000, onState });
  expect(told).toEqual(["a current", "b in-progress", "b current"]);
});

test("nothing to wait for is done at once", async () => {
  await waitReady(script([]), blind, [], { timeoutMs: 0 });
  await waitGone(script([]), blind, [], { timeoutMs: 0 });
});

test("a failure ends the wait, and stands before what is merely not ready", async () => {
  const observe = script([
    { a: thing("a", "False"), b: undefined },
    { a: thing("a", "False"), b: thing("b", "Stalled") },
  ]);
  await expect(waitReady(observe, blind, [ref("a"), ref("b")], { timeoutMs: 10_000 })).rejects.toMatchObject({
    code: "failed",
    message: "one object failed\n  Thing/n/b: failed: no way\n  Thing/n/a: in-progress: ready is False",
    pending: [{ ref: ref("b") }, { ref: ref("a") }],
  });
});

test("time runs out, though not before one look", async () => {
  const slow: Observe = async (refs, tell, signal) => {
    await new Promise((done) => setTimeout(done, 30));
    await script([{ a: thing("a", "False"), b: undefined }])(refs, tell, signal);
  };
  await expect(waitReady(slow, blind, [ref("a"), ref("b")], { timeoutMs: 0 })).rejects.toMatchObject({
    code: "timeout",
    message: "2 objects not ready after 0 s\n  Thing/n/a: in-progress: ready is False\n  Thing/n/b: absent: not found",
  });
});

test("what is ready at the end of the time is ready, though the observation has missed it", async () => {
  const deaf: Observe = async (refs, tell, signal) => script([{ a: thing("a", "False") }])(refs, tell, signal);
  const look: Look = async (refs) => refs.map(({ name }) => thing(name, "True"));
  const told: string[] = [];
  await waitReady(deaf, look, [ref("a")], { timeoutMs: 10, onState: (_, { state }) => told.push(state) });
  expect(told).toEqual(["in-progress", "current"]);
});

test("a time-out beyond what a timer can hold does not run out at once", async () => {
  const observe: Observe = async (refs, tell) => {
    for (const each of refs) tell(each, thing("a", "False"));
    await new Promise((done) => setTimeout(done, 20));
    for (const each of refs) tell(each, thing("a", "True"));
  };
  await waitReady(observe, blind, [ref("a")], { timeoutMs: 2 ** 33 });
});

test("gone is what nobody finds", async () => {
  await waitGone(script([{ a: thing("a", "True"), b: undefined }, { a: undefined }]), blind, [ref("a"), ref("b")], {
    timeoutMs: 10_000,
  });
});

test("an error ends the wait, and an abort is told as one", async () => {
  const down: Observe = () => Promise.reject(new Error("down"));
  await expect(waitReady(down, blind, [ref("a")], { timeoutMs: 10_000 })).rejects.toThrow("down");
  const stop = new AbortController();
  const waiting = waitReady(script([{ a: undefined }]), blind, [ref("a")], { timeoutMs: 10_000, signal: stop.signal });
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ code: "aborted" });
});
