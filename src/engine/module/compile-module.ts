import { type SheafError, throwFaults } from "../diagnostics/index.js";
import type { JsonObject, Located } from "../json/index.js";
import type { KubeObject } from "../object/index.js";
import type { TemplateProgram } from "../template/index.js";
import { checkPartials } from "./check-partials.js";
import type { ModuleManifest } from "./manifest.js";
import { ModuleError } from "./module-error.js";
import { filesBelow, innerFolder, labelPath, type ModuleFiles, startOf } from "./module-files.js";
import { ModuleReader } from "./module-reader.js";

/** Changes whenever {@link CompiledModule} does. */
export const compiledFormat = "v4";

/**
 * A module as plain data, ready to be kept as JSON: a module that was compiled once loads with one `JSON.parse`, and
 * needs neither YAML nor Handlebars again. Files in it are named relative to the module.
 */
export type CompiledModule = Readonly<{
  format: typeof compiledFormat;
  manifest: ModuleManifest;
  /** values.schema.json. */
  schema: JsonObject;
  /** metadata.yaml: labels and annotations for every object. */
  metadata: TemplateProgram | null;
  /** patches.yaml: changes to the objects, which come last. */
  patches: TemplateProgram | null;
  /** In the order of their names. */
  templates: readonly TemplateProgram[];
  /** What templates share, by name. */
  partials: Readonly<Record<string, TemplateProgram>>;
  /** instances.yaml: which modules are rendered inside of this one, with which values. */
  instances: TemplateProgram | null;
  /** The modules that are rendered inside of this one, by name. */
  modules: Readonly<Record<string, CompiledModule>>;
  crds: readonly KubeObject[];
  readme: string;
}>;

/** All templates of a module, those of metadata, instances and patches included; partials are for {@link partialsOf}. */
export function programsOf(
  module: Pick<CompiledModule, "metadata" | "templates" | "instances" | "patches">,
): readonly TemplateProgram[] {
  const { metadata, templates, instances, patches } = module;
  return [metadata, ...templates, instances, patches].filter((program) => program !== null);
}

/** The partials of a module, by name. */
export function partialsOf({ partials }: CompiledModule): ReadonlyMap<string, TemplateProgram> {
  return new Map(Object.entries(partials));
}

/** What could be read of a module, and everything that is wrong with it. */
export type ReadModule = Readonly<{
  compiled: CompiledModule | undefined;
  /** values.schema.json with the place of everything in it. */
  schema: Located | undefined;
  faults: readonly SheafError[];
}>;

/**
 * Compiles the files of a module.
 *
 * @param files By path; `templates/_*` and files that a module does not know are left alone
 * @param label What places put before a path, such as the folder that the user named
 * @throws {SheafError} All faults of all files together
 */
export async function compileModule(files: ModuleFiles, label = ""): Promise<CompiledModule> {
  const { compiled, faults } = await readModule(files, label);
  throwFaults(faults);
  if (compiled === undefined) throw new TypeError("a module without faults is compiled");
  return compiled;
}

/** As {@link compileModule}, with the faults as data. */
export async function readModule(files: ModuleFiles, label: string): Promise<ReadModule> {
  const reader = new ModuleReader(files, label);
  const cue = reader.cueFault();
  if (cue !== undefined) return { compiled: undefined, schema: undefined, faults: [cue] };

  const manifest = await reader.manifest();
  const schema = await reader.schema();
  const metadata = files.has("metadata.yaml") ? await reader.template("metadata.yaml") : null;
  const patches = files.has("patches.yaml") ? await reader.template("patches.yaml") : null;
  const instances = files.has("instances.yaml") ? await reader.template("instances.yaml", { keepPlaces: true }) : null;
  const templates: TemplateProgram[] = [];
  for (const path of reader.paths(/^templates\/(?:.*\/)?(?!_)[^/]+\.ya?ml$/)) {
    const program = await reader.template(path);
    if (program) templates.push(program);
  }
  const partials = await reader.partials();
  const programs = { metadata: metadata ?? null, patches: patches ?? null, instances: instances ?? null, templates };
  reader.faults.push(...checkPartials(programsOf(programs), partials, label));
  const crds: KubeObject[] = [];
  for (const path of reader.paths(/^crds\/(?:.*\/)?(?!_)[^/]+\.(?:ya?ml|json)$/))
    crds.push(...(await reader.crds(path)));
  const inner = await readInnerModules(manifest, files, label);
  reader.faults.push(...inner.faults);
  if (templates.length === 0 && crds.length === 0 && instances === null && reader.faults.length === 0)
    reader.faults.push(
      new ModuleError(
        "missing-file",
        "the module has neither templates/*.yaml nor crds/*.yaml nor instances.yaml: it would install nothing",
        startOf(labelPath(label, "module.yaml")),
      ),
    );
  const readme = reader.text("README.md", { optional: true }) ?? "";

  const complete = reader.faults.length === 0 && manifest !== undefined && schema !== undefined;
  return {
    compiled: complete
      ? {
          format: compiledFormat,
          manifest,
          schema: schema.value,
          ...programs,
          partials: Object.fromEntries(partials),
          modules: inner.modules,
          crds,
          readme,
        }
      : undefined,
    schema: schema?.located,
    faults: reader.faults,
  };
}

/** The modules inside, which packing has put there. */
async function readInnerModules(
  manifest: ModuleManifest | undefined,
  files: ModuleFiles,
  label: string,
): Promise<Readonly<{ modules: Record<string, CompiledModule>; faults: readonly SheafError[] }>> {
  const compiled: [string, CompiledModule][] = [];
  const faults: SheafError[] = [];
  for (const { name } of manifest?.modules ?? []) {
    const folder = innerFolder(name);
    const inside = filesBelow(files, folder);
    if (inside.size === 0) {
      const detail = `${folder} is not there: a module is published by sheaf mod push or mod build, which pack the modules inside`;
      faults.push(new ModuleError("missing-file", detail, startOf(labelPath(label, "module.yaml"))));
      continue;
    }
    const inner = await readModule(inside, labelPath(label, folder));
    faults.push(...inner.faults);
    if (inner.compiled !== undefined) compiled.push([name, inner.compiled]);
  }
  return { modules: Object.fromEntries(compiled), faults };
}
