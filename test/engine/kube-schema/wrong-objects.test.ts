import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createObjectChecker, formatFault } from "../../../src/engine/kube-schema/index.js";
import type { KubeObject } from "../../../src/engine/object/index.js";
import { rightObjects, wrongObject, wrongObjects } from "./wrong-objects.js";

const crdsDir = new URL("../../../modules/flux-aio/crds/", import.meta.url);
const definitions = readdirSync(crdsDir).map(
  (name): KubeObject => JSON.parse(readFileSync(new URL(name, crdsDir), "utf8")),
);

/** Every release that is known, one that is older and one that is newer. */
const releases = ["1.28", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.40"];

test.each(releases)("right objects are right in Kubernetes %s", async (release) => {
  const checker = await createObjectChecker(release);
  checker.define(definitions);
  expect(Object.values(rightObjects).flatMap((object) => checker.check(object))).toEqual([]);
});

const checker = await createObjectChecker("1.35");
checker.define(definitions);

test.each(wrongObjects.map((wrong) => ({ wrong, title: `${wrong[0]} ${wrong[1]} ${JSON.stringify(wrong[2])}` })))(
  "$title",
  ({ wrong }) => {
    const faults = checker.check(wrongObject(wrong)).map((fault) => formatFault(fault));
    // Nothing else is blamed than what is wrong.
    expect(faults).toEqual([expect.stringContaining(wrong[3])]);
  },
);

test("there are at least a hundred wrong objects, each of its own kind", () => {
  expect(new Set(wrongObjects.map((wrong) => JSON.stringify(wrong))).size).toBe(wrongObjects.length);
  expect(wrongObjects.length).toBeGreaterThanOrEqual(100);
});
