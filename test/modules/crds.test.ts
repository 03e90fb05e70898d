import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { moduleVersions } from "../../scripts/module-versions.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../../src/engine/json/index.js";

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
  moduleVersions(new URL("../../modules", import.meta.url).pathname)
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
      { sha256: hash(spec), versions: versionsOf(spec), generator: metadata.annotations[generator] },
    ]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
  });
});

describe("what the controllers' repositories release", () => {
  const released: Record<string, Record<string, string>> = readJson("released-crds.json");
  test.each(Object.keys(released))("%s has equal definitions", (flux) => {
    const found = new Map((definitions.get(flux) ?? []).map(({ metadata, spec }) => [metadata.name, hash(spec)]));
    const wanted = Object.entries(released[flux] ?? {});
    expect(wanted.map(([name]) => [name, found.get(name)])).toEqual(wanted);
  });
});

test("definitions hold no text", () => {
  for (const crds of definitions.values()) for (const { spec } of crds) expect(hash(spec)).toBe(hash(spec, new Set()));
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

/** The sha256 of data as JSON with sorted keys, without strings under the keys in `left`. */
function hash(value: JsonValue, left: ReadonlySet<string> = new Set(["description"])): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted(value, left)))
    .digest("hex");
}

function sorted(value: JsonValue, left: ReadonlySet<string>): JsonValue {
  if (Array.isArray(value)) return value.map((item) => sorted(item, left));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).filter(([key, part]) => !(left.has(key) && typeof part === "string"));
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, part]) => [key, sorted(part, left)]),
  );
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(file, fixtures), "utf8"));
}
