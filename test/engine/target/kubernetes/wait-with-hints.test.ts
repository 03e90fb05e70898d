import { expect, test } from "vitest";
import type { ObjectRef } from "../../../../src/engine/object/index.js";
import type { ReadyState } from "../../../../src/engine/target/index.js";
import { WaitError } from "../../../../src/engine/target/index.js";
import { waitWithHints } from "../../../../src/engine/target/kubernetes/wait-with-hints.js";

const ref = (name: string): ObjectRef => ({ group: "apps", version: "v1", kind: "Deployment", namespace: "n", name });
const late: ReadyState = { state: "in-progress", message: "available: 0/1" };
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

test("what does not move is looked into, what moves or is done is not", async () => {
  const told: string[] = [];
  const asked: string[][] = [];
  await waitWithHints(
    async ({ onState }) => {
      onState?.(ref("stuck"), late);
      onState?.(ref("done"), late);
      onState?.(ref("done"), { state: "current", message: "" });
      await pause(50);
    },
    async (refs) => {
      asked.push(refs.map(({ name }) => name));
      return refs.map(() => ["container main: ImagePullBackOff"]);
    },
    { timeoutMs: 1000, onState: ({ name }, { state, message }) => told.push(`${name} ${state}: ${message}`) },
    20,
  );
  expect(asked[0]).toEqual(["stuck"]);
  expect(told).toContain("stuck in-progress: available: 0/1; container main: ImagePullBackOff");
});

test("a wait that fails tells the reasons below the object; a hint that cannot be had is left out", async () => {
  const error = new WaitError("timeout", "2 objects not ready after 1 s", [
    { ref: ref("a"), state: late },
    { ref: ref("b"), state: late },
  ]);
  const waiting = waitWithHints(
    () => Promise.reject(error),
    async () => [["Pod/a-1: FailedMount: no such volume"]],
    { timeoutMs: 1000 },
  );
  await expect(waiting).rejects.toMatchObject({
    code: "timeout",
    message: [
      "2 objects not ready after 1 s",
      "  Deployment/n/a: in-progress: available: 0/1",
      "    Pod/a-1: FailedMount: no such volume",
      "  Deployment/n/b: in-progress: available: 0/1",
    ].join("\n"),
  });
  await expect(
    waitWithHints(
      () => Promise.reject(new Error("down")),
      async () => [],
      { timeoutMs: 1 },
    ),
  ).rejects.toThrow("down");
});
