import { mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { dockerCredentials, removeLogin, saveLogin } from "../../../src/engine/oci/index.js";

const login = { username: "me", password: "s3cret:with:colons" };
const auth = Buffer.from("me:s3cret:with:colons").toString("base64");
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sheaf-"));
});
afterEach(() => rm(dir, { recursive: true }));

const file = () => join(dir, "config.json");
const options = (runHelper?: Parameters<typeof saveLogin>[2]["runHelper"]) => ({
  env: { DOCKER_CONFIG: dir },
  ...(runHelper && { runHelper }),
});
const config = async () => JSON.parse(await readFile(file(), "utf8"));

test("a login is found again, is readable for its owner alone, and other entries stay", async () => {
  const before = { auths: { "other.test": { auth: "eA==" } }, HttpHeaders: { "User-Agent": "x" }, currentContext: "c" };
  await writeFile(file(), JSON.stringify(before), { mode: 0o644 });
  expect(await saveLogin("r.test:5000", login, options())).toBe(file());
  expect(await config()).toEqual({ ...before, auths: { ...before.auths, "r.test:5000": { auth } } });
  expect((await stat(file())).mode & 0o777).toBe(0o600);
  expect(await dockerCredentials(options())("r.test:5000")).toEqual({ kind: "basic", ...login });

  expect(await removeLogin("r.test:5000", options())).toBe(file());
  expect(await config()).toEqual(before);
  expect(await removeLogin("r.test:5000", options())).toBeUndefined();
});

test("a file that does not exist is made", async () => {
  const home = join(dir, "home");
  await saveLogin("docker.io", login, { env: { HOME: home } });
  const made = join(home, ".docker", "config.json");
  expect(JSON.parse(await readFile(made, "utf8"))).toEqual({ auths: { "https://index.docker.io/v1/": { auth } } });
  expect((await stat(made)).mode & 0o777).toBe(0o600);
});

test("a link to the file stays a link", async () => {
  await writeFile(join(dir, "real.json"), "{}");
  await symlink("real.json", file());
  await saveLogin("r.test", login, options());
  expect(JSON.parse(await readFile(join(dir, "real.json"), "utf8"))).toEqual({ auths: { "r.test": { auth } } });
});

test("a helper keeps what it is there for", async () => {
  const calls: unknown[] = [];
  const helper = async (program: string, args: readonly string[], input: string) => {
    calls.push([program, ...args, input.startsWith("{") ? JSON.parse(input) : input]);
    return { exitCode: 0, stdout: "" };
  };
  await writeFile(file(), JSON.stringify({ credHelpers: { "r.test": "pass" } }));
  expect(await saveLogin("r.test", login, options(helper))).toBe("docker-credential-pass");
  expect(await removeLogin("r.test", options(helper))).toBe("docker-credential-pass");
  expect(calls).toEqual([
    ["docker-credential-pass", "store", { ServerURL: "r.test", Username: "me", Secret: login.password }],
    ["docker-credential-pass", "erase", "r.test"],
  ]);
  expect(await config()).toEqual({ credHelpers: { "r.test": "pass" } });
});

test("a helper that fails is an error without the password", async () => {
  await writeFile(file(), JSON.stringify({ credsStore: "pass" }));
  const attempt = saveLogin(
    "r.test",
    login,
    options(async () => ({ exitCode: 1, stdout: login.password })),
  );
  await expect(attempt).rejects.toMatchObject({ code: "bad-credentials" });
  await expect(attempt).rejects.not.toThrow(login.password);
});

test("a file that is no JSON is not written over", async () => {
  await writeFile(file(), "not JSON");
  await expect(saveLogin("r.test", login, options())).rejects.toMatchObject({ code: "bad-credentials" });
  expect(await readFile(file(), "utf8")).toBe("not JSON");
});
