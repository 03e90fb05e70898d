import { describe, expect, test } from "vitest";
import { FaultsError } from "../../../src/engine/diagnostics/index.js";
import type { JsonObject } from "../../../src/engine/json/index.js";
import { planBundle } from "../../../src/engine/plan/index.js";
import { bundle, instance, object } from "../../support/bundles.js";

const crd = object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "widgets.x.example", undefined, {
  spec: {
    group: "x.example",
    names: { kind: "Widget", plural: "widgets" },
    scope: "Namespaced",
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: { pin: { type: "string", pattern: "^[a-z]+$" }, size: { type: "integer", maximum: 9 } },
              },
            },
          },
        },
      },
    ],
  },
});
const widget = (spec: JsonObject, version = "v1") => object(`x.example/${version}`, "Widget", "w", "ns", { spec });

function faultsOf(spec: JsonObject, secrets: readonly (string | number)[] = [], version?: string): string[] {
  try {
    planBundle(
      { ...bundle("b", instance("crds", "ns", [crd]), instance("i", "ns", [widget(spec, version)])), secrets },
      [],
    );
    return [];
  } catch (error) {
    if (error instanceof FaultsError) return error.errors.map(({ message }) => message);
    return [error instanceof Error ? error.message : ""];
  }
}

describe("custom resources of the bundle's own definitions", () => {
  const subject = 'instance "i" renders Widget/ns/w, which its definition in the bundle refuses: ';

  test.each<{ title: string; spec: JsonObject; version?: string; want: string[] }>([
    { title: "pass", spec: { pin: "abc", size: 9 }, want: [] },
    { title: "have no other fields", spec: { pni: "abc" }, want: ["spec.pni: unknown field; did you mean pin?"] },
    { title: "are of a version that is served", spec: {}, version: "v2", want: ["it serves v1, not v2"] },
    {
      title: "are told with all their faults",
      spec: { pin: "A1", size: 10 },
      want: ['spec.pin: has to match ^[a-z]+$; found "A1"', "spec.size: has to be at most 9; found 10"],
    },
  ])("$title", ({ spec, version, want }) => {
    expect(faultsOf(spec, [], version)).toEqual(want.map((fault) => subject + fault));
  });

  test("show no secret, however short", () => {
    expect(faultsOf({ pin: "A1", size: 10 }, ["A1", 10])).toEqual([
      `${subject}spec.pin: has to match ^[a-z]+$; found "***"`,
      `${subject}spec.size: has to be at most 9; found ***`,
    ]);
  });
});
