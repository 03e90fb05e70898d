import { describe, expect, test } from "vitest";
import { Redactor } from "../../../src/engine/diagnostics/index.js";

const pem = "-----BEGIN KEY-----\nMIIBfakefakefake\n-----END KEY-----";
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("Redactor", () => {
  const redactor = new Redactor(['pa"ss word', pem, "abc", "token-1\n", 4711]);

  test.each([
    ["as it is", 'got pa"ss word!', "got ***!"],
    ["in JSON", JSON.stringify({ a: 'pa"ss word' }), '{"a":"***"}'],
    ["in JSON within JSON", JSON.stringify({ a: JSON.stringify({ b: 'pa"ss word' }) }), '{"a":"{\\"b\\":\\"***\\"}"}'],
    ["in a URL", "https://u:pa%22ss%20word@host", "https://u:***@host"],
    ["in base64", `data: ${base64('pa"ss word')}`, "data: ***"],
    ["in base64 without padding", `data: ${base64('pa"ss word').replace(/=+$/, "")}.`, "data: ***."],
    ["a line of several", "line 2: MIIBfakefakefake", "line 2: ***"],
    ["of several lines, quoted", `Invalid value: ${JSON.stringify(pem)}`, 'Invalid value: "***"'],
    ["without the line break at its end", "token-1 is bad", "*** is bad"],
    ["one too short to hide within others", "abcdef", "abcdef"],
    ["a number within others", "47110 and 4711", "47110 and 4711"],
    ["nothing", "all fine", "all fine"],
  ])("hides a secret %s", (_, text, hidden) => {
    expect(redactor.redact(text)).toBe(hidden);
  });

  test.each([
    ["abc", "***"],
    [base64("abc"), "***"],
    ["4711", "***"],
    ["abcd", "abcd"],
    ['x pa"ss word', "x ***"],
  ])("hides short secrets and numbers as whole values: %s", (text, hidden) => {
    expect(redactor.redactValue(text)).toBe(hidden);
  });
});
