import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isJsonObject, type JsonObject, type JsonValue } from "../../src/engine/json/index.js";
import { cluster, sheaf } from "./cluster.js";
import { sendRequest } from "./control-plane/request.js";
import { type ControlPlane, startControlPlane, users } from "./control-plane/start.js";

/** Forty clusters are ten contexts on each of four control planes: the one of all suites, and three more. */
const contextsPerServer = 10;
const dir = mkdtempSync(join(tmpdir(), "sheaf-fleet-"));
const planes: Pick<ControlPlane, "server" | "caFile">[] = [cluster];
const started: ControlPlane[] = [];

const names = Array.from({ length: 4 * contextsPerServer }, (_, i) => `c${String(i).padStart(2, "0")}`);
const groupOf = (index: number) => (index < 4 ? "canary" : index < 16 ? "staging" : "production");
/** Neighbours are on different servers. */
const planeOf = (index: number) => planes[index % 4] ?? cluster;
const tokenOf = (index: number) => `fleet-token-of-server-${index % 4}`;

beforeAll(async () => {
  const ca = join(import.meta.dirname, "../fixtures/tls/ca.pem");
  for (const name of ["b", "c", "d"]) {
    const dataDir = join(dir, name);
    mkdirSync(dataDir);
    started.push(await startControlPlane(cluster.binDir, dataDir, ca));
  }
  planes.push(...started);
  for (const index of planes.keys()) {
    await send(index, "POST", "/api/v1/namespaces", { metadata: { name: "fleet-infra" } });
    const secret = { metadata: { name: "auth" }, stringData: { token: tokenOf(index) } };
    expect((await send(index, "POST", "/api/v1/namespaces/fleet-infra/secrets", secret)).status).toBe(201);
  }
  writeKubeconfig();
  writeFleet();
});

afterAll(async () => {
  for (const plane of started) await plane.stop();
  rmSync(dir, { recursive: true, force: true });
});

function send(index: number, method: "GET" | "POST" | "DELETE", path: string, body?: JsonValue) {
  const { server, caFile } = planeOf(index);
  const access = { server, ca: readFileSync(caFile, "utf8"), token: users.admin.token };
  return sendRequest(access, method, path, body);
}

function writeKubeconfig(): void {
  const config = {
    "current-context": "none",
    clusters: planes.map(({ server, caFile }, i) => ({
      name: `s${i}`,
      cluster: { server, "certificate-authority": caFile },
    })),
    users: [{ name: "admin", user: { token: users.admin.token } }],
    contexts: names.map((name, i) => ({ name: `ctx-${name}`, context: { cluster: `s${i % 4}`, user: "admin" } })),
  };
  write("kubeconfig", JSON.stringify(config));
}

function writeFleet(): void {
  write("app/module.yaml", "apiVersion: sheaf/v1\nkind: Module\nname: app\ndescription: Some objects\n");
  write(
    "app/values.schema.json",
    JSON.stringify({
      type: "object",
      additionalProperties: false,
      required: ["text", "token"],
      properties: {
        text: { type: "string" },
        token: { type: "string" },
        key: { type: "string", default: "text" },
      },
    }),
  );
  const head = (kind: string, name: string) =>
    `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n  namespace: {{instance.namespace}}\n`;
  write("app/templates/config.yaml", `${head("ConfigMap", "config")}data:\n  "{{values.key}}": {{values.text}}\n`);
  write("app/templates/secret.yaml", `${head("Secret", "token")}stringData:\n  token: {{values.token}}\n`);
  write("app/templates/account.yaml", head("ServiceAccount", "app"));
  write("app/templates/service.yaml", `${head("Service", "app")}spec:\n  ports:\n    - port: 80\n`);
  const clusters = names.map((name, i) => `    ${name}: {group: "${groupOf(i)}", kubeContext: "ctx-${name}"}\n`);
  write(
    "fleet.cue",
    `runtime: {\n  apiVersion: "v1alpha1"\n  name: "fleet"\n  clusters: {\n${clusters.join("")}  }\n` +
      '  values: [{query: "k8s:v1:Secret:fleet-infra:auth", for: TOKEN: "obj.data.token"}]\n}\n',
  );
}

/** `breaks` names a cluster whose API server refuses an object of the bundle. */
function writeBundle(text: string, breaks = ""): void {
  write(
    "bundle.cue",
    `bundle: {
  _cluster: string @timoni(runtime:string:TIMONI_CLUSTER_NAME)
  _group: string @timoni(runtime:string:TIMONI_CLUSTER_GROUP)
  apiVersion: "v1alpha1"
  name: "fleet-\\(_cluster)"
  instances: app: {
    module: url: "file://./app"
    namespace: "fleet-\\(_cluster)"
    values: {
      text: "${text} in \\(_group)"
      token: string @timoni(runtime:string:TOKEN)
      if _cluster == "${breaks}" {key: "no/key"}
    }
  }
}
`,
  );
}

function write(path: string, text: string): void {
  mkdirSync(join(dir, path, ".."), { recursive: true });
  writeFileSync(join(dir, path), text);
}

/** Runs sheaf on the fleet, and notes what it took. */
async function fleet(line: string) {
  const usage = join(dir, "usage");
  const script = `process.on("exit", () => require("node:fs").writeFileSync(process.env.USAGE_FILE, String(process.resourceUsage().maxRSS)))`;
  write("usage.cjs", script);
  const start = performance.now();
  const result = await sheaf([...line.split(" "), "-r", "fleet.cue"], {
    cwd: dir,
    timeoutMs: 170_000,
    env: {
      KUBECONFIG: join(dir, "kubeconfig"),
      NODE_OPTIONS: `--require=${join(dir, "usage.cjs")}`,
      USAGE_FILE: usage,
    },
  });
  const seconds = (performance.now() - start) / 1000;
  const megabytes = Math.round(Number(readFileSync(usage, "utf8")) / 1024);
  process.stderr.write(`${line}: ${seconds.toFixed(1)} s, ${megabytes} MiB\n`);
  expect(result.stdout + result.stderr, "no secret is shown").not.toContain("fleet-token");
  return result;
}

function jsonLines(text: string): JsonObject[] {
  return text
    .trim()
    .split("\n")
    .map((line): JsonValue => JSON.parse(line))
    .filter(isJsonObject);
}

/** The text of the ConfigMap on every cluster, with the decoded token; undefined where there is none. */
function texts() {
  return Promise.all(
    names.map(async (name, i) => {
      const objects = `/api/v1/namespaces/fleet-${name}`;
      const [config, secret] = [
        await send(i, "GET", `${objects}/configmaps/config`),
        await send(i, "GET", `${objects}/secrets/token`),
      ].map(({ body }) => (isJsonObject(body) && isJsonObject(body.data) ? body.data : undefined));
      return config && `${config.text} ${Buffer.from(String(secret?.token), "base64")}`;
    }),
  );
}

const wanted = (text: string) => names.map((_, i) => `${text} in ${groupOf(i)} ${tokenOf(i)}`);

test("a bundle goes to forty clusters, and is upgraded and deleted there", async () => {
  writeBundle("first");
  const oneByOne = await fleet("bundle apply -f bundle.cue");
  expect(oneByOne.code, oneByOne.stderr).toBe(0);
  expect(await texts()).toEqual(wanted("first"));

  writeBundle("second");
  const parallel = await fleet("bundle apply -f bundle.cue --parallel 8 -o json");
  expect(parallel.code, parallel.stderr).toBe(0);
  expect(await texts()).toEqual(wanted("second"));
  const order = jsonLines(parallel.stdout).map(({ group }) => group);
  expect([...new Set(order)]).toEqual(["canary", "staging", "production"]);
  expect(order.indexOf("staging")).toBeGreaterThan(order.lastIndexOf("canary"));
  expect(order.indexOf("production")).toBeGreaterThan(order.lastIndexOf("staging"));

  const again = await fleet("bundle diff -f bundle.cue --parallel 8");
  expect(again).toMatchObject({ code: 0, stdout: "" });

  const status = await fleet("bundle status -f bundle.cue --parallel 8 -o json");
  expect(
    jsonLines(status.stdout)
      .map(({ cluster }) => cluster)
      .sort(),
  ).toEqual(names);

  // One cluster of the second group refuses: the first group is done by then, and nothing reaches the third.
  writeBundle("third", "c07");
  const broken = await fleet("bundle apply -f bundle.cue --parallel 4 -o json");
  expect(broken.code).toBe(1);
  const ends = jsonLines(broken.stdout).filter(({ type }) => type === "failed" || type === "skipped");
  expect(ends.filter(({ type }) => type === "failed")).toMatchObject([{ cluster: "c07", group: "staging" }]);
  const skipped = new Set(ends.flatMap(({ type, cluster }) => (type === "skipped" ? cluster : [])));
  for (const [i, name] of names.entries()) if (groupOf(i) === "production") expect(skipped).toContain(name);
  const after = await texts();
  const [second, third] = [wanted("second"), wanted("third")];
  for (const [i, name] of names.entries())
    expect([name, after[i]]).toEqual([name, skipped.has(name) || name === "c07" ? second[i] : third[i]]);
  expect(after.slice(0, 4)).toEqual(third.slice(0, 4));
  expect(broken.stderr).toContain("not all clusters are done (failed: c07; done: ");

  writeBundle("third");
  const finished = await fleet("bundle apply -f bundle.cue --parallel 8");
  expect(finished.code, finished.stderr).toBe(0);
  expect(await texts()).toEqual(wanted("third"));

  expect((await fleet("bundle delete -f bundle.cue --runtime-group canary")).code).toBe(0);
  const rest = await fleet("bundle delete -f bundle.cue --parallel 8");
  expect(rest.code, rest.stderr).toBe(0);
  expect(rest.stderr).toContain('c00 | there is no instance of bundle "fleet-c00"');
  expect((await texts()).filter((text) => text !== undefined)).toEqual([]);
});

test("a cluster that does not answer stops its group only where something would be written", async () => {
  writeBundle("down");
  const config = JSON.parse(readFileSync(join(dir, "kubeconfig"), "utf8"));
  config.clusters[1].cluster.server = "https://127.0.0.1:1";
  write("kubeconfig", JSON.stringify(config));
  const values = await fleet("bundle status fleet-c00 --runtime-group canary");
  expect(values.stderr).toContain("c01 | error: ");
  expect(values.stderr).toContain("c03 | error: there is no instance of bundle");
  const applied = await fleet("bundle apply -f bundle.cue --runtime-group canary");
  expect(applied.stderr).toContain("(failed: c01; done: c00; not begun: c02, c03)");
  writeKubeconfig();
  expect((await fleet("bundle delete -f bundle.cue --runtime-cluster c00")).code).toBe(0);
});
