import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { decodeRecord } from "../../src/engine/inventory/index.js";
import { isKubeObject, type KubeObject } from "../../src/engine/object/index.js";
import { get, list, remove, sheaf, uniqueName, untilGone } from "./cluster.js";
import { type Kill, type KillProxy, type ProxiedRun, startKillProxy } from "./kill-proxy.js";

// A command is killed before and after its requests; then the same command, run again, has to come to the state of a run that
// nobody disturbed. Every fifth kill is tried, unless SHEAF_E2E_KILLS says otherwise: 1 takes them all.

const dir = mkdtempSync(join(tmpdir(), "sheaf-kill-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const step = Number(process.env.SHEAF_E2E_KILLS ?? 5);
vi.setConfig({ testTimeout: 900_000 / step });
/** Runs at once, each with a namespace and a proxy of its own. */
const lanes = 4;

function write(path: string, text: string): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), text);
}

/** A module whose objects are manifests in `spec`'s form: kind, name and the rest of each. */
function writeModule(name: string, objects: readonly (readonly [kind: string, name: string, rest: string])[]): void {
  write(
    `${name}/module.yaml`,
    `apiVersion: sheaf/v1\nkind: Module\nname: ${name}\ndescription: A module of the tests\n`,
  );
  write(`${name}/values.schema.json`, '{"type": "object", "additionalProperties": false}');
  for (const [kind, suffix, rest] of objects) {
    const metadata =
      kind === "Namespace"
        ? `metadata:\n  name: {{instance.namespace}}-${suffix}\n`
        : `metadata:\n  name: {{instance.name}}-${suffix}\n  namespace: {{instance.namespace}}\n`;
    const apiVersion = kind === "Deployment" ? "apps/v1" : "v1";
    write(`${name}/templates/${suffix}.yaml`, `apiVersion: ${apiVersion}\nkind: ${kind}\n${metadata}${rest}\n`);
  }
}

writeModule("v1", [
  ["ConfigMap", "a", "data: {v: '1'}"],
  ["Secret", "s", "stringData: {v: '1'}"],
]);
writeModule("v2", [
  ["ConfigMap", "a", "data: {v: '2'}"],
  ["ConfigMap", "b", "data: {v: '2'}"],
]);
writeModule("tenant", [
  ["Namespace", "tenant", ""],
  ["ConfigMap", "a", "data: {v: '1'}"],
]);
// No pod of this image ever runs.
const pods = "{metadata: {labels: {app: x}}, spec: {containers: [{name: x, image: never-ready}]}}";
writeModule("bad", [
  ["ConfigMap", "a", "data: {v: '3'}"],
  ["Deployment", "d", `spec: {selector: {matchLabels: {app: x}}, template: ${pods}}`],
]);

type Instances = Readonly<Record<string, string>>;

/** Writes a bundle whose name is that of its namespace, and returns its file. */
function writeBundle(namespace: string, instances: Instances): string {
  const entries = Object.entries(instances).map(
    ([name, module]) =>
      `    ${name}: {module: {url: "file://${dir}/${module}"}, namespace: ${namespace}, values: {}}\n`,
  );
  const file = `${namespace}-${Object.values(instances).join("-")}.yaml`;
  write(file, `bundle:\n  apiVersion: v1alpha1\n  name: ${namespace}\n  instances:\n${entries.join("")}`);
  return join(dir, file);
}

/** What a namespace holds, without what differs from run to run. */
async function stateOf(namespace: string): Promise<unknown> {
  const kinds = ["api/v1/configmaps", "api/v1/secrets", "apis/apps/v1/deployments"];
  const lists = await Promise.all(
    kinds.map((kind) => list(`/${kind.replace(/(?=\w+$)/, `namespaces/${namespace}/`)}`)),
  );
  const objects = lists.flatMap((items, index) =>
    items.map((item) => ({ apiVersion: "v1", kind: kinds[index] ?? "", ...item })),
  );
  const entries = objects
    .filter(isKubeObject)
    .filter(({ metadata }) => metadata.name !== "kube-root-ca.crt")
    .map((object) => [`${object.kind}/${object.metadata.name}`, essenceOf(object)]);
  const live = await get(`/api/v1/namespaces/${namespace}`);
  const tenant = await get(`/api/v1/namespaces/${namespace}-tenant`);
  const hasTenant = tenant !== undefined && tenant.metadata.deletionTimestamp === undefined;
  const text = JSON.stringify({ namespace: live?.status, hasTenant, objects: Object.fromEntries(entries.sort()) });
  return JSON.parse(text.replaceAll(namespace, "NAMESPACE"));
}

function essenceOf(object: KubeObject): unknown {
  const { labels, annotations, deletionTimestamp } = object.metadata;
  if (object.type !== "timoni.sh/instance") return { labels, annotations, deletionTimestamp, data: object.data };
  const { instance, pending, ...record } = decodeRecord(object);
  const { creationTimestamp: _, resourceVersion: __, ...rest } = record;
  return { ...rest, pending, instance: { ...instance, lastTransitionTime: "" } };
}

type Scenario = Readonly<{
  title: string;
  /** What is there before. */
  first?: Instances;
  args: (namespace: string) => string[];
  code: number;
}>;

const v1 = { one: "v1", two: "v1" };
const apply = (namespace: string, instances: Instances, ...flags: string[]) => [
  "bundle",
  "apply",
  "-f",
  writeBundle(namespace, instances),
  ...flags,
];
const scenarios: readonly Scenario[] = [
  { title: "install", args: (namespace) => apply(namespace, v1), code: 0 },
  { title: "upgrade with prune", first: v1, args: (ns) => apply(ns, { one: "v2", two: "v2" }), code: 0 },
  {
    title: "atomic rollback",
    first: v1,
    args: (ns) => apply(ns, { one: "v2", two: "bad", three: "v1" }, "--atomic", "--timeout", "300ms"),
    code: 1,
  },
  { title: "delete", first: v1, args: (ns) => ["bundle", "delete", ns, "--timeout", "20s"], code: 0 },
  {
    title: "delete with a Namespace",
    first: { one: "v1", two: "tenant" },
    args: (ns) => ["bundle", "delete", ns, "--timeout", "20s"],
    code: 0,
  },
];

/** Runs a scenario in a namespace of its own: killed, and then again. */
async function disturb({ first, args, code }: Scenario, proxy: KillProxy, kill?: Kill) {
  const namespace = uniqueName("kill");
  if (first !== undefined) expectCode(await sheaf(apply(namespace, first)), 0);
  const command = args(namespace);
  const run = await proxy.run(command, kill);
  if (kill === undefined) expectCode(run, code);
  // A delete that was killed at its end has nothing left to find.
  else if (run.killed) expectCode(await sheaf(command), code, command.includes("delete") ? 1 : code);
  const state = await stateOf(namespace);
  await remove(`/api/v1/namespaces/${namespace}`);
  return { run, state };
}

function expectCode(run: Pick<ProxiedRun, "code" | "stdout" | "stderr">, ...codes: number[]): void {
  expect(codes, run.stdout + run.stderr).toContain(run.code);
}

test.each(scenarios)("a killed $title converges", async (scenario) => {
  const proxies = await Promise.all(Array.from({ length: lanes }, startKillProxy));
  const [proxy] = proxies;
  if (proxy === undefined) throw new Error("there is a proxy");
  const undisturbed = await disturb(scenario, proxy);
  const requests = undisturbed.run.requests.length;
  const kills = Array.from({ length: requests }, (_, request) => [false, true].map((after) => ({ request, after })))
    .flat()
    .filter((_, index) => index % step === 0);
  let [done, tried] = [0, 0];
  const queue = kills.values();
  await Promise.all(
    proxies.map(async (lane) => {
      for (const kill of queue) {
        const { run, state } = await disturb(scenario, lane, kill);
        if (run.killed) tried++;
        expect({ kill, at: run.requests.at(-1), state }).toEqual({
          kill,
          at: run.requests.at(-1),
          state: undisturbed.state,
        });
        done++;
      }
    }),
  );
  process.stderr.write(
    `${scenario.title}: ${requests} requests, ${tried} kills, ${done} of ${kills.length} converged\n`,
  );
  expect(tried).toBeGreaterThan(kills.length * 0.8);
  for (const each of proxies) await each.close();
});

test("an atomic upgrade that is interrupted at any request goes back, or has ended", async () => {
  const upgrade: Scenario = {
    title: "atomic upgrade",
    first: v1,
    args: (ns) => apply(ns, { one: "v2", two: "v2" }, "--atomic"),
    code: 0,
  };
  const proxies = await Promise.all(Array.from({ length: lanes }, startKillProxy));
  const [proxy] = proxies;
  if (proxy === undefined) throw new Error("there is a proxy");
  const before = (await disturb({ ...upgrade, args: (ns) => apply(ns, v1) }, proxy)).state;
  const undisturbed = await disturb(upgrade, proxy);
  const requests = [...undisturbed.run.requests.keys()].filter((request) => request % step === 0);
  const queue = requests.values();
  const ends = new Map<string, number>();
  await Promise.all(
    proxies.map(async (lane) => {
      for (const request of queue) {
        const { run, state } = await disturb(upgrade, lane, { request, after: false, signal: "SIGINT" });
        expect({ request, code: run.code, state }).toEqual({
          request,
          code: run.code,
          state: run.code === 0 ? undisturbed.state : before,
        });
        const end = run.code === 0 ? "ended" : run.stdout.includes("going back") ? "went back" : "had not begun";
        ends.set(end, (ends.get(end) ?? 0) + 1);
        if (end === "went back") expect(run.stderr).toContain("the bundle is as it was before");
      }
    }),
  );
  process.stderr.write(
    `interrupted atomic upgrade: ${requests.length} of ${undisturbed.run.requests.length} requests, ${JSON.stringify(Object.fromEntries(ends))}\n`,
  );
  expect(ends.get("went back")).toBeGreaterThan(0);
  for (const each of proxies) await each.close();
});

test("a killed install and a killed delete of flux-aio converge", async () => {
  const proxy = await startKillProxy();
  const seed = join(import.meta.dirname, "../fixtures/seeds/flux-aio.cue");
  const install = ["bundle", "apply", "-f", seed, "--timeout", "60s"];
  const uninstall = ["bundle", "delete", "flux-aio", "--timeout", "60s"];
  const left = async () => {
    const definitions = await list("/apis/apiextensions.k8s.io/v1/customresourcedefinitions");
    const roles = await list("/apis/rbac.authorization.k8s.io/v1/clusterroles?labelSelector=instance.timoni.sh/name");
    await untilGone("/api/v1/namespaces/flux-system");
    return [definitions.length, roles.length];
  };
  const state = async () => {
    const { code, stdout } = await sheaf(["bundle", "status", "flux-aio", "-o", "json"]);
    return [code, stdout.replaceAll(/"lastTransitionTime": "[^"]*"/g, "")];
  };
  const whole = await proxy.run(install);
  expectCode(whole, 0);
  const wanted = await state();
  const gone = await proxy.run(uninstall);
  expectCode(gone, 0);

  let tried = 0;
  for (const part of [0.5, 0.7, 0.9]) {
    const at = (requests: readonly string[]) => ({ request: Math.floor(requests.length * part), after: part > 0.5 });
    tried += Number((await proxy.run(install, at(whole.requests))).killed);
    expectCode(await sheaf(install), 0);
    expect(await state()).toEqual(wanted);
    tried += Number((await proxy.run(uninstall, at(gone.requests))).killed);
    expectCode(await sheaf(uninstall), 0, 1);
    expect(await left()).toEqual([0, 0]);
  }
  const counts = `${whole.requests.length} and ${gone.requests.length} requests`;
  process.stderr.write(`flux-aio, install and delete: ${counts}, ${tried} kills, all converged\n`);
  await proxy.close();
});
