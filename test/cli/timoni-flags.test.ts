import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { version } from "../../src/cli/version.js";
import { sheaf } from "../support/run-cli.js";

/** The flags of Timoni, command by command; those that all commands have are with `list`. */
const timoni: Readonly<Record<string, string>> = {
  apply: "-n -v -p --digest -f --values --creds --force --overwrite-ownership --dry-run --diff --wait",
  build: "-n -v -p --digest -f --values --creds -o --output --mask-secrets",
  delete: "-n --dry-run --wait",
  list: `-n --namespace -A --all-namespaces --bundle --timeout --log-pretty --log-color --cache-dir --kubeconfig
    --kube-context --kube-as --kube-as-group --kube-as-uid --kube-token --kube-server --kube-tls-server-name --kube-client-certificate
    --kube-client-key --kube-certificate-authority --kube-insecure-skip-tls-verify`,
  status: "-n",
  "inspect module": "-n",
  "inspect values": "-n",
  "inspect resources": "-n",
  "bundle apply": `-f --file -p --creds --force --overwrite-ownership --dry-run --diff --wait --runtime-from-env
    -r --runtime --runtime-cluster --runtime-group --workdir --registry-insecure`,
  "bundle build": "-f --file -p --creds --output-dir --concurrency --mask-secrets --runtime-from-env -r --workdir",
  "bundle vet": "-f --file -p --print-value --runtime-from-env -r --runtime-cluster --runtime-group --workdir",
  "bundle delete": "-f --file --name --wait --dry-run",
  "bundle status": "-f --file",
  "runtime build": "-f --file --cluster --cluster-group --workdir",
  "mod init": "-b --blueprint",
  "mod vet": "--name -p --debug -f --values",
  "mod build": "-v -o --output --format -a --annotation",
  "mod list": "--creds --with-digest --limit -o --output",
  "mod show": "-v --creds -o --output",
  "mod pull": `-v --creds -o --output --verify --cosign-key --certificate-identity --certificate-identity-regexp
    --certificate-oidc-issuer --certificate-oidc-issuer-regexp`,
  "mod push": "-v --creds --latest -a --annotation -o --output --resolve-symlinks --sign --cosign-key",
  "artifact build": "-f --filepath -o --output --format -t --tag -a --annotation --content-type",
  "artifact push":
    "-f --filepath -t --tag -a --annotation --content-type -o --output --resolve-symlinks --sign --cosign-key --creds",
  "artifact pull": "-o --output --content-type --verify --cosign-key --creds",
  "artifact list": "--with-digest --limit -o --output --filter-regex --filter-semver --creds",
  "artifact tag": "-t --tag --creds",
  "artifact digest": "-o --output --creds",
  "registry login": "-u --username --password-stdin",
  version: "-o --output",
  fmt: "-d --diff",
};

/** What the page says of flags that are not there: pairs of the commands' cell and the flags' cell. */
const told = readFileSync("docs/timoni-users.md", "utf8")
  .split("\n")
  .map((line) => line.split(" | "))
  .filter(({ length }) => length === 3);

function isTold(command: string, flag: string): boolean {
  return told.some(
    ([commands = "", flags = ""]) =>
      flags.includes(`\`${flag}\``) && (commands.includes(`\`${command}\``) || /^\| (?:all|those)/.test(commands)),
  );
}

describe("what scripts for Timoni say", () => {
  test.each(Object.entries(timoni))(
    "sheaf %s has the flags, or docs/timoni-users.md says what takes their place",
    async (command, flags) => {
      const { code, stdout } = await sheaf([...command.split(" "), "--help"]);
      expect(code).toBe(0);
      const wrong = flags
        .split(/\s+/)
        .filter((flag) => isTold(command, flag) === new RegExp(`(?<![\\w-])${flag}(?![\\w-])`).test(stdout));
      expect(wrong).toEqual([]);
    },
  );

  test("the page names nothing else", () => {
    const flags = told.flatMap(([, cell = ""]) => [...cell.matchAll(/`(-[^`]+)`/g)].map(([, flag = ""]) => flag));
    const known = Object.values(timoni).flatMap((text) => text.split(/\s+/));
    expect(flags.filter((flag) => !known.includes(flag))).toEqual([]);
  });

  test("sheaf version tells what Timoni's tells", async () => {
    const { code, stdout } = await sheaf(["version", "-o", "json"]);
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      { api: "timoni.sh/v1alpha1", client: version, cue: "0.15.0" },
    ]);
    expect((await sheaf(["version"])).stdout).toContain("api: timoni.sh/v1alpha1\n");
  });
});
