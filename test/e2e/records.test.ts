import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isJsonObject, type JsonObject, type JsonValue } from "../../src/engine/json/index.js";
import { api, create, get, newNamespace, sheaf } from "./cluster.js";

/** Records as Timoni writes them, made by hand: values are CUE, and nothing tells which of them are secret. */
const dir = mkdtempSync(join(tmpdir(), "sheaf-records-"));
let namespace: string;
let bundle: string;

const record = (name: string, rest: JsonObject) =>
  `{"kind":"Instance","apiVersion":"timoni.sh/v1alpha1","metadata":${JSON.stringify({ name, namespace, ...rest })},` +
  '"module":{"name":"timoni.sh/app","repository":"oci://registry.example/modules/app","version":"0.9.0",' +
  `"digest":"sha256:${"0".repeat(64)}"},` +
  '"values":"{\\n\\ttext: \\"from-timoni\\"\\n\\tsize: 2\\n}","lastTransitionTime":"2025-11-25T12:50:02Z",' +
  `"inventory":{"entries":[{"id":"${namespace}_${name}-kept__ConfigMap","v":"v1"},{"id":"${namespace}_${name}-old__ConfigMap","v":"v1"}]},` +
  '"images":["ghcr.io/example/app:1.0.0"]}';

async function install(name: string, ownLabels: JsonObject, more: JsonObject = {}): Promise<void> {
  const labels = {
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/component": "instance",
    "app.kubernetes.io/created-by": "timoni",
    ...ownLabels,
  };
  const bundleOnly = Object.keys(ownLabels).length === 0 ? {} : { labels: ownLabels };
  const data: JsonObject = { instance: Buffer.from(record(name, bundleOnly)).toString("base64"), ...more };
  const metadata = { name: `timoni.${name}`, namespace, labels: { ...labels, team: "web" } };
  await create({ metadata, type: "timoni.sh/instance", data }, `/api/v1/namespaces/${namespace}/secrets`);
  for (const object of [`${name}-kept`, `${name}-old`]) {
    const own = { "instance.timoni.sh/name": name, "instance.timoni.sh/namespace": namespace };
    const configMap = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: object, labels: own },
      data: { a: "b" },
    };
    const path = `/api/v1/namespaces/${namespace}/configmaps/${object}?fieldManager=timoni&force=true`;
    const { status } = await api("PATCH", path, configMap, { contentType: "application/apply-patch+yaml" });
    expect(status).toBe(201);
  }
}

async function ok(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await sheaf(args, { cwd: dir });
  expect(code, `${args.join(" ")}\n${stderr}`).toBe(0);
  return stdout;
}

const secretOf = (name: string) => get(`/api/v1/namespaces/${namespace}/secrets/timoni.${name}`);
const configMap = (name: string) => get(`/api/v1/namespaces/${namespace}/configmaps/${name}`);

/** The text of the Instance in a record. */
async function instanceText(name: string): Promise<string> {
  const data = (await secretOf(name))?.data;
  return isJsonObject(data) ? Buffer.from(String(data.instance), "base64").toString() : "";
}

beforeAll(async () => {
  namespace = await newNamespace("records");
  bundle = `site-${namespace}`;
  await install("web", { "bundle.timoni.sh/name": bundle });
  await install("alone", {});
  const files = {
    "app/module.yaml": "apiVersion: sheaf/v1\nkind: Module\nname: app\ndescription: A ConfigMap\n",
    "app/values.schema.json": JSON.stringify({
      type: "object",
      additionalProperties: false,
      properties: { text: { type: "string", default: "new" }, size: { type: "integer", default: 1 } },
    }),
    "app/templates/config.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{instance.name}}-kept\n  namespace: {{instance.namespace}}\ndata:\n  text: {{values.text}}\n",
    "bundle.cue": `bundle: {
  apiVersion: "v1alpha1"
  name: "${bundle}"
  instances: web: {module: url: "file://./app", namespace: "${namespace}"}
}
`,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(dir, path, ".."), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test("records of Timoni are listed and looked at, with their values hidden", async () => {
  const listed: JsonValue = JSON.parse(await ok("list", "-n", namespace, "-o", "json"));
  expect(listed).toMatchObject([
    { name: "alone", namespace, state: "deployed", module: { name: "timoni.sh/app", version: "0.9.0" }, objects: 2 },
    { name: "web", namespace, bundle, lastTransitionTime: "2025-11-25T12:50:02Z" },
  ]);
  expect(await ok("bundle", "status", bundle)).toMatch(/web-kept +current/);
  expect(await ok("status", "alone", "-n", namespace)).toMatch(/alone-old +current/);
  expect(await ok("inspect", "values", "web", "-n", namespace)).toBe('values:\n  text: "***"\n  size: "***"\n');
  const shown = await ok("inspect", "values", "web", "-n", namespace, "--show-secrets", "-o", "json");
  expect(JSON.parse(shown)).toEqual({ values: { text: "from-timoni", size: 2 } });
});

test("an instance of a bundle is upgraded: what is gone is pruned, and the record keeps its form", async () => {
  await ok("bundle", "apply", "-f", "bundle.cue");
  expect((await configMap("web-kept"))?.data).toEqual({ text: "new" });
  expect(await configMap("web-old")).toBeUndefined();

  const stored = await secretOf("web");
  expect(stored?.type).toBe("timoni.sh/instance");
  expect(stored?.metadata.labels).toEqual({
    "app.kubernetes.io/name": "web",
    "app.kubernetes.io/component": "instance",
    "app.kubernetes.io/created-by": "timoni",
    "bundle.timoni.sh/name": bundle,
    team: "web",
  });
  const text = await instanceText("web");
  const { digest, time } =
    /"digest":"(?<digest>sha256:[0-9a-f]{64})".*"lastTransitionTime":"(?<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"/.exec(
      text,
    )?.groups ?? {};
  expect(text).toBe(
    `{"kind":"Instance","apiVersion":"timoni.sh/v1alpha1","metadata":{"name":"web","namespace":"${namespace}",` +
      `"labels":{"bundle.timoni.sh/name":"${bundle}"}},"module":{"name":"app","repository":"file://./app",` +
      `"version":"0.0.0-devel","digest":"${digest}","annotations":{"sheaf/runtime-values":"[]"}},` +
      `"values":"{\\"text\\":\\"new\\",\\"size\\":1}","lastTransitionTime":"${time}",` +
      `"inventory":{"entries":[{"id":"${namespace}_web-kept__ConfigMap","v":"v1"}]}}`,
  );
});

test("an instance alone is upgraded with the values that Timoni recorded, stays alone, and is deleted", async () => {
  writeFileSync(join(dir, "values.yaml"), await ok("inspect", "values", "alone", "-n", namespace, "--show-secrets"));
  await ok("apply", "alone", "./app", "-n", namespace, "-f", "values.yaml");
  expect((await configMap("alone-kept"))?.data).toEqual({ text: "from-timoni" });
  expect(await configMap("alone-old")).toBeUndefined();
  const stored = await secretOf("alone");
  expect([stored?.metadata.labels, stored?.metadata.annotations]).toEqual([
    {
      "app.kubernetes.io/name": "alone",
      "app.kubernetes.io/component": "instance",
      "app.kubernetes.io/created-by": "timoni",
      team: "web",
    },
    undefined,
  ]);
  expect(await instanceText("alone")).toContain(`"metadata":{"name":"alone","namespace":"${namespace}"},"module"`);

  const refused = await sheaf(["apply", "web", "./app", "-n", namespace], { cwd: dir });
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(`belongs to bundle "${bundle}"`)]);
  await ok("delete", "alone", "-n", namespace);
  expect([await secretOf("alone"), await configMap("alone-kept")]).toEqual([undefined, undefined]);
});

test("a delete that Timoni began, with an upgrade that it did not finish, is finished", async () => {
  const bundled = { "bundle.timoni.sh/name": bundle };
  const pending = record("late", { labels: bundled }).replaceAll("late-old", "late-new");
  await install("late", bundled, { pending: Buffer.from(pending).toString("base64") });
  const own = { "instance.timoni.sh/name": "late", "instance.timoni.sh/namespace": namespace };
  await create({ metadata: { name: "late-new", labels: own } }, `/api/v1/namespaces/${namespace}/configmaps`);
  const metadata = { annotations: { "status.timoni.sh/deleting": "2026-01-01T00:00:00Z" } };
  const path = `/api/v1/namespaces/${namespace}/secrets/timoni.late`;
  await api("PATCH", path, { metadata }, { contentType: "application/merge-patch+json" });
  expect(await ok("list", "-n", namespace)).toMatch(/^late .* deleting /m);

  await ok("bundle", "delete", bundle);
  const left = ["web-kept", "late-kept", "late-old", "late-new"].map(configMap);
  expect(await Promise.all([secretOf("web"), secretOf("late"), ...left])).toEqual(Array(6).fill(undefined));
});
