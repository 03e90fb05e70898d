import { execFile, spawn } from "node:child_process";
import { createPrivateKey, sign, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { type Child, startChild, untilUp } from "./control-plane/child.js";

// Debian's docker-registry, a token service for it, and skopeo, an independent client.

export type Registry = Readonly<{ host: string; child: Child }>;

/** The bcrypt hash of `s3cret`, as htpasswd writes it. */
const htpasswd = "me:$2y$05$abcdefghijklmnopqrstuuLK7U1u6pVRmL7L1BBM2aS35PSZnDXlK\n";
const fixture = (name: string) => resolve("test/fixtures/tls", name);
export const caFile = fixture("ca.pem");

/** How a registry is set up: lines of its configuration below `http` and `auth`. */
export type RegistrySetup = Readonly<{ tls?: boolean; htpasswd?: boolean; tokenRealm?: string }>;

/** Starts a registry whose data are below `dir`. */
export async function startRegistry(dir: string, name: string, setup: RegistrySetup = {}): Promise<Registry> {
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(dir, `${name}.yml`);
  await writeFile(join(dir, "htpasswd"), htpasswd);
  const auth =
    setup.tokenRealm !== undefined
      ? `auth: {token: {realm: "${setup.tokenRealm}", service: registry, issuer: tests, rootcertbundle: ${caFile}}}\n`
      : setup.htpasswd
        ? `auth: {htpasswd: {realm: closed, path: ${join(dir, "htpasswd")}}}\n`
        : "";
  const tls = setup.tls ? `, tls: {certificate: ${fixture("server.pem")}, key: ${fixture("server.key")}}` : "";
  await writeFile(
    config,
    `version: 0.1
log: {level: warn}
storage: {filesystem: {rootdirectory: ${join(dir, name)}}, delete: {enabled: true}}
http: {addr: "${host}", secret: tests${tls}}
${auth}`,
  );
  const child = startChild(name, "docker-registry", ["serve", config], join(dir, `${name}.log`));
  await untilUp(child, async () => {
    // Over TLS an answer to plain HTTP says that it is up.
    const { status } = await fetch(`http://${host}/v2/`);
    return [200, 400, 401].includes(status);
  });
  return { host, child };
}

/** How long docker-registry takes a token that has run out, in seconds. */
const leeway = 60;

/** A token service for registries: it knows one user, and gives tokens that the registries verify, for so many seconds. */
export async function startTokenService(
  password: string,
  seconds = 300,
): Promise<Readonly<{ realm: string; seen: string[]; close(): void }>> {
  const seen: string[] = [];
  const key = createPrivateKey(readFileSync(fixture("server.key")));
  const x5c = [new X509Certificate(readFileSync(fixture("server.pem"))).raw.toString("base64")];
  const server: Server = createServer((request, response) => {
    const scopes = new URL(request.url ?? "", "http://x").searchParams.getAll("scope");
    const known = request.headers.authorization === `Basic ${Buffer.from(`me:${password}`).toString("base64")}`;
    seen.push(`${known ? "me" : "nobody"} ${scopes.join(" ")}`);
    if (!known) return void response.writeHead(401).end();
    const access = scopes.map((scope) => {
      const [type = "", name = "", actions = ""] = scope.split(":");
      return { type, name, actions: actions.split(",") };
    });
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: "tests",
      sub: "me",
      aud: "registry",
      exp: now + seconds - leeway,
      nbf: now - 2 * leeway,
      iat: now,
      jti: "1",
      access,
    };
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const text = `${encode({ typ: "JWT", alg: "ES256", x5c })}.${encode(claims)}`;
    const signature = sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url");
    response.end(JSON.stringify({ token: `${text}.${signature}` }));
  });
  const port = await freePort();
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  return { realm: `http://127.0.0.1:${port}/token`, seen, close: () => server.close() };
}

export async function freePort(): Promise<number> {
  const holder = createTcpServer().listen(0, "127.0.0.1");
  await new Promise((done) => holder.once("listening", done));
  const address = holder.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  await new Promise((done) => holder.close(done));
  return address.port;
}

/** Copies with skopeo. */
export async function skopeoCopy(from: string, to: string, ...more: readonly string[]): Promise<void> {
  const insecure = ["--insecure-policy", "--src-tls-verify=false", "--dest-tls-verify=false"];
  await promisify(execFile)("skopeo", ["copy", "-q", ...insecure, ...more, from, to]);
}

/** The manifest that skopeo finds, as JSON. */
export async function skopeoInspect(url: string): Promise<{ annotations: Record<string, string>; layers: unknown[] }> {
  const { stdout } = await promisify(execFile)("skopeo", ["inspect", "--raw", "--tls-verify=false", url]);
  return JSON.parse(stdout);
}

export type RunResult = Readonly<{ code: number | null; stdout: string; stderr: string }>;

/** Runs the built command as a child process. */
export function runSheaf(
  args: readonly string[],
  options: Readonly<{ cwd: string; home: string; env?: Readonly<Record<string, string>>; input?: string }>,
): Promise<RunResult> {
  const { cwd, home, input = "" } = options;
  const env = { PATH: process.env.PATH, HOME: home, ...options.env };
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [resolve("bin/sheaf.js"), ...args], { cwd, env });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (part: Buffer) => stdout.push(part));
    child.stderr.on("data", (part: Buffer) => stderr.push(part));
    child.on("error", fail);
    child.on("close", (code) =>
      done({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
    );
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}
