import { expect, test } from "vitest";
import { hostile } from "../../../bench/cue-hostile.js";
import { evaluateText } from "./evaluate-text.js";

test.each(hostile)("evaluation is bounded: $name", async ({ code, text }) => {
  const codes = (await evaluateText(text)).split(", ").map((fault) => fault.split(" @")[0]);
  expect(codes).toContain(code);
});
