import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { isJsonObject, type JsonValue } from "../../src/engine/json/index.js";
import { isClusterKind, type KubeObject, refOf } from "../../src/engine/object/index.js";
import { allVersions, located, moduleAt, moduleNames, newest, render } from "../modules/catalog.js";
import { knownValues } from "../modules/known-values.js";
import { mergeValues } from "../modules/merge-values.js";
import { optionCases } from "../modules/option-cases/index.js";
import { cluster, until } from "./cluster.js";
import { sendRequest } from "./control-plane/request.js";
import { type ControlPlane, startControlPlane, users } from "./control-plane/start.js";
import { fluxInstanceDefinition } from "./flux-instance-crd.js";
import { subnamespaceDefinition } from "./subnamespace-crd.js";

// What all modules render with each of their options, as dry runs with strict fields on a server that has the definitions of
// the release; a control plane of its own, since definitions come and go.

const releases = [...new Set(allVersions.map(({ version }) => version))];
const dir = mkdtempSync(join(tmpdir(), "sheaf-modules-"));
const namespaces = ["apps", "flux-system", "more", "team"];
let plane: ControlPlane;
let definitions: readonly KubeObject[] = [];
let ca = "";

beforeAll(async () => {
  const dataDir = join(dir, "plane");
  mkdirSync(dataDir);
  plane = await startControlPlane(cluster.binDir, dataDir, join(import.meta.dirname, "../fixtures/tls/ca.pem"));
  ca = readFileSync(plane.caFile, "utf8");
  for (const name of namespaces) await send("POST", "/api/v1/namespaces", { metadata: { name } });
});
afterEach(() => uninstall(definitions));
afterAll(async () => {
  await plane?.stop();
  rmSync(dir, { recursive: true, force: true });
});

function send(method: "GET" | "POST" | "DELETE", path: string, body?: JsonValue) {
  return sendRequest({ server: plane.server, ca, token: users.admin.token }, method, path, body);
}

const definitionsPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

async function install(definitions: readonly KubeObject[]): Promise<void> {
  for (const definition of definitions) {
    const { status, body } = await send("POST", definitionsPath, definition);
    expect(status, JSON.stringify(body)).toBe(201);
  }
  for (const definition of definitions) {
    const { group, version, plural } = servedAs(definition);
    const path = `/apis/${group}/${version}/namespaces/apps/${plural}`;
    await until(`${path} is served`, async () => (await send("GET", path)).status === 200);
  }
}

async function uninstall(definitions: readonly KubeObject[]): Promise<void> {
  for (const { metadata } of definitions) await send("DELETE", `${definitionsPath}/${metadata.name}`);
  for (const { metadata } of definitions)
    await until("it is gone", async () => (await send("GET", `${definitionsPath}/${metadata.name}`)).status === 404);
}

function servedAs({ spec }: KubeObject): { group: string; version: string; plural: string } {
  const { group, names, versions } = isJsonObject(spec) ? spec : {};
  const stored = Array.isArray(versions) ? versions.filter(isJsonObject).find(({ storage }) => storage === true) : {};
  return {
    group: String(group),
    version: String(stored?.name),
    plural: String(isJsonObject(names) ? names.plural : ""),
  };
}

/** Where a new object of a kind goes; the plurals of the kinds that are rendered are all regular. */
function collectionOf(object: KubeObject): string {
  const ref = refOf(object);
  const plural = ref.kind.toLowerCase().replace(/y$/, "ie");
  const api = ref.group === "" ? `/api/${ref.version}` : `/apis/${ref.group}/${ref.version}`;
  return isClusterKind(ref) ? `${api}/${plural}s` : `${api}/namespaces/${ref.namespace}/${plural}s`;
}

/** What the server says against an object; that one of its name is there already is no fault of it. */
async function refusal(object: KubeObject): Promise<string | undefined> {
  const path = `${collectionOf(object)}?dryRun=All&fieldValidation=Strict`;
  const { status, body } = await send("POST", path, object);
  if (status === 201 || status === 409) return undefined;
  return `${object.kind}/${object.metadata.name}: ${status} ${isJsonObject(body) ? String(body.message) : ""}`;
}

describe.each(releases)("a server with the definitions of %s", (version) => {
  test("takes all that the modules of the release render", async () => {
    const aio = await render(await moduleAt("flux-aio", version), undefined, { name: "flux", namespace: "apps" });
    definitions = [
      ...aio.filter(({ kind }) => kind === "CustomResourceDefinition"),
      fluxInstanceDefinition,
      subnamespaceDefinition,
    ];
    await install(definitions);
    const faults: string[] = [];
    let count = 0;
    for (const name of moduleNames) {
      const module = await moduleAt(name, version);
      const { base, instance, cases } = optionCases[name] ?? { base: {}, cases: [] };
      for (const { base: own = base, values } of [{ values: {}, changes: {} }, ...cases]) {
        // What a release does not have is refused before.
        const known = await knownValues(module, mergeValues(own, values));
        if (known === undefined) {
          if (version === newest) faults.push(`${name} refuses ${JSON.stringify(values)}`);
          continue;
        }
        const objects = await render(module, located(known), { name: "app", namespace: "apps", ...instance });
        const sent = objects.filter(({ kind }) => kind !== "CustomResourceDefinition");
        count += sent.length;
        const found = await Promise.all(sent.map(refusal));
        faults.push(
          ...found.flatMap((fault) =>
            fault === undefined ? [] : [`${name} ${JSON.stringify(values).slice(0, 90)}: ${fault}`],
          ),
        );
      }
    }
    // The one value that asks for what the user has to add to the pod by a patch.
    expect(faults.filter((fault) => !/resources\.claims\[0\]: Not found/.test(fault))).toEqual([]);
    expect(count).toBeGreaterThan(1400);
    const wrong = {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "GitRepository",
      metadata: { name: "a", namespace: "apps" },
    };
    expect(await refusal({ ...wrong, spec: { url: "https://a", interval: "1m", barnch: "x" } })).toContain("barnch");
  });
});
