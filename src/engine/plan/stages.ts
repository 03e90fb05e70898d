import type { KubeObject } from "../object/index.js";
import type { ApplySet } from "./input.js";

/** Objects that are applied together. `settles` says that they must be established before the next stage starts. */
export type Stage = Readonly<{
  /** The module's name for the set; empty where it has one only. */
  set: string;
  name: "definitions" | "classes" | "roles" | "rest";
  objects: readonly KubeObject[];
  settles: boolean;
}>;

/** What others are made from, or live in: kinds by the stage that they belong to (docs/cluster-state.md, "Stages"). */
const stageOfKind = new Map<string, Stage["name"]>([
  ["CustomResourceDefinition", "definitions"],
  ["Namespace", "definitions"],
  ["ClusterRole", "definitions"],
  ["ClusterClass", "classes"],
  ["RuntimeClass", "classes"],
  ["PriorityClass", "classes"],
  ["StorageClass", "classes"],
  ["VolumeSnapshotClass", "classes"],
  ["IngressClass", "classes"],
  ["GatewayClass", "classes"],
  ["Role", "roles"],
]);
const stageNames = ["definitions", "classes", "roles", "rest"] as const;

/** Splits apply sets into stages. Each object is in one stage, and objects of one stage keep their order; empty stages are left out. */
export function planStages(sets: readonly ApplySet[]): Stage[] {
  return sets.flatMap(({ name: set, objects }, index) =>
    stageNames.flatMap((name): Stage[] => {
      const members = objects.filter((object) => (stageOfKind.get(object.kind) ?? "rest") === name);
      const endsSet = name === "rest" && index < sets.length - 1;
      return members.length === 0 ? [] : [{ set, name, objects: members, settles: name === "definitions" || endsSet }];
    }),
  );
}

/**
 * Splits the objects of a stage into runs that may be applied at the same time: neighbours of one kind, which never
 * depend on each other. The runs follow one another.
 */
export function planRuns(objects: readonly KubeObject[]): KubeObject[][] {
  const runs: KubeObject[][] = [];
  for (const object of objects) {
    const run = runs.at(-1);
    if (run?.[0]?.kind === object.kind && run[0].apiVersion === object.apiVersion) run.push(object);
    else runs.push([object]);
  }
  return runs;
}
