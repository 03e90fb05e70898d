import type { JsonObject } from "../../src/engine/json/index.js";
import type { Module } from "../../src/engine/module/index.js";
import { SchemaError } from "../../src/engine/schema/index.js";
import { located } from "./catalog.js";

/** Values without the options that a version of a module lacks; undefined where more is wrong with them. */
export async function knownValues(module: Module, values: JsonObject): Promise<JsonObject | undefined> {
  const known = structuredClone(values);
  for (const fault of await faultsOf(module, values)) {
    if (!(fault instanceof SchemaError) || fault.code !== "unknown-field") return undefined;
    const steps = fault.path.split(".");
    const last = steps.pop() ?? "";
    const around = steps.reduce((at: unknown, step) => (isRecord(at) ? at[step] : undefined), known);
    if (isRecord(around)) delete around[last];
  }
  return (await faultsOf(module, known)).length === 0 ? known : undefined;
}

async function faultsOf(module: Module, values: JsonObject) {
  const pos = { file: "values", offset: 0, line: 1, column: 1 };
  return (await module.values(located(values), { path: [], pos })).faults;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
