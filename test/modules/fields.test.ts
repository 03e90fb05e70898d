import { expect, test } from "vitest";
import { isJsonObject, type JsonValue } from "../../src/engine/json/index.js";
import type { KubeObject } from "../../src/engine/object/index.js";
import { allVersions, located, moduleAt, moduleNames, newest, render } from "./catalog.js";
import { fieldsOf, fieldsSet, specSchemaOf } from "./definition-fields.js";
import { knownValues } from "./known-values.js";
import { mergeValues } from "./merge-values.js";
import { optionCases } from "./option-cases/index.js";

/** Fields of Flux's custom resources that no option reaches, with the reason; a kind alone stands for all its fields. */
const unreached: Readonly<Record<string, string>> = {
  ArtifactGenerator: "cuts a source into several: for monorepos; flux-aio runs its controller",
  ExternalArtifact: "made by controllers only",
  HelmChart: "made by helm-controller from a HelmRelease; flux-helm-release takes one that is there as its source",
  "HelmRelease.chart.spec.sourceRef.apiVersion": "follows from the kind",
  "HelmRelease.chartRef.apiVersion": "follows from the kind",
  "HelmRelease.install.skipCRDs": "deprecated for `crds: Skip`",
  "ImageUpdateAutomation.sourceRef.apiVersion": "follows from the kind",
  "Kustomization.sourceRef.apiVersion": "follows from the kind",
  "Provider.interval": "deprecated; has no effect",
  "Provider.proxy": "deprecated for `proxySecretRef`, which keeps a password out of the object",
};

/** Those of the oldest release beside them. */
const unreachedBefore: Readonly<Record<string, string>> = {
  "Bucket.accessFrom": "never took effect",
  "HelmRelease.chart.spec.valuesFile": "deprecated for `valuesFiles`",
  "HelmRelease.postRenderers[].kustomize.patchesJson6902": "deprecated for `patches`",
  "HelmRelease.postRenderers[].kustomize.patchesStrategicMerge": "deprecated for `patches`",
};

test.each([
  [newest, unreached],
  [allVersions.at(-1)?.version ?? "", { ...unreached, ...unreachedBefore }],
])("every field of the custom resources of %s has an option, or a reason", async (version, reasons) => {
  const definitions = await definitionsAt(version);
  const set = new Set<string>();
  for (const object of await renderedAt(version)) {
    const definition = definitions.get(object.kind);
    if (definition !== undefined) for (const field of fieldsSet(object, definition)) set.add(`${object.kind}.${field}`);
  }
  const all = [...definitions].flatMap(([kind, definition]) => fieldsOf(definition).map((field) => `${kind}.${field}`));
  const excused = (field: string) => Object.keys(reasons).find((prefix) => isWithin(field, prefix));
  expect(all.filter((field) => !set.has(field) && excused(field) === undefined)).toEqual([]);
  // A reason for what is set, or for no field of any release, is out of date.
  expect([...set].filter((field) => excused(field) !== undefined)).toEqual([]);
  if (version === newest)
    expect(Object.keys(reasons).filter((prefix) => !all.some((field) => isWithin(field, prefix)))).toEqual([]);
});

/** Choices that no option has, with the reason. */
const unchosen: Readonly<Record<string, string>> = {
  "GitRepository.verify.mode": "`head` is an older spelling of `HEAD`",
  "HelmRepository.type": "follows from the address",
};

test("every choice that a field has is one of an option", async () => {
  const offered = (await Promise.all(moduleNames.map((name) => moduleAt(name)))).flatMap(({ schema }) =>
    [...enumsIn(schema, "")].map(([, choices]) => choices),
  );
  const missing: string[] = [];
  for (const [kind, definition] of await definitionsAt(newest)) {
    if (unreached[kind] !== undefined) continue;
    for (const [path, choices] of enumsIn(specSchemaOf(definition), kind))
      if (!offered.some((option) => choices.every((choice) => option.includes(choice)))) missing.push(path);
  }
  expect(missing.sort()).toEqual(Object.keys(unchosen).sort());
});

/** The choices in a schema, with the path of each in the data. */
function* enumsIn(node: JsonValue | undefined, path: string): Generator<readonly [path: string, choices: JsonValue[]]> {
  if (!isJsonObject(node)) return;
  if (Array.isArray(node.enum)) yield [path, node.enum];
  if (isJsonObject(node.properties))
    for (const [name, part] of Object.entries(node.properties)) yield* enumsIn(part, `${path}.${name}`);
  yield* enumsIn(node.items, `${path}[]`);
  yield* enumsIn(node.additionalProperties, `${path}.*`);
}

function isWithin(field: string, prefix: string): boolean {
  return field === prefix || [".", "["].some((next) => field.startsWith(prefix + next));
}

async function definitionsAt(version: string): Promise<Map<string, KubeObject>> {
  const found = (await moduleAt("flux-aio", version)).definitions.map((definition) => {
    const { names } = isJsonObject(definition.spec) ? definition.spec : {};
    return [isJsonObject(names) ? String(names.kind) : "", definition] as const;
  });
  return new Map(found);
}

/** What the modules render with each of their options that they have in a version. */
async function renderedAt(version: string): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  for (const name of moduleNames.filter((name) => name !== "flux-aio")) {
    const module = await moduleAt(name, version);
    const { base, instance, cases } = optionCases[name] ?? { base: {}, cases: [] };
    for (const { base: own = base, values } of [{ values: {} }, ...cases]) {
      const known = await knownValues(module, mergeValues(own, values));
      if (known === undefined) continue;
      objects.push(...(await render(module, located(known), { name: "app", namespace: "apps", ...instance })));
    }
  }
  return objects;
}
