import { createColors } from "picocolors";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseDuration } from "../../src/cli/options/target.js";
import { formatDiff } from "../../src/cli/show-diff.js";
import { eventPrinter } from "../../src/cli/show-events.js";
import { formatTable } from "../../src/cli/show-table.js";
import { openTerminal } from "../../src/cli/terminal.js";
import type { ApplyEvent } from "../../src/engine/apply/index.js";
import type { ObjectRef } from "../../src/engine/object/index.js";
import type { ReadyState } from "../../src/engine/target/index.js";
import { sink } from "../support/run-cli.js";

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

describe("what people read", () => {
  const hostile = "m\u001b[2J\u001b]0;title\u0007\u009b2J\r\n\u001b[8m";
  const shown = "m\\u001b[2J\\u001b]0;title\\u0007\\u009b2J\n\\u001b[8m";

  test.each([
    ["with colours", { FORCE_COLOR: "1" }],
    ["without", {}],
  ])("has no control characters but its own colours, %s", (_, env) => {
    const [stdout, stderr] = [sink(), sink()];
    const terminal = openTerminal({ stdout: stdout.stream, stderr: stderr.stream }, env);
    for (const write of [terminal.say, terminal.err]) write(`${terminal.colors.red("x")} ${hostile}\t`);
    for (const text of [stdout.text(), stderr.text()]) expect(text).toBe(`${terminal.colors.red("x")} ${shown}\t`);
  });

  test("is one line for one row of a table", () => {
    expect(formatTable(["A", "B"], [["x\ny\u001b", "z"]])).toBe("A           B\nx\\ny\\u001b  z\n");
  });

  test("in JSON stays JSON, whatever is hidden in it", () => {
    const stdout = sink();
    const terminal = openTerminal({ stdout: stdout.stream, stderr: process.stderr }, {});
    for (const secret of ["true", 'pa"ss', "wo\\rd"]) terminal.redactor.add(secret);
    terminal.json({ a: true, b: 'a pa"ss', c: ["wo\\rd", hostile], true: null });
    expect(JSON.parse(stdout.text())).toEqual({ a: true, b: "a ***", c: ["***", hostile], true: null });
    expect(stdout.text()).not.toMatch(/[^\P{Cc}\n]/u);
  });
});

describe("what a run waits for", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const ref: ObjectRef = { group: "apps", version: "v1", kind: "Deployment", namespace: "n", name: "web" };
  const state = (words: ReadyState["state"], message: string): ApplyEvent => ({
    type: "object-state",
    ref,
    state: { state: words, message },
  });
  const opened = (env: NodeJS.ProcessEnv) => {
    const both = sink();
    const stderr = Object.assign(both.stream, { isTTY: true, columns: 43 });
    const terminal = openTerminal({ stdout: both.stream, stderr }, { NO_COLOR: "1", ...env });
    return { terminal, print: eventPrinter(terminal, { output: "table", dryRun: false }), text: both.text };
  };
  const up = "\u001b[1A\u001b[0J";

  test("has a line in its place on a screen, which goes when it is done", () => {
    const { terminal, print, text } = opened({});
    print(state("in-progress", "replicas: 0/1"));
    vi.advanceTimersByTime(1000);
    print(state("in-progress", `available:\n0/1, and more of it\u001b[2J`));
    terminal.say("said\n");
    print(state("current", ""));
    expect(text()).toBe(
      [
        "  Deployment/n/web in-progress: replicas: \n",
        `${up}  Deployment/n/web in-progress: available:\n`,
        `${up}said\n  Deployment/n/web in-progress: available:\n`,
        `${up}  Deployment/n/web current\n`,
      ].join(""),
    );
  });

  test("is shown in part where it is much, and an error takes all off", () => {
    const { terminal, text } = opened({});
    for (let index = 0; index < 12; index++) terminal.live?.(String(index), `line ${index}`);
    terminal.err("error\n");
    expect(text()).toContain("line 8\n  and 3 more\n");
    expect(text().endsWith("\u001b[10A\u001b[0Jerror\n")).toBe(true);
  });

  test("is told where nobody watches, when it takes longer than a second", () => {
    const { print, text } = opened({ CI: "true" });
    print(state("in-progress", "replicas: 0/1"));
    vi.advanceTimersByTime(999);
    print(state("in-progress", "available: 0/1"));
    expect(text()).toBe("");
    vi.advanceTimersByTime(1);
    expect(text()).toBe("  Deployment/n/web in-progress: available: 0/1\n");
    print(state("in-progress", "updated: 0/1"));
    print(state("current", ""));
    expect(text()).toBe(
      "  Deployment/n/web in-progress: available: 0/1\n  Deployment/n/web in-progress: updated: 0/1\n  Deployment/n/web current\n",
    );
  });

  test("is not told when it is there at once", () => {
    for (const env of [{}, { CI: "true" }]) {
      const { print, text } = opened(env);
      print(state("in-progress", "replicas: 0/1"));
      print(state("current", ""));
      print(state("absent", "not found"));
      vi.advanceTimersByTime(5000);
      expect(text().replace(`  Deployment/n/web in-progress: replicas: \n${up}`, "")).toBe("");
    }
  });

  test("is told at once when it has failed, or when the instance is done without it", () => {
    const { print, text } = opened({ CI: "true" });
    print(state("failed", "no such image"));
    print(state("terminating", "empty"));
    const counts = { created: 0, configured: 0, recreated: 0, unchanged: 0, skipped: 0, deleted: 1, kept: 0 };
    print({ type: "instance-done", instance: { name: "one", namespace: "n" }, counts });
    expect(text()).toBe(
      "  Deployment/n/web failed: no such image\n  Deployment/n/web terminating: empty\n  one: 1 deleted\n",
    );
  });
});
