import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../src/engine/json/index.js";
import { type ConnectionOptions, resolveConnection } from "../../../../src/engine/target/kubernetes/connection.js";
import { pem } from "./fake-api.js";

let home = "";
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "kubeconfig-"));
});
afterEach(() => rm(home, { recursive: true }));

const base64 = (text: string) => Buffer.from(text).toString("base64");
/** A kubeconfig of one cluster, user and context, all of the same name. */
const config = (
  name: string,
  cluster: JsonObject = {},
  user: JsonObject = {},
  context: JsonObject = {},
): JsonObject => ({
  apiVersion: "v1",
  kind: "Config",
  "current-context": name,
  clusters: [{ name, cluster: { server: `https://${name}.test:6443`, ...cluster } }],
  users: [{ name, user }],
  contexts: [{ name, context: { cluster: name, user: name, ...context } }],
});

async function write(path: string, content: JsonObject | string): Promise<string> {
  const file = join(home, path);
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

const resolveWith = (env: Record<string, string>, overrides: ConnectionOptions["overrides"] = {}) =>
  resolveConnection({ env, home, overrides, serviceAccountDir: join(home, "service-account") });
const authorization = async (connection: Awaited<ReturnType<typeof resolveWith>>, renew = false) =>
  (await connection.credentials.current(renew)).headers.Authorization;

describe("which files", () => {
  test("the one in the home folder", async () => {
    await write(".kube/config", config("a", {}, {}, { namespace: "apps" }));
    const connection = await resolveWith({});
    expect(connection).toMatchObject({ description: "context a (https://a.test:6443)", namespace: "apps" });
  });

  test("those of KUBECONFIG, merged: the first that names something wins, missing ones are skipped", async () => {
    await write(".kube/config", config("home"));
    const one = await write("one", { ...config("a"), "current-context": "" });
    const two = await write("two", {
      ...config("b"),
      clusters: [
        { name: "a", cluster: { server: "https://loser.test" } },
        { name: "b", cluster: { server: "https://b.test" } },
      ],
    });
    const KUBECONFIG = [one, join(home, "missing"), "", two].join(delimiter);
    expect((await resolveWith({ KUBECONFIG })).server.href).toBe("https://b.test/");
    expect((await resolveWith({ KUBECONFIG }, { context: "a" })).server.href).toBe("https://a.test:6443/");
  });

  test("the one of a flag, and no other", async () => {
    const KUBECONFIG = await write("env", config("env"));
    const kubeconfig = await write("flag", config("flag"));
    expect((await resolveWith({ KUBECONFIG }, { kubeconfig })).description).toContain("context flag");
    await expect(resolveWith({ KUBECONFIG }, { kubeconfig: join(home, "missing") })).rejects.toMatchObject({
      code: "no-kubeconfig",
      message: `kubeconfig ${home}/missing does not exist`,
    });
  });

  test("none: says where it looked, how to give one, and what needs none", async () => {
    await expect(resolveWith({})).rejects.toMatchObject({
      code: "no-kubeconfig",
      message: `no kubeconfig found (KUBECONFIG is not set, no ${home}/.kube/config): set KUBECONFIG or pass --kubeconfig FILE; --target dir:PATH needs no cluster, it writes the objects into a folder`,
    });
    await expect(resolveWith({ KUBECONFIG: "/no/such" })).rejects.toMatchObject({
      message: expect.stringContaining("(KUBECONFIG names /no/such)"),
    });
  });

  test("none, but a server is named", async () => {
    const connection = await resolveWith({}, { server: "https://10.0.0.1:6443", token: "t" });
    expect(connection).toMatchObject({ description: "server (https://10.0.0.1:6443)", namespace: "default" });
    expect(await authorization(connection)).toBe("Bearer t");
  });

  test("none, in a pod: its service account", async () => {
    await write("service-account/token", "pod-token\n");
    await write("service-account/ca.crt", "CA");
    await write("service-account/namespace", "apps");
    const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };
    const connection = await resolveWith(env);
    expect(connection.server.href).toBe("https://[fd00::1]/");
    expect(connection).toMatchObject({ namespace: "apps", tls: { ca: "CA", insecure: false } });
    expect(await authorization(connection)).toBe("Bearer pod-token");
    await write("service-account/token", "rotated");
    expect(await authorization(connection)).toBe("Bearer pod-token");
    expect(await authorization(connection, true)).toBe("Bearer rotated");
  });
});

describe("what is wrong with a file", () => {
  test.each<[string, string | JsonObject, string]>([
    ["no YAML", "clusters: [\n  x: }", ":2:6: kubeconfig is not YAML: "],
    [
      "an alias bomb",
      `a0: &a0 [x]\n${Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`).join("\n")}`,
      "/.kube/config: kubeconfig cannot be read: ",
    ],
    ["no mapping", "just text", ":1:1: kubeconfig is not a mapping"],
    ["no list", { clusters: {} }, "clusters is not a list"],
    ["no name", { clusters: ["x"] }, "clusters[0] is not a mapping with a name"],
    ["no text", { "current-context": 5 }, "current-context is not text"],
    ["no contexts", {}, "has no current-context; set it or pass --kube-context (it has no contexts)"],
    ["no current context", { ...config("a"), "current-context": "" }, "(choose one of: a)"],
    ["an unknown current context", { ...config("a"), "current-context": "b" }, 'has no context "b"; choose one of: a'],
    ["an unknown cluster", config("a", {}, {}, { cluster: "b" }), 'has no cluster "b" (of context "a"); it has: a'],
    ["an unknown user", config("a", {}, {}, { user: "b" }), 'has no user "b" (of context "a"); it has: a'],
    ["a server that is no URL", config("a", { server: "https://:x" }), 'cluster "a": server "https://:x" is not a URL'],
    ["no server", config("a", { server: "" }), 'cluster "a": no server is given'],
    ["a server that is no text", config("a", { server: 1 }), "server is not text"],
    ["a missing authority", config("a", { "certificate-authority": "ca.pem" }), "ca.pem cannot be read: ENOENT"],
    [
      "a missing key",
      config("a", {}, { "client-certificate-data": "", "client-key": "k" }),
      "k cannot be read: ENOENT",
    ],
    [
      "a provider of old",
      config("a", {}, { "auth-provider": { name: "gcp" } }),
      'auth-provider "gcp", which is not supported',
    ],
    ["a proxy that is no URL", config("a", { "proxy-url": "ftp://x:SECRET@y" }), "proxy-url is not the URL of a proxy"],
  ])("%s", async (_, content, message) => {
    await write(".kube/config", content);
    const error: unknown = await resolveWith({}).catch((reason) => reason);
    expect(error).toMatchObject({ code: "bad-kubeconfig", message: expect.stringContaining(message) });
    expect(String(error)).not.toContain("SECRET");
  });

  test("a context that a flag asks for", async () => {
    await write(".kube/config", config("a"));
    await expect(resolveWith({}, { context: "kind-dev" })).rejects.toMatchObject({
      code: "bad-kubeconfig",
      message: `kubeconfig ${home}/.kube/config has no context "kind-dev"; choose one of: a`,
    });
  });
});

describe("cluster", () => {
  test.each<[string, JsonObject, ConnectionOptions["overrides"], object]>([
    [
      "data before file",
      { "certificate-authority-data": base64("DATA"), "certificate-authority": "no" },
      {},
      { ca: "DATA" },
    ],
    ["a file beside the kubeconfig", { "certificate-authority": "pki/ca.pem" }, {}, { ca: "FILE" }],
    [
      "a flag",
      { "certificate-authority-data": base64("DATA") },
      { insecureSkipTlsVerify: true },
      { ca: undefined, insecure: true },
    ],
    ["insecure", { "insecure-skip-tls-verify": true }, {}, { insecure: true }],
    [
      "a flag the other way",
      { "insecure-skip-tls-verify": true },
      { insecureSkipTlsVerify: false },
      { insecure: false },
    ],
    ["a server name", { "tls-server-name": "a" }, {}, { serverName: "a" }],
    ["another server name", { "tls-server-name": "a" }, { tlsServerName: "b" }, { serverName: "b" }],
  ])("%s", async (_, cluster, overrides, tls) => {
    await write(".kube/pki/ca.pem", "FILE");
    await write(".kube/config", config("a", cluster));
    expect((await resolveWith({}, overrides)).tls).toMatchObject(tls);
  });

  test("flags take the place of cluster, user, server and namespace", async () => {
    await write(".kube/config", {
      ...config("a"),
      clusters: [
        { name: "a", cluster: { server: "https://a.test" } },
        { name: "b", cluster: { server: "https://b.test" } },
      ],
      users: [
        { name: "a", user: { token: "a" } },
        { name: "b", user: { token: "b" } },
      ],
    });
    const connection = await resolveWith({}, { cluster: "b", user: "b", namespace: "n", requestTimeoutMs: 7 });
    expect(connection.server.href).toBe("https://b.test/");
    expect(await authorization(connection)).toBe("Bearer b");
    expect(connection).toMatchObject({ namespace: "n", requestTimeoutMs: 7 });
    expect((await resolveWith({}, { server: "https://c.test/prefix" })).server.href).toBe("https://c.test/prefix");
  });

  test("a password in the server's URL is not shown", async () => {
    await write(".kube/config", config("a", { server: "https://me:SECRET@a.test" }));
    expect((await resolveWith({})).description).toBe("context a (https://a.test)");
  });
});

describe("user", () => {
  test.each<[string, JsonObject, string | undefined]>([
    ["nothing", {}, undefined],
    ["a token", { token: "t" }, "Bearer t"],
    ["a token file, before a token", { token: "t", tokenFile: "token" }, "Bearer from-file"],
    ["a password", { username: "u", password: "p" }, `Basic ${base64("u:p")}`],
    ["an id token", { "auth-provider": { name: "oidc", config: { "id-token": "i" } } }, "Bearer i"],
  ])("%s", async (_, user, wanted) => {
    await write(".kube/token", "from-file\n");
    await write(".kube/config", config("a", {}, user));
    expect(await authorization(await resolveWith({}))).toBe(wanted);
    expect(await authorization(await resolveWith({}, { token: "flag" }))).toBe("Bearer flag");
  });

  test("a client certificate, as data or as files", async () => {
    await write(".kube/client.key", "KEY");
    await write(
      ".kube/config",
      config("a", {}, { "client-certificate-data": base64(pem("client.pem")), "client-key": "client.key" }),
    );
    const { credentials } = await resolveWith({});
    expect(await credentials.current(false)).toEqual({ headers: {}, cert: pem("client.pem"), key: "KEY" });
  });

  test.each<[JsonObject, ConnectionOptions["overrides"], object]>([
    [{}, {}, {}],
    [{}, { as: "jane" }, { "Impersonate-User": "jane" }],
    [{}, { as: "jane", asGroup: ["a", "b"] }, { "Impersonate-User": "jane", "Impersonate-Group": ["a", "b"] }],
    [
      { as: "joe", "as-groups": ["g"], "as-uid": "7", "as-user-extra": { "a/b": ["c"] } },
      {},
      {
        "Impersonate-User": "joe",
        "Impersonate-Group": ["g"],
        "Impersonate-Uid": "7",
        "Impersonate-Extra-a%2Fb": ["c"],
      },
    ],
    [{ as: "joe", "as-uid": "7" }, { as: "jane" }, { "Impersonate-User": "jane" }],
    [
      { as: "joe", "as-uid": "7" },
      { as: "jane", asUid: "8" },
      { "Impersonate-User": "jane", "Impersonate-Uid": "8" },
    ],
    [{ as: "joe", "as-uid": "7" }, { asUid: "8" }, { "Impersonate-User": "joe", "Impersonate-Uid": "8" }],
  ])("impersonation %#", async (user, overrides, headers) => {
    await write(".kube/config", config("a", {}, user));
    expect((await resolveWith({}, overrides)).headers).toEqual(headers);
  });

  test.each<[string, JsonObject, ConnectionOptions["overrides"], string]>([
    ["a token of two lines", { token: "SECRET\nb" }, {}, 'user "a": token '],
    ["a token of a flag", {}, { token: "SECRET\nb" }, "--kube-token "],
    ["whom to act as", {}, { as: "SECRET\r\nX: y" }, "Impersonate-User "],
    ["a group to act in", {}, { as: "jane", asGroup: ["a", "SECRET\nb"] }, "Impersonate-Group "],
    ["a name that is no header's", { as: "jane", "as-user-extra": { "a(b": ["c"] } }, {}, "Impersonate-Extra-a(b "],
  ])("what no header can carry is refused: %s", async (_, user, overrides, message) => {
    await write(".kube/config", config("a", {}, user));
    const error: unknown = await resolveWith({}, overrides).catch((reason) => reason);
    expect(error).toMatchObject({ code: "bad-kubeconfig", message: expect.stringContaining(message) });
    expect(String(error)).not.toContain("SECRET");
  });

  test("nor a token that a file turns out to hold", async () => {
    await write(".kube/token", "SECRET\nb");
    await write(".kube/config", config("a", {}, { tokenFile: "token" }));
    const { credentials } = await resolveWith({});
    const error: unknown = await credentials.current(false).catch((reason) => reason);
    expect(error).toMatchObject({ code: "bad-kubeconfig", message: expect.stringContaining("tokenFile ") });
    expect(String(error)).not.toContain("SECRET");
  });

  test.each<ConnectionOptions["overrides"]>([{ asGroup: ["g"] }, { asUid: "7" }])(
    "%j without a user is refused",
    async (overrides) => {
      await write(".kube/config", config("a"));
      await expect(resolveWith({}, overrides)).rejects.toMatchObject({ code: "bad-kubeconfig" });
    },
  );

  test("a client certificate of flags takes the place of the user's", async () => {
    const own = { "client-certificate-data": base64("OWN CERT"), "client-key-data": base64("OWN KEY") };
    await write(".kube/config", config("a", {}, own));
    const [clientCertificate, clientKey] = [await write("tls.crt", "CERT"), await write("tls.key", "KEY")];
    const { credentials } = await resolveWith({}, { clientCertificate, clientKey });
    expect(await credentials.current(false)).toEqual({ headers: {}, cert: "CERT", key: "KEY" });
  });

  test("one half of a client certificate is refused", async () => {
    await write(".kube/config", config("a"));
    const clientKey = await write("tls.key", "KEY");
    await expect(resolveWith({}, { clientKey })).rejects.toMatchObject({
      code: "bad-kubeconfig",
      message: "--kube-client-key also needs --kube-client-certificate",
    });
    await expect(resolveWith({}, { clientKey, clientCertificate: join(home, "none.crt") })).rejects.toMatchObject({
      message: `--kube-client-certificate ${home}/none.crt cannot be read: ENOENT`,
    });
  });
});
