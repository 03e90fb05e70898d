import { SheafError, throwFaults } from "../diagnostics/index.js";
import { isJsonObject, type JsonObject, type JsonValue, type Located, toJson } from "../json/index.js";
import type { KubeObject } from "../object/index.js";
import { compileTemplate, type TemplateProgram } from "../template/index.js";
import { checkPartials } from "./check-partials.js";
import { isValidObject, objectFault } from "./kube-object.js";
import { type ModuleManifest, readManifest } from "./manifest.js";
import { ModuleError } from "./module-error.js";
import { decodeText, filesBelow, innerFolder, labelPath, type ModuleFiles, startOf } from "./module-files.js";
import type { LocatedFile } from "./read-located.js";
import { findSchemaFaults } from "./schema-faults.js";
import { inlineSchemaFiles } from "./schema-files.js";
import { isDeeperThan } from "./schema-loops.js";

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
  const modules = await reader.modules(manifest);
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
          modules,
          crds,
          readme,
        }
      : undefined,
    schema: schema?.located,
    faults: reader.faults,
  };
}

type ReadLocated = (text: string, file: string) => LocatedFile;

/** More than an author could follow, and less than exhausts the stack. */
const maxSchemaDepth = 200;

class ModuleReader {
  readonly faults: SheafError[] = [];
  readonly #files: ModuleFiles;
  readonly #label: string;

  constructor(files: ModuleFiles, label: string) {
    this.#files = files;
    this.#label = label;
  }

  /** Timoni's modules are CUE: they look alike from outside, and cannot run here. */
  cueFault(): ModuleError | undefined {
    if (this.#files.has("module.yaml")) return undefined;
    const cue = [...this.#files.keys()].find((path) => path.endsWith(".cue") || path.startsWith("cue.mod/"));
    if (cue === undefined) return undefined;
    const detail = `this is a CUE module (it has ${cue} and no module.yaml), which Timoni runs and sheaf does not`;
    return new ModuleError("cue-module", this.#label === "" ? detail : `${this.#label}: ${detail}`);
  }

  /** The paths of a form, sorted. */
  paths(form: RegExp): string[] {
    return [...this.#files.keys()].filter((path) => form.test(path)).sort();
  }

  text(path: string, options: Readonly<{ optional?: boolean }> = {}): string | undefined {
    const bytes = this.#files.get(path);
    const file = labelPath(this.#label, path);
    if (bytes === undefined) {
      if (!options.optional)
        this.faults.push(new ModuleError("missing-file", `the module has no ${path}`, startOf(file)));
      return undefined;
    }
    return this.#collect(() => decodeText(bytes, file));
  }

  async manifest(): Promise<ModuleManifest | undefined> {
    const located = await this.#located("module.yaml");
    if (located === undefined) return undefined;
    const { manifest, faults } = await readManifest(located);
    this.faults.push(...faults);
    return manifest;
  }

  async schema(): Promise<{ value: JsonObject; located: Located } | undefined> {
    const path = "values.schema.json";
    const file = labelPath(this.#label, path);
    const text = this.text(path);
    const [value] = text === undefined ? [] : this.#json(text, file);
    if (text === undefined || value === undefined) return undefined;
    if (isDeeperThan(value, maxSchemaDepth)) {
      const detail = `more than ${maxSchemaDepth} maps and lists stand inside each other`;
      this.faults.push(new ModuleError("bad-schema", detail, startOf(file)));
      return undefined;
    }
    const { readLocated } = await import("./read-located.js");
    const { documents, errors } = readLocated(text, file);
    const located = documents[0] ?? { kind: "list", items: [], pos: startOf(file) };
    if (!isJsonObject(value)) {
      this.faults.push(new ModuleError("bad-schema", "the schema must be an object", located.pos));
      return undefined;
    }
    if (errors.length > 0) {
      this.faults.push(...errors);
      return undefined;
    }
    const whole = inlineSchemaFiles(located, (path) => this.#schemaFile(path, readLocated));
    const wholeValue = toJson(whole.located);
    if (whole.faults.length > 0 || !isJsonObject(wholeValue)) {
      this.faults.push(...whole.faults);
      return undefined;
    }
    const faults = await findSchemaFaults(wholeValue, whole.located);
    this.faults.push(...faults);
    return faults.length === 0 ? { value: wholeValue, located: whole.located } : undefined;
  }

  /** Another file that values.schema.json refers to. */
  #schemaFile(path: string, readLocated: ReadLocated): Located | undefined {
    const text = this.#files.has(path) ? this.text(path) : undefined;
    const file = labelPath(this.#label, path);
    if (text === undefined || this.#json(text, file).length === 0) return undefined;
    const { documents, errors } = readLocated(text, file);
    this.faults.push(...errors);
    return documents[0];
  }

  async template(path: string, options?: Readonly<{ keepPlaces?: boolean }>): Promise<TemplateProgram | undefined> {
    const text = this.text(path);
    if (text === undefined) return undefined;
    const { program, errors } = await compileTemplate(text, labelPath(this.#label, path), options);
    this.faults.push(...errors);
    return { ...program, file: path };
  }

  async partials(): Promise<Map<string, TemplateProgram>> {
    const partials = new Map<string, TemplateProgram>();
    for (const path of this.paths(/^partials\/[^/]+\.ya?ml$/)) {
      const name = path.slice("partials/".length).replace(/\.ya?ml$/, "");
      const program = await this.template(path);
      if (!/^[A-Za-z][\w-]*$/.test(name) || partials.has(name)) {
        const detail = partials.has(name)
          ? `there is a partial ${name} already`
          : "the name of a partial is letters, digits, - and _, beginning with a letter";
        this.faults.push(new ModuleError("bad-partial", detail, startOf(labelPath(this.#label, path))));
      } else if (program) partials.set(name, program);
    }
    return partials;
  }

  /** The modules inside, which packing has put there. */
  async modules(manifest: ModuleManifest | undefined): Promise<Record<string, CompiledModule>> {
    const compiled: [string, CompiledModule][] = [];
    for (const { name } of manifest?.modules ?? []) {
      const folder = innerFolder(name);
      const files = filesBelow(this.#files, folder);
      if (files.size === 0) {
        const detail = `${folder} is not there: a module is published by sheaf mod push or mod build, which pack the modules inside`;
        this.faults.push(new ModuleError("missing-file", detail, startOf(labelPath(this.#label, "module.yaml"))));
        continue;
      }
      const inner = await readModule(files, labelPath(this.#label, folder));
      this.faults.push(...inner.faults);
      if (inner.compiled !== undefined) compiled.push([name, inner.compiled]);
    }
    return Object.fromEntries(compiled);
  }

  async crds(path: string): Promise<KubeObject[]> {
    const text = this.text(path);
    const file = labelPath(this.#label, path);
    if (text === undefined) return [];
    const values = path.endsWith(".json") ? this.#json(text, file) : await this.#yaml(text, file);
    return values.flatMap((value) => {
      if (isValidObject(value)) return [value];
      this.faults.push(new ModuleError("bad-object", objectFault(value), startOf(file)));
      return [];
    });
  }

  /** Generated definitions are large: `JSON.parse` is many times as fast as a reader that keeps places. */
  #json(text: string, file: string): JsonValue[] {
    try {
      return [JSON.parse(text)];
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const offset = Number(/position (\d+)/.exec(message)?.[1] ?? 0);
      const before = text.slice(0, offset).split("\n");
      const pos = { file, offset, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
      this.faults.push(new ModuleError("bad-file", `the file is not JSON: ${message}`, pos));
      return [];
    }
  }

  async #yaml(text: string, file: string): Promise<JsonValue[]> {
    const { readLocated } = await import("./read-located.js");
    const { documents, errors } = readLocated(text, file);
    this.faults.push(...errors);
    return documents.map((document) => toJson(document)).filter((document) => document !== null);
  }

  async #located(path: string): Promise<Located | undefined> {
    const text = this.text(path);
    const file = labelPath(this.#label, path);
    if (text === undefined) return undefined;
    const { readLocated } = await import("./read-located.js");
    const { documents, errors } = readLocated(text, file);
    this.faults.push(...errors);
    const [document, second] = documents;
    if (second !== undefined)
      this.faults.push(new ModuleError("bad-file", "the file must hold one document", second.pos));
    if (document === undefined && errors.length === 0)
      this.faults.push(new ModuleError("bad-file", "the file is empty", startOf(file)));
    return document;
  }

  #collect<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SheafError)) throw error;
      this.faults.push(error);
      return undefined;
    }
  }
}
