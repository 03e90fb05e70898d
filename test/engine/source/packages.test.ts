import { expect, test } from "vitest";
import { evaluatePackage, inFolder, packageCases } from "./package-cases.js";

test.each(await packageCases())("$title", async (given) => {
  expect(await inFolder(given, (dir) => evaluatePackage(given, dir))).toBe(given.expected);
});
