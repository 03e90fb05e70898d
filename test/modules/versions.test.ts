import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isJsonObject, type JsonObject, type JsonValue } from "../../src/engine/json/index.js";
import { listOptions, readModuleFolder, vetModule } from "../../src/engine/module/index.js";
import type { KubeObject } from "../../src/engine/object/index.js";
import { createAjv } from "../../src/engine/schema/index.js";
import { allVersions, find, located, moduleAt, moduleNames, modulesDir, newest, render } from "./catalog.js";
import { knownValues } from "./known-values.js";
import { mergeValues } from "./merge-values.js";
import { optionCases } from "./option-cases/index.js";

const releases: { options: Record<string, Record<string, string>> } = JSON.parse(
  readFileSync(join(modulesDir, "flux-releases.json"), "utf8"),
);
const versions = [...new Set(allVersions.map(({ version }) => version))];
const instance = { name: "app", namespace: "apps" };

test("there is a version of every module for every Flux release", () => {
  expect(versions).toEqual(
    ["2.9.4", "2.8.8", "2.8.0", "2.7.5", "2.6.4", "2.5.1", "2.4.0", "2.3.0", "2.2.3"].map((flux) => `${flux}-0`),
  );
  expect(allVersions.map(({ module, version }) => `${module}@${version}`)).toEqual(
    moduleNames.flatMap((module) => versions.map((version) => `${module}@${version}`)),
  );
});

test.each(moduleNames)("the folder of %s is its newest version", async (module) => {
  const packed = allVersions.find((each) => each.module === module && each.version === newest);
  const { files } = await readModuleFolder(join(modulesDir, module), module);
  expect(textsOf(packed?.files ?? new Map())).toEqual(textsOf(files));
});

function textsOf(files: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  return Object.fromEntries([...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString("utf8")]));
}

// Versions between the newest and the oldest differ by constants and defaults; below, all are compiled and rendered.
const oldest = allVersions.at(-1)?.version;
const vetted = allVersions.filter(
  ({ module, version }) => version === newest || (version === oldest && /aio|git/.test(module)),
);
test.each(vetted)("$module $version vets clean", async ({ module, version, files }) => {
  const { faults, warnings, objects } = await vetModule(files, { version, label: module });
  expect(faults).toEqual([]);
  // What the newest version has, the templates of older ones ask for too.
  const options = version === newest ? [] : Object.keys(releases.options[module] ?? {});
  const gone = (message: string) => options.some((option) => message.includes(`values.${option} is not in`));
  expect(warnings.filter(({ message }) => !gone(message))).toEqual([]);
  expect(objects.length).toBeGreaterThan(0);
});

describe("flux-aio", () => {
  const common = ["source-controller", "kustomize-controller", "helm-controller", "notification-controller"];
  test.each([
    ["2.9.4-0", ["v1.9.4", "v1.9.4", "v1.6.3", "v1.9.3", "v2.2.3"]],
    ["2.8.8-0", ["v1.8.5", "v1.8.5", "v1.5.5", "v1.8.4", "v2.1.1"]],
    ["2.8.0-0", ["v1.8.0", "v1.8.0", "v1.5.0", "v1.8.0", "v2.1.0"]],
    ["2.7.5-0", ["v1.7.4", "v1.7.3", "v1.4.5", "v1.7.5", "v2.0.3"]],
    ["2.6.4-0", ["v1.6.2", "v1.6.1", "v1.3.0", "v1.6.0"]],
    ["2.5.1-0", ["v1.5.0", "v1.5.1", "v1.2.0", "v1.5.0"]],
    ["2.4.0-0", ["v1.4.1", "v1.4.0", "v1.1.0", "v1.4.0"]],
    ["2.3.0-0", ["v1.3.0", "v1.3.0", "v1.0.1", "v1.3.0"]],
    ["2.2.3-0", ["v1.2.4", "v1.2.2", "v0.37.4", "v1.2.4"]],
  ])("%s runs the images of its release", async (version, tags) => {
    const module = await moduleAt("flux-aio", version);
    const objects = await render(module, undefined, instance);
    const components = [...common, "source-watcher"].slice(0, tags.length);
    expect(module.images(objects)).toEqual(components.map((name, i) => `ghcr.io/fluxcd/${name}:${tags[i]}`));
    expect(objects.filter(({ kind }) => kind === "CustomResourceDefinition")).toHaveLength(tags.length === 5 ? 15 : 13);
  });

  test.each(versions)("%s gives the controllers the environment and arguments of its release", async (version) => {
    const text = JSON.stringify(
      find(await render(await moduleAt("flux-aio", version), undefined, instance), "Deployment"),
    );
    const has = (part: string) => text.includes(part);
    expect({
      sourceWatcher: has("SOURCE_WATCHER_LOCALHOST") && has("ExternalArtifact=true"),
      goMaxProcs: has("GOMAXPROCS"),
      goMemLimit: has("GOMEMLIMIT"),
      receiverAddr: has("--receiverAddr=:9797"),
    }).toEqual({
      sourceWatcher: version >= "2.7",
      goMaxProcs: version >= "2.3" && version < "2.7",
      goMemLimit: version >= "2.3",
      receiverAddr: version >= "2.6",
    });
  });
});

describe("what a release does not have", () => {
  test.each([
    [
      "flux-aio",
      "2.6.4-0",
      { controllers: { watcher: { enabled: true } } },
      "controllers.watcher: unknown field; version 2.7.5-0 of the module has it",
    ],
    [
      "flux-git-sync",
      "2.4.0-0",
      { github: { appID: "1" } },
      "github: unknown field; version 2.5.1-0 of the module has it",
    ],
  ])("is no option of %s %s", async (name, version, values, message) => {
    const module = await moduleAt(name, version);
    const base = optionCases[name]?.base ?? {};
    await expect(render(module, located(mergeValues(base, values)), instance)).rejects.toThrow(message);
    expect(listOptions(module.schema).filter(({ path }) => path.startsWith(Object.keys(values)[0] ?? ""))).toEqual(
      name === "flux-aio"
        ? expect.not.arrayContaining([expect.objectContaining({ path: "controllers.watcher.enabled" })])
        : [],
    );
  });

  test("is rendered in the way of the time: a chart of an OCI registry with Flux 2.2", async () => {
    const module = await moduleAt("flux-helm-release", "2.2.3-0");
    const auth = { username: "u", password: "p" };
    const values = { repository: { url: "oci://r.example/charts", auth }, chart: { name: "c" } };
    const objects = await render(module, located(values), instance);
    expect(find(objects, "HelmRepository")).toMatchObject({
      apiVersion: "source.toolkit.fluxcd.io/v1beta2",
      spec: { type: "oci", url: "oci://r.example/charts", secretRef: { name: "app-helm-auth" } },
    });
    expect(find(objects, "HelmRelease")).toMatchObject({
      apiVersion: "helm.toolkit.fluxcd.io/v2beta2",
      spec: { chart: { spec: { chart: "c", sourceRef: { kind: "HelmRepository", name: "app" } } } },
    });
    expect(find(objects, "Secret")).toMatchObject({ stringData: auth });
  });
});

describe.each(versions)("custom resources at %s", (version) => {
  const modules = moduleNames.filter((name) => name !== "flux-aio");
  test.each(modules)("of %s pass the definitions of the release with every option", async (name) => {
    const check = await definitionsOf(version);
    const module = await moduleAt(name, version);
    const { base = {}, cases = [] } = optionCases[name] ?? {};
    let count = 0;
    for (const { base: own = base, values } of [{ values: {}, changes: {} }, ...cases]) {
      // What the release does not have is refused; all else has to fit.
      const known = await knownValues(module, mergeValues(own, values));
      if (known === undefined) continue;
      expect((await render(module, located(known), instance)).flatMap(check)).toEqual([]);
      count++;
    }
    if (version === newest) expect(count).toBe(cases.length + 1);
    expect(count).toBeGreaterThan(cases.length * 0.9);
  });

  test("are refused with an unknown field, and in another API version", async () => {
    const check = await definitionsOf(version);
    const [apiVersion, kind] = ["kustomize.toolkit.fluxcd.io/v1", "Kustomization"];
    expect(check({ apiVersion, kind, metadata: { name: "a" }, spec: { pruned: true } }).join()).toMatch(
      /additional prop/,
    );
    expect(check({ apiVersion: "kustomize.toolkit.fluxcd.io/v2", kind, metadata: { name: "a" } })).toHaveLength(1);
  });
});

type Check = (object: KubeObject) => string[];
const checks = new Map<string, Promise<Check>>();

/** What the API server of a release would say against an object. */
function definitionsOf(version: string): Promise<Check> {
  const known = checks.get(version) ?? compileDefinitions(version);
  checks.set(version, known);
  return known;
}

async function compileDefinitions(version: string): Promise<Check> {
  const ajv = await createAjv({});
  const stored = new Map<string, JsonValue>();
  for (const { spec } of await render(await moduleAt("flux-aio", version), undefined, instance)) {
    if (!isJsonObject(spec) || !isJsonObject(spec.names) || !Array.isArray(spec.versions)) continue;
    for (const each of spec.versions.filter(isJsonObject))
      if (each.storage === true && isJsonObject(each.schema))
        stored.set(`${spec.group}/${each.name} ${spec.names.kind}`, each.schema.openAPIV3Schema ?? {});
  }
  const validators = new Map<string, (data: unknown) => boolean>();
  return ({ metadata: _, ...object }) => {
    const kind = `${object.apiVersion} ${object.kind}`;
    if (!object.apiVersion.includes("fluxcd.io/")) return [];
    const schema = stored.get(kind);
    if (schema === undefined) return [`${kind} is not what ${version} stores`];
    const validate = validators.get(kind) ?? ajv.compile(closed(schema));
    validators.set(kind, validate);
    return validate(structuredClone(object)) ? [] : [`${kind} at ${version}: ${ajv.errorsText(errorsOf(validate))}`];
  };
}

function errorsOf(validate: object) {
  return "errors" in validate && Array.isArray(validate.errors) ? validate.errors : [];
}

/** A structural schema that refuses unknown fields, as `fieldValidation=Strict` does. */
function closed(schema: JsonValue): JsonObject {
  if (!isJsonObject(schema)) return {};
  const { properties, items, additionalProperties } = schema;
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true || !isJsonObject(properties);
  return {
    ...schema,
    ...(isJsonObject(properties) && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, part]) => [key, closed(part)])),
    }),
    ...(items !== undefined && { items: closed(items) }),
    ...(isJsonObject(additionalProperties) && { additionalProperties: closed(additionalProperties) }),
    ...(!open && { additionalProperties: false }),
  };
}
