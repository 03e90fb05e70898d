import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/engine/json/index.js";
import type { KubeObject } from "../../src/engine/object/index.js";
import { renderInstances } from "./catalog.js";
import { hashSpec } from "./hash-spec.js";

/** What Timoni renders for a bundle: the objects, and the definitions with their specs as hashes. */
type Reference = { objects: KubeObject[]; crds?: Record<string, { sha256: string; metadata: JsonObject }> };

const fixtures = new URL("../fixtures/", import.meta.url);
const runtime: Readonly<Record<string, string>> = {
  GCHR_TOKEN: "ghp-oci",
  GITHUB_TOKEN: "ghp-git",
  GIT_TOKEN: "glpat-1",
  DEVTEAM_TOKEN: "ghp-dev",
  GIT_CA: "-----BEGIN CERTIFICATE-----\nMIIBfake\n-----END CERTIFICATE-----",
};

function bundlesIn(folder: string): URL[] {
  return readdirSync(new URL(folder, fixtures)).map((file) => new URL(`${folder}${file}`, fixtures));
}

const cases = [...bundlesIn("seeds/"), ...bundlesIn("reference-bundles/")].map((bundle) => ({
  name: nameOf(bundle),
  version: "2.8.0-0",
  bundle,
  reference: new URL(`reference/${nameOf(bundle)}.json`, fixtures),
}));
for (const flux of readdirSync(new URL("reference/releases/", fixtures))) {
  for (const file of readdirSync(new URL(`reference/releases/${flux}/`, fixtures))) {
    const name = file.replace(/\.json$/, "");
    const [bundle, reference] = [`seeds/${name}.cue`, `reference/releases/${flux}/${file}`];
    cases.push({
      name,
      version: `${flux}-0`,
      bundle: new URL(bundle, fixtures),
      reference: new URL(reference, fixtures),
    });
  }
}

describe("objects equal those that Timoni renders", () => {
  test("in 31 cases", () => expect(cases).toHaveLength(31));

  test.each(cases)("$name at $version", async ({ name, version, bundle, reference }) => {
    const wanted: Record<string, Reference> = JSON.parse(readFileSync(reference, "utf8"));
    const { objects = [], crds = {} } = wanted[name] ?? {};
    expect(objects).not.toEqual([]);

    const source = { name: bundle.pathname, bytes: readFileSync(bundle) };
    const rendered = await renderInstances(source, (variable) => runtime[variable], version);
    const definitions = rendered.filter(isDefinition);
    const others = rendered.filter((object) => !isDefinition(object));
    expect(byRef(others)).toEqual(byRef(objects));
    expect(Object.fromEntries(definitions.map(summary))).toEqual(
      Object.fromEntries(Object.entries(crds).map(([crd, { sha256, metadata }]) => [crd, { sha256, metadata }])),
    );
  });
});

function nameOf(bundle: URL): string {
  return /([^/]+)\.cue$/.exec(bundle.pathname)?.[1] ?? "";
}

function isDefinition({ kind }: KubeObject): boolean {
  return kind === "CustomResourceDefinition";
}

function summary({ metadata: { name, ...metadata }, spec = {} }: KubeObject) {
  return [name, { sha256: hashSpec(spec), metadata }] as const;
}

/** The objects by kind, namespace and name, with the JSON text in pull secrets as data. */
function byRef(objects: readonly KubeObject[]): Record<string, unknown> {
  return Object.fromEntries(
    objects.map((object) => {
      const { kind, metadata, stringData } = object;
      return [`${kind}/${metadata.namespace ?? ""}/${metadata.name}`, { ...object, ...readable(stringData) }];
    }),
  );
}

function readable(stringData: KubeObject[string] | undefined) {
  const text =
    typeof stringData === "object" && stringData !== null && !Array.isArray(stringData)
      ? stringData[".dockerconfigjson"]
      : undefined;
  return typeof text === "string" ? { stringData: { ".dockerconfigjson": JSON.parse(text) } } : {};
}
