import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseChallenges } from "../../../src/engine/oci/challenge.js";
import { dockerCredentials, parseCredentials } from "../../../src/engine/oci/index.js";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sheaf-"));
});
afterEach(() => rm(dir, { recursive: true }));

const configured = async (config: unknown, helper?: Parameters<typeof dockerCredentials>[0]["runHelper"]) => {
  await writeFile(join(dir, "config.json"), typeof config === "string" ? config : JSON.stringify(config));
  return dockerCredentials({ env: { DOCKER_CONFIG: dir }, ...(helper === undefined ? {} : { runHelper: helper }) });
};

describe("dockerCredentials()", () => {
  const basic = (username: string, password: string) => ({ kind: "basic", username, password });

  test.each([
    {
      title: "inline auth",
      auths: { "reg.example": { auth: base64("me:a:b") } },
      host: "reg.example",
      want: basic("me", "a:b"),
    },
    {
      title: "a key with a port",
      auths: { "localhost:5000": { auth: base64("me:pw") } },
      host: "localhost:5000",
      want: basic("me", "pw"),
    },
    {
      title: "a key as an address",
      auths: { "https://reg.example/v1/": { auth: base64("me:pw") } },
      host: "reg.example",
      want: basic("me", "pw"),
    },
    {
      title: "Docker's hub",
      auths: { "https://index.docker.io/v1/": { auth: base64("me:pw") } },
      host: "docker.io",
      want: basic("me", "pw"),
    },
    {
      title: "name and password",
      auths: { r: { username: "me", password: "pw" } },
      host: "r",
      want: basic("me", "pw"),
    },
    {
      title: "an identity token",
      auths: { r: { auth: base64("me:"), identitytoken: "id" } },
      host: "r",
      want: { kind: "identity-token", token: "id" },
    },
    { title: "another host's auth", auths: { other: { auth: base64("me:pw") } }, host: "r", want: undefined },
    { title: "an empty entry", auths: { r: {} }, host: "r", want: undefined },
    { title: "a host that is named like a property", auths: {}, host: "constructor", want: undefined },
  ])("reads $title", async ({ auths, host, want }) => {
    expect(await (await configured({ auths }))(host)).toEqual(want);
  });

  test("prefers the helper of a host, then the store, then inline auth", async () => {
    const asked: string[] = [];
    const find = await configured(
      { credHelpers: { "a.example": "one" }, credsStore: "two", auths: { "c.example": { auth: base64("me:inline") } } },
      async (program, args, input) => {
        asked.push([program, ...args, input].join(" "));
        if (input === "c.example") return { exitCode: 1, stdout: "credentials not found in native keychain\n" };
        return {
          exitCode: 0,
          stdout: JSON.stringify({ ServerURL: input, Username: input === "a.example" ? "<token>" : "me", Secret: "s" }),
        };
      },
    );
    expect(await find("a.example")).toEqual({ kind: "identity-token", token: "s" });
    expect(await find("b.example")).toEqual(basic("me", "s"));
    expect(await find("c.example")).toEqual(basic("me", "inline"));
    expect(asked).toEqual([
      "docker-credential-one get a.example",
      "docker-credential-two get b.example",
      "docker-credential-two get c.example",
    ]);
  });

  test("runs a helper program that is on the PATH", async () => {
    const helper = join(dir, "docker-credential-test");
    await writeFile(helper, '#!/bin/sh\nread host\necho "{\\"Username\\":\\"me\\",\\"Secret\\":\\"of $host\\"}"\n');
    await chmod(helper, 0o755);
    await writeFile(join(dir, "config.json"), '{"credsStore":"test"}');
    const find = dockerCredentials({ env: { DOCKER_CONFIG: dir, PATH: `${dir}${delimiter}${process.env.PATH}` } });
    expect(await find("r.example")).toEqual(basic("me", "of r.example"));
  });

  test.each([
    {
      title: "a helper that is not installed",
      config: { credsStore: "sheaf-none" },
      fault: "Cannot run docker-credential-sheaf-none",
    },
    {
      title: "a helper with a path in its name",
      config: { credsStore: "../x" },
      fault: "is not the name of a credential helper",
    },
    {
      title: "auth that is no base64 of user:password",
      config: { auths: { r: { auth: base64("secretsecret") } } },
      fault: 'auths["r"].auth is not the base64 form',
    },
    { title: "a file that is no JSON", config: "{", fault: "is not a JSON object" },
  ])("says what is wrong with $title", async ({ config, fault }) => {
    const found = (await configured(config))("r");
    await expect(found).rejects.toMatchObject({ code: "bad-credentials" });
    await expect(found).rejects.toThrow(fault);
    await expect(found).rejects.not.toThrow("secretsecret");
  });

  test("has none without a file or a home", async () => {
    expect(await dockerCredentials({ env: { HOME: dir } })("r")).toBeUndefined();
    expect(await dockerCredentials({ env: {} })("r")).toBeUndefined();
  });
});

test("parseCredentials() reads user:password", () => {
  expect(parseCredentials("me:a:b")).toEqual({ kind: "basic", username: "me", password: "a:b" });
  expect(parseCredentials("me")).toEqual({ kind: "basic", username: "me", password: "" });
  expect(() => parseCredentials(":secret")).toThrow(/^Credentials must be written as user:password$/);
});

test.each([
  ['Basic realm="a"', [["basic", { realm: "a" }]]],
  [
    'Bearer realm="https://a/t?x=1,2",service=reg, scope="a b"',
    [["bearer", { realm: "https://a/t?x=1,2", service: "reg", scope: "a b" }]],
  ],
  [
    'Negotiate, Basic realm="say \\"hi\\""',
    [
      ["negotiate", {}],
      ["basic", { realm: 'say "hi"' }],
    ],
  ],
  ["", []],
])("parseChallenges() reads %j", (header, want) => {
  const found = parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
  expect(found).toEqual(want);
});
