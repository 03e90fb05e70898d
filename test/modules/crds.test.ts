import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/engine/json/index.js";
import { allVersions } from "./catalog.js";
import { hashSpec } from "./hash-spec.js";

type Definition = {
  metadata: { name: string; annotations: Record<string, string> };
  spec: JsonObject & { versions: { name: string; storage: boolean; deprecated?: boolean }[] };
};
type Reference = {
  crds: Record<string, { sha256: string; versions: string[]; metadata: { annotations: Record<string, string> } }>;
};

const generator = "controller-gen.kubebuilder.io/version";
const fixtures = new URL("../fixtures/reference/", import.meta.url);
const definitions = new Map(
  allVersions
    .filter(({ module }) => module === "flux-aio")
    .map(({ version, files }) => [version.slice(0, -"-0".length), crdsOf(files)]),
);

describe("what Timoni renders", () => {
  const older = readdirSync(new URL("releases/", fixtures)).map((flux) => [flux, `releases/${flux}/flux-aio.json`]);
  test.each([["2.8.0", "flux-aio.json"], ...older])("%s has equal definitions", (flux = "", file = "") => {
    const { "flux-aio": reference }: Record<string, Reference> = readJson(file);
    const wanted = Object.entries(reference?.crds ?? {}).map(([name, { sha256, versions, metadata }]) => [
      name,
      { sha256, versions, generator: metadata.annotations[generator] },
    ]);
    const found = (definitions.get(flux) ?? []).map(({ metadata, spec }) => [
      metadata.name,
      { sha256: hashSpec(spec), versions: versionsOf(spec), generator: metadata.annotations[generator] },
    ]);
    expect(wanted).not.toEqual([]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
  });
});

describe("what the controllers' repositories release", () => {
  const released: Record<string, Record<string, string>> = readJson("released-crds.json");
  test.each(Object.keys(released))("%s has equal definitions", (flux) => {
    const found = new Map((definitions.get(flux) ?? []).map(({ metadata, spec }) => [metadata.name, hashSpec(spec)]));
    expect(Object.fromEntries(found)).toEqual(released[flux]);
  });
});

test("definitions hold no text of the API modules", () => {
  for (const crds of definitions.values())
    for (const { spec } of crds) expect(JSON.stringify(spec)).not.toMatch(/"description":"/);
});

function crdsOf(files: ReadonlyMap<string, Uint8Array>): Definition[] {
  return [...files]
    .filter(([path]) => path.startsWith("crds/"))
    .map(([, bytes]): Definition => JSON.parse(Buffer.from(bytes).toString("utf8")));
}

function versionsOf({ versions }: Definition["spec"]): string[] {
  return versions
    .map(({ name, storage, deprecated }) => `${name}${deprecated ? "(deprecated)" : ""}${storage ? "*" : ""}`)
    .sort();
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(file, fixtures), "utf8"));
}
