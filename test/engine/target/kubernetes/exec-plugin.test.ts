import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { JsonObject } from "../../../../src/engine/json/index.js";
import { credentialsOf } from "../../../../src/engine/target/kubernetes/credentials.js";

const v1 = "client.authentication.k8s.io/v1";
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "exec-plugin-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Credentials by a plugin that is this shell script; `now` is what the clock says. */
async function plugin(script: string, exec: JsonObject = {}, clock: { now: number } = { now: 0 }, interactive = false) {
  await writeFile(join(folder, "plugin"), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, "plugin"), 0o755);
  const user = {
    name: "jane",
    file: join(folder, "config"),
    fields: { exec: { apiVersion: v1, command: "./plugin", ...exec } },
  };
  return credentialsOf(
    user,
    {},
    {
      env: { PATH: process.env.PATH, GIVEN: "by-env" },
      interactive,
      now: () => clock.now,
      cluster: { server: "https://a.test" },
    },
  );
}
const print = (status: JsonObject, apiVersion = v1) =>
  `echo run >>"$(dirname "$0")/runs"; echo '${JSON.stringify({ apiVersion, kind: "ExecCredential", status })}'`;
const runs = async () => (await readFile(join(folder, "runs"), "utf8")).split("\n").length - 1;

test("a token, asked for once until it ends, and again when it is refused", async () => {
  const clock = { now: Date.parse("2026-01-01T00:00:00Z") };
  const credentials = await plugin(print({ token: "t", expirationTimestamp: "2026-01-01T00:10:00Z" }), {}, clock);
  const all = await Promise.all([credentials.current(false), credentials.current(false), credentials.current(false)]);
  expect(all.map(({ headers }) => headers.Authorization)).toEqual(["Bearer t", "Bearer t", "Bearer t"]);
  expect(await runs()).toBe(1);
  clock.now += 9 * 60_000;
  await credentials.current(false);
  expect(await runs()).toBe(1);
  clock.now += 55_000;
  await credentials.current(false);
  expect(await runs()).toBe(2);
  await credentials.current(true);
  expect(await runs()).toBe(3);
});

test("a client certificate", async () => {
  const credentials = await plugin(print({ clientCertificateData: "CERT", clientKeyData: "KEY" }));
  expect(await credentials.current(false)).toEqual({ headers: {}, cert: "CERT", key: "KEY" });
});

test("arguments, environment and KUBERNETES_EXEC_INFO reach it", async () => {
  const script = `printf '%s\\n' "$*" "$GIVEN" "$MORE" "$KUBERNETES_EXEC_INFO" >"$(dirname "$0")/seen"\n${print({ token: "t" })}`;
  const exec = { args: ["a b", "c"], env: [{ name: "MORE", value: "by-config" }], provideClusterInfo: true };
  await (await plugin(script, exec)).current(false);
  const [args, given, more, info = ""] = (await readFile(join(folder, "seen"), "utf8")).split("\n");
  expect([args, given, more]).toEqual(["a b c", "by-env", "by-config"]);
  expect(JSON.parse(info)).toEqual({
    apiVersion: v1,
    kind: "ExecCredential",
    spec: { interactive: false, cluster: { server: "https://a.test" } },
    status: {},
  });
});

test.each<[string, string, JsonObject, string, RegExp]>([
  [
    "fails",
    "echo 'please log in' >&2; exit 3",
    {},
    "unauthorized",
    /user "jane": the credential plugin \.\/plugin failed: exit 3: please log in/,
  ],
  [
    "is not there",
    "",
    { command: "./none", installHint: "brew install none" },
    "unauthorized",
    /ENOENT[\s\S]*brew install none/,
  ],
  ["prints no JSON", "echo S3CR3T", {}, "unauthorized", /did not print JSON/],
  ["prints something else", 'echo \'{"kind":"S3CR3T"}\'', {}, "unauthorized", /did not print an ExecCredential/],
  [
    "speaks another version",
    print({ token: "S3CR3T" }, "client.authentication.k8s.io/v1beta1"),
    {},
    "unauthorized",
    /of client.authentication.k8s.io\/v1/,
  ],
  ["gives nothing", print({}), {}, "unauthorized", /neither a token nor a client certificate/],
  ["has no command", "", { command: "" }, "bad-kubeconfig", /exec\.command is missing/],
  [
    "is of an old version",
    "",
    { apiVersion: "client.authentication.k8s.io/v1alpha1" },
    "bad-kubeconfig",
    /v1alpha1", expected/,
  ],
  [
    "needs a terminal",
    "",
    { interactiveMode: "Always" },
    "unauthorized",
    /has to ask its user, but there is no terminal/,
  ],
])("a plugin that %s", async (_, script, exec, code, message) => {
  const credentials = await plugin(script, exec);
  const error: unknown = await credentials.current(false).catch((reason) => reason);
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(String(error)).not.toContain("S3CR3T");
});

test("a failure is not kept", async () => {
  const fails = `test -f "$(dirname "$0")/ok" || exit 1\n${print({ token: "t" })}`;
  const credentials = await plugin(fails);
  await expect(credentials.current(false)).rejects.toMatchObject({ code: "unauthorized" });
  await writeFile(join(folder, "ok"), "");
  expect((await credentials.current(false)).headers).toEqual({ Authorization: "Bearer t" });
});
