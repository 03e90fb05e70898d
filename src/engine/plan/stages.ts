import type { KubeObject, ObjectSet } from "../object/index.js";

/** Objects that are applied together. */
export type Stage = Readonly<{
  /** The module's name for the set; empty where it has one only. */
  set: string;
  name: "definitions" | "classes" | "roles" | "rest";
  objects: readonly KubeObject[];
  /**
   * What its objects have to be before the next stage starts: definitions are established whatever the run waits for, and
   * a module's set is ready before its next one.
   */
  until?: "established" | "ready";
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
export function planStages(sets: readonly ObjectSet[]): Stage[] {
  return sets.flatMap(({ name: set, objects }, index) => {
    const stages = stageNames.flatMap((name): Stage[] => {
      const members = objects.filter((object) => (stageOfKind.get(object.kind) ?? "rest") === name);
      if (members.length === 0) return [];
      return [{ set, name, objects: members, ...(name === "definitions" ? { until: "established" } : {}) }];
    });
    const last = stages.at(-1);
    if (last === undefined || index === sets.length - 1) return stages;
    return [...stages.slice(0, -1), { until: "ready", ...last }];
  });
}
