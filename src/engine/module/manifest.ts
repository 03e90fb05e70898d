import moduleSchema from "../../../schemas/module.schema.json" with { type: "json" };
import type { SheafError } from "../diagnostics/index.js";
import { isJsonObject, type JsonObject, type JsonValue, type Located, locate } from "../json/index.js";
import { compileExpression, type HealthCheck, isExpression } from "../object/index.js";
import { compileSchema, type SchemaValidator } from "../schema/index.js";
import { ModuleError } from "./module-error.js";

/** What module.yaml says (schemas/module.schema.json). */
export type ModuleManifest = Readonly<{
  name: string;
  description: string;
  /** A semver range; absent, every version will do. */
  kubeVersion?: string;
  /** Facts of this version, which templates read as `module.constants`. */
  constants: JsonObject;
  /** Objects that are applied, and waited for, before others. */
  applySets: readonly ApplySetRule[];
  healthChecks: readonly HealthCheck[];
  /** Modules that are rendered inside of this one. */
  modules: readonly InnerModule[];
}>;
/** A module inside of another: its name there, and where it comes from. */
export type InnerModule = Readonly<{ name: string; url: string; version?: string; digest?: string }>;
/** `kinds` are written `Kind` or `Kind.group`. */
export type ApplySetRule = Readonly<{ name: string; kinds: readonly string[] }>;

let validator: Promise<SchemaValidator> | undefined;

/** Checks module.yaml against its schema. The manifest is absent where something is wrong. */
export async function readManifest(
  located: Located,
): Promise<Readonly<{ manifest?: ModuleManifest; faults: readonly SheafError[] }>> {
  validator ??= compileSchema(moduleSchema);
  const { value, faults } = await (await validator).check(located);
  if (faults.length > 0 || !isJsonObject(value)) return { faults };
  const { kubeVersion, constants, applySets, healthChecks, modules } = value;
  const bad = await expressionFaults(located);
  if (bad.length > 0) return { faults: bad };
  return {
    faults,
    manifest: {
      name: String(value.name),
      description: String(value.description),
      ...(typeof kubeVersion === "string" && { kubeVersion }),
      constants: isJsonObject(constants) ? constants : {},
      applySets: objectsIn(applySets).map(({ name, kinds }) => ({ name: String(name), kinds: textsIn(kinds) })),
      healthChecks: objectsIn(healthChecks).map(({ kind, ready, failed }) => ({
        kind: String(kind),
        ready: String(ready),
        ...(typeof failed === "string" && { failed }),
      })),
      modules: innerModules(modules),
    },
  };
}

/** The faults of health checks that are expressions. */
async function expressionFaults(manifest: Located): Promise<SheafError[]> {
  const checks = locate(manifest, ["healthChecks"]);
  const rules = (checks?.kind === "list" ? checks.items : []).flatMap((check) =>
    ["ready", "failed"].flatMap((field) => locate(check, [field]) ?? []),
  );
  const faults = await Promise.all(
    rules.map(async (rule) => {
      if (rule.kind !== "scalar" || typeof rule.value !== "string" || !isExpression(rule.value)) return [];
      const { value: text, pos } = rule;
      return (await compileExpression(text)).faults.map(({ detail, character }) => {
        const place = character === undefined ? "" : `, character ${character}`;
        return new ModuleError("bad-expression", `${text}${place}: ${detail}`, pos);
      });
    }),
  );
  return faults.flat();
}

/** The `modules` of module.yaml. */
export function innerModules(modules: JsonValue | undefined): InnerModule[] {
  return Object.entries(isJsonObject(modules) ? modules : {}).flatMap(([name, module]): InnerModule[] => {
    const { url, version, digest } = isJsonObject(module) ? module : {};
    if (typeof url !== "string") return [];
    return [
      { name, url, ...(typeof version === "string" && { version }), ...(typeof digest === "string" && { digest }) },
    ];
  });
}

function objectsIn(list: JsonValue | undefined): JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

function textsIn(list: JsonValue | undefined): string[] {
  return Array.isArray(list) ? list.map(String) : [];
}
