import { describe, expect, test } from "vitest";
import { type RuntimeCluster, runOnClusters } from "../../../src/engine/fleet/index.js";

const contextPos = { file: "a.cue", offset: 0, line: 1, column: 1 };
/** `a1` is a cluster of the group `a`. */
const clusters = (...names: string[]): RuntimeCluster[] =>
  names.map((name) => ({ name, group: name.slice(0, 1), context: name, contextPos }));

describe("runOnClusters()", () => {
  test("goes by groups as they first appear, and by clusters in a group", async () => {
    const seen: string[] = [];
    const outcomes = await runOnClusters(clusters("b1", "a1", "b2"), async ({ name }) => seen.push(name));
    expect(seen).toEqual(["b1", "b2", "a1"]);
    expect(outcomes.map(({ cluster, state }) => [cluster.name, state])).toEqual([
      ["b1", "done"],
      ["b2", "done"],
      ["a1", "done"],
    ]);
  });

  test("works on so many at once, and on one group at a time", async () => {
    let [running, most] = [0, 0];
    const groups = new Set<string>();
    const work = async ({ group }: RuntimeCluster) => {
      groups.add(group);
      most = Math.max(most, ++running);
      await new Promise((done) => setTimeout(done, 5));
      running--;
      return [...groups];
    };
    const outcomes = await runOnClusters(clusters("a1", "a2", "a3", "a4", "a5", "b1"), work, { parallel: 3 });
    expect(most).toBe(3);
    expect(outcomes.slice(0, 5).every((each) => each.state === "done" && each.result.join() === "a")).toBe(true);
  });

  test.each([
    { parallel: 1, keepGoing: false, want: "a1 done, a2 failed, a3 skipped, b1 skipped" },
    { parallel: 3, keepGoing: false, want: "a1 done, a2 failed, a3 done, b1 skipped" },
    { parallel: 1, keepGoing: true, want: "a1 done, a2 failed, a3 done, b1 done" },
  ])("after a failure: $want", async ({ want, ...options }) => {
    const work = async ({ name }: RuntimeCluster) => {
      await new Promise((done) => setTimeout(done, name === "a3" ? 10 : 1));
      if (name === "a2") throw new Error("no");
    };
    const outcomes = await runOnClusters(clusters("a1", "a2", "a3", "b1"), work, options);
    expect(outcomes.map(({ cluster, state }) => `${cluster.name} ${state}`).join(", ")).toBe(want);
  });

  test("begins with nothing once aborted", async () => {
    const stop = new AbortController();
    const work = async () => stop.abort();
    const outcomes = await runOnClusters(clusters("a1", "a2"), work, { signal: stop.signal });
    expect(outcomes.map(({ state }) => state)).toEqual(["done", "skipped"]);
  });
});
