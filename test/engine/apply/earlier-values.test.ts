import { describe, expect, test } from "vitest";
import { earlierValues } from "../../../src/engine/apply/earlier-values.js";
import type { InstanceRevision } from "../../../src/engine/inventory/index.js";
import { planBundle } from "../../../src/engine/plan/index.js";

const module = { name: "m", repository: "oci://h/m", version: "1.0.0", digest: "sha256:0" };
const id = { name: "a", namespace: "ns" };
const revision = (values: string, annotations?: Record<string, string>): InstanceRevision => ({
  ...id,
  bundle: "b",
  module: annotations === undefined ? module : { ...module, annotations },
  values,
  lastTransitionTime: "2026-01-01T00:00:00Z",
  inventory: [],
  images: [],
});

/** What may not be shown of an instance's earlier revision, now that its values are `next`. */
function hidden(earlier: InstanceRevision, next = {}) {
  const bundle = { name: "b", instances: [{ ...id, module, values: next, images: [], objects: [] }] };
  return earlierValues(planBundle(bundle, [{ ...id, bundle: "b", instance: earlier }]));
}

describe("earlierValues()", () => {
  const values = JSON.stringify({ path: "./a", git: { token: "old-token" }, env: ["x", "old-env"] });
  const noted = (...paths: (string | (string | number)[])[]) => ({ "sheaf/runtime-values": JSON.stringify(paths) });

  test.each([
    ["what a revision notes", revision(values, noted(["git", "token"], ["env", "1"])), {}, ["old-token", "old-env"]],
    [
      "all that is in what it notes, by number, too",
      revision(values, noted(["git"], ["env", 1])),
      {},
      ["old-token", "old-env"],
    ],
    [
      "all where a part of the note is no path",
      revision(values, noted(["git"], "env")),
      {},
      ["./a", "old-token", "x", "old-env"],
    ],
    ["nothing where it notes nothing", revision(values, noted()), {}, []],
    ["not what the new values have, too", revision(values, noted(["git", "token"])), { a: "old-token" }, []],
    ["all where nothing is noted", revision(values), {}, ["./a", "old-token", "x", "old-env"]],
    [
      "all where the note is broken",
      revision(values, { "sheaf/runtime-values": "[" }),
      {},
      ["./a", "old-token", "x", "old-env"],
    ],
    ["all of Timoni's CUE", revision('{path: "./a", git: token: "t-\\("old")"}'), {}, ["./a", "t-old"]],
  ])("hides %s", (_, earlier, next, wanted) => {
    expect(hidden(earlier, next)).toEqual(wanted);
  });
});
