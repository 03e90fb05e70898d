import { describe, expect, test } from "vitest";
import { checkEnvFile } from "../../src/cli/check-env-file.js";
import { sheaf, tempDir } from "../support/run-cli.js";

describe("a .env file", () => {
  test.each([
    ["nothing", ""],
    ["a comment", "# TOKEN\n  # another\n"],
    ["variables", "A=1\nexport B = two words # note\nC: yaml\nD=\n\tE.f-g='x'\r\n"],
    ["values of several lines", 'KEY="-----BEGIN\nno equals sign\nEND" # note\nB=\'x\ny\'\nC=`a\n"b`\n'],
    ["quotes inside a value", "A=it's\nB=say \"x\n"],
    ["an escaped quote", 'A="a\\"\nb"\n'],
  ])("with %s is taken", (_, text) => {
    expect(() => checkEnvFile(".env", text)).not.toThrow();
  });

  test.each([
    ["a name alone", "A=1\nGITHUB_TOKEN\n", ".env:2:1: expected NAME=VALUE"],
    ["a name with a space", "MY NAME=x", ".env:1:1: expected NAME=VALUE"],
    ["a line behind a value of several lines", 'A="1\n2"\ns3cr3t\n', ".env:3:1: expected NAME=VALUE"],
  ])("with %s is refused with the line's number alone", (_, text, message) => {
    expect(() => checkEnvFile(".env", text)).toThrow(message);
  });

  test("with a fault stops the command and does not show the line", async () => {
    const cwd = tempDir({ ".env": "TOKEN s3cr3t\n", "bundle.cue": "" });
    const run = await sheaf(["bundle", "vet", "-f", "bundle.cue", "--env-file", ".env"], { cwd });
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toContain(".env:1:1: expected NAME=VALUE");
    expect(run.stderr).not.toContain("s3cr3t");
  });
});

test("a switch with a misspelled value is a usage error", async () => {
  const run = await sheaf(["bundle", "delete", "--wait=flase", "podinfo"]);
  expect(run).toMatchObject({ code: 2, stdout: "" });
  expect(run.stderr).toContain('--wait is a switch: expected true or false, not "flase"');
});
