import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import { inject } from "vitest";
import { isJsonObject, type JsonObject, type JsonValue } from "../../src/engine/json/index.js";
import { isKubeObject, type KubeObject } from "../../src/engine/object/index.js";
import { type Child, startChild, untilUp } from "./control-plane/child.js";
import { type ApiAnswer, sendRequest } from "./control-plane/request.js";
import { users } from "./control-plane/start.js";

/** The control plane that all end-to-end suites share: `kubeconfig`, `server`, `caFile`, `auditLog`, … */
export const cluster = inject("cluster");

const root = join(import.meta.dirname, "../..");

/** A name that no other test uses. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString("hex")}`;
}

/** Makes a namespace with a name of its own, and returns the name. */
export async function newNamespace(prefix: string): Promise<string> {
  const name = uniqueName(prefix);
  await create({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, "/api/v1/namespaces");
  return name;
}

type ApiOptions = Readonly<{ as?: keyof typeof users; contentType?: string; userAgent?: string }>;

/** Sends one request to the API server, as admin unless said otherwise. Any status is an answer. */
export function api(
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body?: JsonValue,
  { as = "admin", ...options }: ApiOptions = {},
): Promise<ApiAnswer> {
  certificate ??= readFileSync(cluster.caFile, "utf8");
  const access = { server: cluster.server, ca: certificate, token: users[as].token };
  return sendRequest(access, method, path, body, options);
}
let certificate: string | undefined;

/** The object at an API path, or undefined. */
export async function get(path: string): Promise<KubeObject | undefined> {
  const { status, body } = await api("GET", path);
  if (status === 404) return undefined;
  return asObject(status, body, `GET ${path}`);
}

/** The objects of the list at an API path. */
export async function list(path: string): Promise<JsonObject[]> {
  const { body } = await api("GET", path);
  return isJsonObject(body) && Array.isArray(body.items) ? body.items.filter(isJsonObject) : [];
}

/** Creates an object by POST to the collection's API path. */
export async function create(object: JsonObject, collection: string): Promise<KubeObject> {
  const { status, body } = await api("POST", collection, object);
  return asObject(status, body, `POST ${collection}`);
}

/** Applies a merge patch. */
export async function patch(path: string, change: JsonObject): Promise<KubeObject> {
  const { status, body } = await api("PATCH", path, change, { contentType: "application/merge-patch+json" });
  return asObject(status, body, `PATCH ${path}`);
}

/** Deletes the object at an API path, in the background; one that is absent is fine. */
export async function remove(path: string): Promise<void> {
  await api("DELETE", path, { propagationPolicy: "Background" });
}

function asObject(status: number, body: JsonValue, what: string): KubeObject {
  if (status < 300 && isKubeObject(body)) return body;
  throw new Error(`${what}: ${status} ${JSON.stringify(body).slice(0, 500)}`);
}

/** Looks until a check gives something; fails with the check's name after a while. */
export async function until<T>(
  what: string,
  check: () => Promise<T | undefined | false>,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs / 1000} s`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Waits until the object at an API path is gone: Kubernetes takes seconds to remove even an empty Namespace. */
export async function untilGone(path: string): Promise<void> {
  await until(`${path} is gone`, async () => (await get(path)) === undefined);
}

/**
 * Waits until a Deployment is ready: its pods run by themselves (see control-plane/stand-ins.ts), unless their image is
 * called never-ready.
 */
export async function setReady(namespace: string, deployment: string): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${deployment}`;
  await until(`Deployment ${deployment} is ready`, async () => {
    const live = await get(path);
    const wanted = isJsonObject(live?.spec) ? live.spec.replicas : undefined;
    const { replicas, updatedReplicas, availableReplicas, observedGeneration } = isJsonObject(live?.status)
      ? live.status
      : {};
    const counts = [replicas, updatedReplicas, availableReplicas];
    return live?.metadata.generation === observedGeneration && counts.every((count) => count === wanted);
  });
}

/** What a run of a command gave. */
export type RunResult = Readonly<{ code: number | null; stdout: string; stderr: string }>;

/** Runs `sheaf` as a child process in an empty home, against the control plane. */
export function sheaf(
  args: readonly string[],
  options: Readonly<{ env?: NodeJS.ProcessEnv; cwd?: string; input?: string; timeoutMs?: number }> = {},
): Promise<RunResult> {
  return run(process.execPath, [join(root, "bin/sheaf.js"), ...args], options);
}

/** Runs `kubectl` against the control plane. */
export function kubectl(args: readonly string[], options: Readonly<{ input?: string }> = {}): Promise<RunResult> {
  return run("kubectl", args, options);
}

async function run(
  command: string,
  args: readonly string[],
  { env = {}, cwd, input = "", timeoutMs = 120_000 }: Parameters<typeof sheaf>[1] & {},
): Promise<RunResult> {
  emptyHome ??= mkdtemp(join(cluster.dataDir, "home-"));
  const childEnv = {
    PATH: process.env.PATH,
    HOME: await emptyHome,
    KUBECONFIG: cluster.kubeconfig,
    NO_COLOR: "1",
    ...env,
  };
  return new Promise((done) => {
    const options = { env: childEnv, cwd: cwd ?? root, timeout: timeoutMs, maxBuffer: 2 ** 28 };
    const child = execFile(command, [...args], options, (_error, stdout, stderr) =>
      done({ code: child.exitCode, stdout, stderr }),
    );
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}
let emptyHome: Promise<string> | undefined;

/** A request as the API server's audit log has it. */
export type AuditEvent = Readonly<{ verb: string; uri: string; user: string; userAgent: string; status: number }>;

/**
 * Counts requests: call it before, and the function that it returns afterwards.
 *
 * @example
 * ```ts
 * const requests = await recordRequests("sheaf");
 * await sheaf(["bundle", "apply", "-f", file]);
 * expect((await requests()).length).toBeLessThan(60);
 * ```
 */
export async function recordRequests(userAgentPrefix: string): Promise<() => Promise<AuditEvent[]>> {
  const from = (await stat(cluster.auditLog)).size;
  return async () => {
    // The log is written in order, so once this request of ours is in it, all before it are.
    const mark = `/version?mark=${uniqueName("audit")}`;
    await api("GET", mark);
    const text = await until("the audit log is written", async () => {
      const log = (await readFile(cluster.auditLog)).subarray(from).toString("utf8");
      return log.includes(mark) ? log : undefined;
    });
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map(parseAuditEvent)
      .filter((event) => event.userAgent.startsWith(userAgentPrefix));
  };
}

function parseAuditEvent(line: string): AuditEvent {
  const value: JsonValue = JSON.parse(line);
  const text = (at: JsonValue | undefined) => (typeof at === "string" ? at : "");
  if (!isJsonObject(value)) throw new Error("an audit event is an object");
  // Whoever acts as another is known by that other.
  const actor = isJsonObject(value.impersonatedUser) ? value.impersonatedUser : value.user;
  const user = isJsonObject(actor) ? text(actor.username) : "";
  const status = isJsonObject(value.responseStatus) ? Number(value.responseStatus.code) : 0;
  return { verb: text(value.verb), uri: text(value.requestURI), user, userAgent: text(value.userAgent), status };
}

/** Requests that change something: no reads, no dry runs. */
export function writesOf(events: readonly AuditEvent[]): AuditEvent[] {
  const verbs = ["create", "update", "patch", "delete", "deletecollection"];
  return events.filter((event) => verbs.includes(event.verb) && !event.uri.includes("dryRun="));
}

/** Starts the real kustomize-controller; Flux's CRDs must be there. Stop it with what comes back. */
export async function startKustomizeController(): Promise<Child> {
  const child = startChild(
    "kustomize-controller",
    join(cluster.binDir, "kustomize-controller"),
    [
      "--enable-leader-election=false",
      "--watch-all-namespaces",
      "--metrics-addr=127.0.0.1:0",
      "--health-addr=127.0.0.1:0",
    ],
    join(cluster.dataDir, `${uniqueName("kustomize-controller")}.log`),
    { ...process.env, RUNTIME_NAMESPACE: "flux-system", KUBECONFIG: cluster.kubeconfig },
  );
  await untilUp(child, async () => (await readFile(child.logFile, "utf8")).includes("Starting workers"));
  return child;
}

/**
 * Stands in for source-controller: serves files as the artifact of a GitRepository (or another source) over loopback HTTP and
 * marks the source ready with it.
 *
 * @param source API path of the source object
 * @param files Paths with their text, or an archive as it is
 * @returns What stops the server
 */
export async function serveArtifact(
  source: string,
  files: Readonly<Record<string, string>> | Buffer,
  revision = "main@sha1:0000000000000000000000000000000000000001",
): Promise<() => Promise<void>> {
  const archive = Buffer.isBuffer(files) ? files : await packFiles(files);
  const server = createServer((_, response) => response.end(archive));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  server.unref();
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  const live = await until(`${source} exists`, () => get(source));
  const now = new Date().toISOString().replace(/\.\d+/, "");
  await patch(`${source}/status`, {
    status: {
      observedGeneration: live.metadata.generation ?? 1,
      artifact: {
        url: `http://127.0.0.1:${address.port}/artifact.tar.gz`,
        path: "artifact.tar.gz",
        digest: `sha256:${createHash("sha256").update(archive).digest("hex")}`,
        revision,
        lastUpdateTime: now,
        size: archive.length,
      },
      conditions: [
        { type: "Ready", status: "True", reason: "Succeeded", message: "stored artifact", lastTransitionTime: now },
      ],
    },
  });
  return () =>
    new Promise((done) => {
      server.closeAllConnections();
      server.close(() => done());
    });
}

async function packFiles(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const entries = Object.entries(files).map(([name, body]) => ({
    header: { name, size: Buffer.byteLength(body), type: "file" as const },
    body,
  }));
  return gzipSync(await packTar(entries));
}
