import { describe, expect, test } from "vitest";
import { isVersionRange, newestInRange } from "../../../src/engine/module/version-range.js";

const flux = ["2.9.4-0", "2.8.8-1", "2.8.8-0", "2.8.0-0", "2.2.3-0"];

describe("the newest version in a range", () => {
  test.each([
    ["2.8.x", flux, "2.8.8-1"],
    ["2.x", flux, "2.9.4-0"],
    ["*", flux, "2.9.4-0"],
    [">=2.8.0 <2.8.5", flux, "2.8.0-0"],
    [">=2.2, <2.8", flux, "2.2.3-0"],
    ["~2.8.0", flux, "2.8.8-1"],
    ["2.2.x || 2.8.x", flux, "2.8.8-1"],
    ["<=2.8.8-0", flux, "2.8.8-0"],
    [">2.8.8-0 <2.9", flux, "2.8.8-1"],
    ["2.7.x", flux, undefined],
    [">=1.0.0", ["1.0.0", "1.1.0-rc.1"], "1.0.0"],
    [">=1.1.0-rc.0", ["1.0.0", "1.1.0-rc.1"], "1.1.0-rc.1"],
    ["*", [], undefined],
  ])("%s of %j is %s", async (range, versions, newest) => {
    expect(await isVersionRange(range)).toBe(true);
    expect(await newestInRange(versions, range)).toBe(newest);
  });
});

test.each(["latest", "2.8", "2.8.0", "v2.8.0", "2.8.0-0", "", "x.y", ">= two", "newest"])(
  "%j is no range",
  async (text) => {
    expect(await isVersionRange(text)).toBe(false);
  },
);
