import { describe, expect, test } from "vitest";
import { caseFiles } from "./case-files.js";
import { evaluateText } from "./evaluate-text.js";

for (const { name, cases } of caseFiles()) {
  describe(name.replace(".txt", ""), () => {
    test.each(cases.map(({ source, expected }) => [source, expected]))("%s", async (source, expected) => {
      expect(await evaluateText(source)).toBe(expected);
    });
  });
}
