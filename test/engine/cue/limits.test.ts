import { expect, test } from "vitest";
import { hostile } from "../../../bench/cue-hostile.js";
import { formatCue } from "../../../src/engine/cue/index.js";
import { FaultsError, SourceError } from "../../../src/engine/diagnostics/index.js";
import { evaluateText } from "./evaluate-text.js";

test.each(hostile)("evaluation is bounded: $name", async ({ code, text }) => {
  const codes = (await evaluateText(text)).split(", ").map((fault) => fault.split(" @")[0]);
  expect(codes).toContain(code);
});

test("what is hostile is formatted, or refused with its place", () => {
  for (const { name, text } of hostile) {
    try {
      expect(formatCue(formatCue(text, "x.cue"), "x.cue"), name).toBe(formatCue(text, "x.cue"));
    } catch (error) {
      const [first] = error instanceof FaultsError ? error.errors : [error];
      expect(first, name).toBeInstanceOf(SourceError);
    }
  }
});
