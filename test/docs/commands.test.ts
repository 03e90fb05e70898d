import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { sheaf, tempDir } from "../support/run-cli.js";

/** Commands that the end-to-end suite and .ci/run run: they install and test this repository itself. */
const elsewhere = /^npm (?:test|ci|run (?:check|test:e2e|bench))\b/;

const pages = ["README.md", "CONTRIBUTING.md", "examples/README.md", ...markdownIn("docs"), ...moduleReadmes()];

function markdownIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${folder}/${name}`);
}

function moduleReadmes(): string[] {
  return readdirSync("modules", { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `modules/${name}/README.md`);
}

/** The lines of the shell blocks of a page, with continued lines joined and comments left out. */
function commandsOf(page: string): string[] {
  const blocks = readFileSync(page, "utf8").matchAll(/^```(?:sh|shell|bash|console)\n([\s\S]*?)^```/gm);
  return [...blocks]
    .flatMap(([, block = ""]) => block.replaceAll("\\\n", " ").split("\n"))
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line !== "");
}

describe.each(pages.map((page) => [page, commandsOf(page)] as const).filter(([, commands]) => commands.length > 0))(
  "the commands of %s",
  (_, commands) => {
    test("work, one after another", { timeout: 60_000 }, async () => {
      const cwd = tempDir();
      for (const name of ["examples", "modules"]) {
        cpSync(resolve(name), join(cwd, name), { recursive: true, filter: (path) => !path.includes("releases/") });
      }
      const env: Record<string, string> = {};
      for (const command of commands.flatMap((line) => line.split(" && "))) {
        const variable = /^export (\w+)=(\S+)$/.exec(command);
        if (variable !== null) env[variable[1] ?? ""] = variable[2] ?? "";
        else if (!elsewhere.test(command)) {
          expect(command).toMatch(/^(npx )?sheaf /);
          const [args = ""] = command.replace(/^(npx )?sheaf /, "").split(" >> ");
          const run = await sheaf(args.split(/\s+/), { cwd, env });
          const wanted = / diff /.test(command) ? [0, 3] : [0];
          expect(wanted, `${command}\n${run.stderr}`).toContain(run.code);
        }
      }
    });
  },
);

test("every command of --help has an example", async () => {
  const commands = [
    "bundle vet",
    "bundle build",
    "bundle diff",
    "bundle apply",
    "bundle status",
    "bundle delete",
    "bundle lock",
    "bundle push",
    "bundle schema",
    "mod vet",
    "mod test",
    "mod docs",
    "mod types",
    "mod show",
    "mod list",
    "mod init",
    "mod build",
    "mod push",
    "mod pull",
    "mod images",
    "artifact push",
    "artifact pull",
    "artifact list",
    "artifact tag",
    "artifact digest",
    "artifact copy",
    "registry login",
    "registry logout",
    "runtime build",
    "list",
    "build",
    "eval",
    "fmt",
    "apply",
    "delete",
    "status",
    "inspect module",
    "inspect values",
    "inspect resources",
  ];
  for (const command of commands) {
    const { code, stdout } = await sheaf([...command.split(" "), "--help"]);
    expect([command, code]).toEqual([command, 0]);
    expect(stdout).toMatch(/Examples:\n\s+sheaf /);
  }
  const { stdout } = await sheaf(["--help"]);
  for (const word of ["bundle", "mod", "artifact", "registry", "list", "eval", "--version"])
    expect(stdout).toContain(word);
});

test("the version is that of the package", async () => {
  expect(await sheaf(["--version"])).toMatchObject({ code: 0, stdout: "0.0.0-test\n" });
});
