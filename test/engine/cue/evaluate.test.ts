import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { evaluateText } from "./evaluate-text.js";

/**
 * The tables in cases/: blocks of CUE, each followed by "=> " and the JSON of its value, or the codes and places of its
 * errors. Blocks are separated by an empty line. All were compared with the reference implementation, v0.15.
 */
const folder = new URL("cases/", import.meta.url);

for (const name of readdirSync(folder)) {
  describe(name.replace(".txt", ""), () => {
    const blocks = readFileSync(new URL(name, folder), "utf8").trimEnd().split("\n\n");
    test.each(blocks.map((block) => block.split(/\n=> /)))("%s", async (source = "", expected) => {
      expect(await evaluateText(source)).toBe(expected);
    });
  });
}
