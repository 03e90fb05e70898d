import { afterEach, expect, test, vi } from "vitest";
import { sheaf } from "../support/run-cli.js";

afterEach(() => vi.unstubAllEnvs());

test.each([
  ["/bin/bash", "complete -o bashdefault -o default -F _sheaf_yargs_completions sheaf"],
  ["/bin/zsh", "#compdef sheaf"],
])("the script for %s completes sheaf", async (SHELL, text) => {
  vi.stubEnv("SHELL", SHELL); // yargs looks there
  const run = await sheaf(["completion"]);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.stdout).toContain(text);
});

test.each([
  [
    ["sheaf", "bu"],
    ["bundle", "mod", "completion"],
  ],
  [
    ["sheaf", "bundle", "a"],
    ["apply", "delete", "lock"],
  ],
  [
    ["sheaf", "bundle", "apply", "--r"],
    ["--runtime-from-env", "--target", "--dry-run", "--runtime", "--runtime-cluster", "--runtime-group", "--parallel"],
  ],
  [
    ["sheaf", "bundle", "push", "oci://a/b", "--s"],
    ["--with-secrets", "--sign-key", "--tag"],
  ],
  [
    ["sheaf", "inspect", ""],
    ["module", "values", "resources"],
  ],
])("of %j the shell is offered what can follow", async (words, offered) => {
  const run = await sheaf(["--get-yargs-completions", ...words]);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.stdout.split("\n")).toEqual(expect.arrayContaining(offered));
});
