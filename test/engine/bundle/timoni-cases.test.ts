import { expect, test } from "vitest";
import { bundleCases, outcomeOf } from "./timoni-cases.js";

test.each(bundleCases())("a bundle has the value that it has in Timoni: $title", async (bundle) => {
  expect(await outcomeOf(bundle)).toBe(bundle.expected);
});
