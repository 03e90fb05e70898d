import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { evaluate, formatCue, loadLibrary, parse } from "../../../src/engine/cue/index.js";
import { SourceError } from "../../../src/engine/diagnostics/index.js";
import { seeds } from "../../support/seeds.js";
import { showError, showLocated } from "./evaluate-text.js";

/** Blocks of CUE and what `cue fmt` v0.15 makes of them. */
const cases = readFileSync(new URL("format/cases.txt", import.meta.url), "utf8")
  .split("\n%%%\n")
  .map((block) => block.split("\n=>\n"));

test.each(cases)("formatCue() writes as cue fmt: %s", (source = "", expected) => {
  expect(formatCue(source, "case.cue")).toBe(expected);
});

test("imports on one line get a line each, where cue fmt would join them", () => {
  expect(formatCue('import ("math", "list")\n', "x.cue")).toBe('import ("math"\n\t"list")\n');
});

test.each([
  // The reference implementation moves these comments to other lines.
  { title: "between operands", source: 'a: "x" | // one\n  "y" // two\n', want: 'a: "x" | // one\n\t"y" // two\n' },
  { title: "behind an import", source: 'import "x" // why\na: x.y\n', want: 'import "x" // why\n\na: x.y\n' },
])("a comment $title stays where it is", ({ source, want }) => {
  expect(formatCue(source, "case.cue")).toBe(want);
});

describe("formatting", () => {
  const folder = new URL("cases/", import.meta.url);
  const programs = readdirSync(folder).flatMap((name) =>
    readFileSync(new URL(name, folder), "utf8")
      .trimEnd()
      .split("\n\n")
      .map((block) => block.split(/\n=> /)[0] ?? ""),
  );
  const texts = [...cases.map(([source = ""]) => source), ...programs, ...seeds.map(({ text }) => text)].filter(
    (text) => parse(text, "x.cue").errors.length === 0,
  );

  test("leaves what it formatted", () => {
    const changed = texts.map((text) => formatCue(text, "x.cue")).filter((text) => formatCue(text, "x.cue") !== text);
    expect(changed).toEqual([]);
  });

  test("keeps every comment", () => {
    const commentsOf = (text: string) => parse(text, "x.cue").file.comments.map((comment) => comment.text);
    for (const text of texts) expect(commentsOf(formatCue(text, "x.cue"))).toEqual(commentsOf(text));
  });

  // A float without digits behind its point gets one, and is printed with it.
  const exact = texts.filter((text) => !/\d\.(?![\d.])/.test(text));
  test("keeps every value", async () => {
    const outcome = async (text: string) => {
      const { file } = parse(text, "x.cue");
      const { value, errors } = evaluate([file], { library: await loadLibrary([file]) });
      return value === undefined ? errors.map((error) => showError(error).split("@")[0]) : showLocated(value);
    };
    for (const text of exact) expect(await outcome(formatCue(text, "x.cue"))).toEqual(await outcome(text));
  });

  test("refuses what is no CUE", () => {
    expect(() => formatCue("a: {", "x.cue")).toThrow(SourceError);
  });
});
