import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { type ModuleVersion, moduleVersions } from "../../scripts/module-versions.js";
import { loadBundle } from "../../src/engine/bundle/index.js";
import { throwFaults } from "../../src/engine/diagnostics/index.js";
import { isJsonObject, type JsonObject, type JsonValue, type Located } from "../../src/engine/json/index.js";
import { loadModule, type Module } from "../../src/engine/module/index.js";
import type { KubeObject } from "../../src/engine/object/index.js";
import type { RuntimeLookup } from "../../src/engine/runtime/index.js";
import type { SourceInput } from "../../src/engine/source/index.js";

/** The repository's modules in all versions, rendered without a catalog being built. */

export const modulesDir = fileURLToPath(new URL("../../modules", import.meta.url));
export const allVersions: readonly ModuleVersion[] = moduleVersions(modulesDir);
export const moduleNames = [...new Set(allVersions.map(({ module }) => module))];
export const newest = allVersions[0]?.version ?? "";

const loaded = new Map<string, Promise<Module>>();

/** A module in a version; each is compiled once a test file. */
export function moduleAt(name: string, version = newest): Promise<Module> {
  const key = `${name}@${version}`;
  const known = loaded.get(key);
  if (known !== undefined) return known;
  const found = allVersions.find((each) => each.module === name && each.version === version);
  if (found === undefined) throw new Error(`there is no ${key}`);
  const module = loadModule(found.files, { version, label: key });
  loaded.set(key, module);
  return module;
}

export type Instance = Readonly<{ name: string; namespace: string; bundle?: string }>;

/** The objects of one instance with these values. */
export async function render(
  module: Module,
  values: Located | undefined,
  { name, namespace, bundle = "test" }: Instance,
): Promise<KubeObject[]> {
  const pos = { file: "values", offset: 0, line: 1, column: 1 };
  const checked = await module.values(values, { path: ["values"], pos });
  throwFaults(checked.faults);
  return module.render({
    values: checked.values,
    instance: { name, namespace },
    bundle: { name: bundle },
    kube: { version: "1.34.1" },
  });
}

/** The objects of all instances of a bundle, with the modules that it names; `version` replaces every version. */
export async function renderInstances(
  source: SourceInput,
  runtime: RuntimeLookup,
  version?: string,
): Promise<KubeObject[]> {
  const bundle = await loadBundle([source], { runtime });
  const rendered = bundle.instances.map(async ({ name, namespace, module, values }) =>
    render(await moduleAt(basename(module.url), version ?? module.version), values, {
      name,
      namespace,
      bundle: bundle.name,
    }),
  );
  return (await Promise.all(rendered)).flat();
}

/** Data as values that stand in a file. */
export function located(value: JsonValue): Located {
  const pos = { file: "values", offset: 0, line: 1, column: 1 };
  if (Array.isArray(value)) return { kind: "list", items: value.map(located), pos };
  if (!isJsonObject(value)) return { kind: "scalar", value, pos, secret: false };
  const fields = Object.entries(value).map(([key, part]) => [key, { keyPos: pos, value: located(part) }] as const);
  return { kind: "struct", fields: new Map(fields), pos };
}

/** `Kind/name` of objects, in order. */
export function namesOf(objects: readonly KubeObject[]): string[] {
  return objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
}

/** An object by kind and, where there are several of it, name. */
export function find(objects: readonly KubeObject[], kind: string, name?: string): JsonObject {
  const found = objects.find((object) => object.kind === kind && (name === undefined || object.metadata.name === name));
  if (found === undefined) throw new Error(`there is no ${kind} ${name ?? ""} among ${namesOf(objects).join(", ")}`);
  return found;
}
