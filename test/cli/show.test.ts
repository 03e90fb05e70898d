import { createColors } from "picocolors";
import { describe, expect, test } from "vitest";
import { parseDuration } from "../../src/cli/options.js";
import { Redactor } from "../../src/cli/redact.js";
import { formatDiff } from "../../src/cli/show-diff.js";
import { formatTable } from "../../src/cli/show-table.js";
import { openTerminal } from "../../src/cli/terminal.js";

describe("Redactor", () => {
  const redactor = new Redactor();
  for (const secret of ['pa"ss word', "-----BEGIN KEY-----\nMIIBfakefakefake\n-----END KEY-----", "abc"])
    redactor.add(secret);

  test.each([
    ["as it is", 'got pa"ss word!', "got ***!"],
    ["in JSON", JSON.stringify({ a: 'pa"ss word' }), '{"a":"***"}'],
    ["in a URL", "https://u:pa%22ss%20word@host", "https://u:***@host"],
    ["in base64", `data: ${Buffer.from('pa"ss word').toString("base64")}`, "data: ***=="],
    ["a line of several", "line 2: MIIBfakefakefake", "line 2: ***"],
    ["one too short to hide", "abcdef", "abcdef"],
    ["nothing", "all fine", "all fine"],
  ])("hides a secret %s", (_, text, hidden) => {
    expect(redactor.redact(text).replace(/\*\*\*=*/g, "***")).toBe(hidden.replace(/\*\*\*=*/g, "***"));
  });
});

describe("formatDiff()", () => {
  const ref = { group: "", version: "v1", kind: "ConfigMap", namespace: "a", name: "b" };
  const object = (data: string) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "b" },
    data: { key: data },
  });
  const colors = createColors(false);

  test("shows what changes", () => {
    expect(formatDiff(ref, { before: object("x"), after: object("z") }, colors)).toBe(
      [
        "--- ConfigMap/a/b",
        "+++ ConfigMap/a/b",
        "@@ -3,4 +3,4 @@",
        " metadata:",
        "   name: b",
        " data:",
        "-  key: x",
        "+  key: z",
        "",
      ].join("\n"),
    );
  });

  test("shows new and deleted objects, and nothing for no change", () => {
    expect(formatDiff(ref, { after: object("x") }, colors)).toContain("--- (absent)\n+++ ConfigMap/a/b\n");
    expect(formatDiff(ref, { before: object("x") }, colors)).toContain("--- ConfigMap/a/b\n+++ (deleted)\n");
    expect(formatDiff(ref, { before: object("x"), after: object("x") }, colors)).toBe("");
  });
});

test("formatTable() aligns columns", () => {
  expect(
    formatTable(
      ["NAME", "VERSION", ""],
      [
        ["a-long-name", "1", "latest"],
        ["b", "22", ""],
      ],
    ),
  ).toBe("NAME         VERSION\na-long-name  1        latest\nb            22\n");
});

describe("parseDuration()", () => {
  test.each([
    ["90s", 90_000],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["250ms", 250],
    ["1.5h", 5_400_000],
  ])("%s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
  test.each(["", "5", "m", "5 m", "-5m", "5mx", "soon"])("refuses %j", (text) => {
    expect(() => parseDuration(text)).toThrow("is no duration");
  });
});

describe("openTerminal()", () => {
  const colored = (isTTY: boolean, env: NodeJS.ProcessEnv) =>
    openTerminal({ stdout: process.stdout, stderr: Object.assign(Object.create(process.stderr), { isTTY }) }, env)
      .colors.isColorSupported;
  test.each<[boolean, NodeJS.ProcessEnv, boolean]>([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: "1" }, false],
    [true, { NO_COLOR: "" }, true],
    [true, { TERM: "dumb" }, false],
    [false, { FORCE_COLOR: "1" }, true],
    [true, { FORCE_COLOR: "0", NO_COLOR: "1" }, false],
  ])("terminal %s with %j: colours %s", (isTTY, env, wanted) => {
    expect(colored(isTTY, env)).toBe(wanted);
  });
});
