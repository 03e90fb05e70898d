import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/engine/json/index.js";
import { isKubeObject, type KubeObject } from "../../../src/engine/object/index.js";
import { type ObjectPatch, patchObjects } from "../../../src/engine/patch/index.js";

type Fixture = {
  objects: KubeObject[];
  cases: (ObjectPatch & { title: string; want: Record<string, JsonObject | null> })[];
};
const { objects, cases }: Fixture = JSON.parse(
  readFileSync(new URL("../../fixtures/kustomize/patches.json", import.meta.url), "utf8"),
);

describe("patches change what kustomize changes", () => {
  test.each(cases)("$title", ({ want, title: _, ...patch }) => {
    const before = structuredClone(objects);
    expect(byName(patchObjects(objects, [patch]).filter(isKubeObject))).toEqual(
      byName(
        objects
          .flatMap((object) => want[nameOf(object)] ?? (want[nameOf(object)] === null ? [] : [object]))
          .filter(isKubeObject),
      ),
    );
    expect(Object.keys(want)).not.toEqual([]);
    expect(objects).toEqual(before);
  });
});

function nameOf({ kind, metadata }: KubeObject): string {
  return `${kind}/${metadata.name}`;
}

function byName(all: readonly KubeObject[]): Record<string, KubeObject> {
  return Object.fromEntries(all.map((object) => [nameOf(object), object]));
}
