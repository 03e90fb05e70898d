import type { SheafError, SourcePos } from "../diagnostics/index.js";
import { isJsonObject, type JsonObject, type Located } from "../json/index.js";
import type { KubeObject, ObjectRef, ObjectSet } from "../object/index.js";
import { compileSchema, type SchemaValidator } from "../schema/index.js";
import { type CompiledModule, compiledFormat, compileModule } from "./compile-module.js";
import { imagesOf } from "./images.js";
import type { ModuleManifest } from "./manifest.js";
import { ModuleError } from "./module-error.js";
import type { ModuleFiles } from "./module-files.js";
import { develVersion } from "./module-version.js";
import { splitIntoSets } from "./object-sets.js";
import { findPlace, type RenderContext, renderModule } from "./render-module.js";

/** Where values stand: what messages call them, and a place for what is missing when there are none at all. */
export type ValuesPlace = Readonly<{ path: readonly string[]; pos: SourcePos }>;

/** Values with their defaults, and everything that is wrong with them. */
export type CheckedValues = Readonly<{ values: JsonObject; faults: readonly SheafError[] }>;

/** What an instance is rendered with. */
export type RenderInput = Readonly<{
  /** As {@link Module.values} gives them. */
  values: JsonObject;
  instance: Readonly<{ name: string; namespace: string }>;
  bundle: Readonly<{ name: string }>;
  /** The Kubernetes version of the target: `1.31.2`. */
  kube: Readonly<{ version: string }>;
}>;

/** A module in one version: checks values and renders objects. */
export class Module {
  readonly manifest: ModuleManifest;
  readonly version: string;
  /** The JSON Schema of its values. */
  readonly schema: JsonObject;
  readonly readme: string;
  readonly #compiled: CompiledModule;
  readonly #label: string;
  #validator: Promise<SchemaValidator> | undefined;

  constructor(compiled: CompiledModule, version: string, label: string) {
    this.manifest = compiled.manifest;
    this.version = version;
    this.schema = compiled.schema;
    this.readme = compiled.readme;
    this.#compiled = compiled;
    this.#label = label;
  }

  get name(): string {
    return this.manifest.name;
  }

  /**
   * Checks values against the schema and fills in the defaults.
   *
   * @param located What the user wrote, which stays as it is; undefined, all values are defaults
   * @returns All faults at once, each at its place in the user's file; a secret value is never shown
   */
  async values(located: Located | undefined, place: ValuesPlace): Promise<CheckedValues> {
    this.#validator ??= compileSchema(this.schema);
    const empty: Located = { kind: "struct", fields: new Map(), pos: place.pos };
    const { value, faults } = await (await this.#validator).check(located ?? empty, place.path);
    return { values: isJsonObject(value) ? value : {}, faults };
  }

  /**
   * The objects of an instance in apply order, without instance labels. Pure. Custom resource definitions share their
   * data between calls: treat the objects as read-only.
   *
   * @throws {SheafError} Faults of the templates, at their places in the module
   */
  render(input: RenderInput): KubeObject[] {
    return renderModule(this.#compiled, this.#label, this.#context(input));
  }

  /**
   * Where in the module a part of a rendered object comes from, or the nearest part around it that a template made.
   *
   * @param steps The way to the part: `["spec", "containers", 0, "image"]`
   * @returns Undefined for an object that the module does not make
   */
  placeOf(input: RenderInput, object: ObjectRef, steps: readonly (string | number)[]): SourcePos | undefined {
    return findPlace(this.#compiled, this.#label, this.#context(input), object, steps);
  }

  /** The custom resource definitions that the module brings, without common metadata. */
  get definitions(): readonly KubeObject[] {
    return this.#compiled.crds;
  }

  #context(input: RenderInput): RenderContext {
    return { ...input, module: { name: this.name, version: this.version } };
  }

  /** The container images that objects of the module name, in their order, each once. */
  images(objects: readonly KubeObject[]): string[] {
    return imagesOf(objects);
  }

  /** The objects as the module's apply sets split them; undefined where it has none. */
  sets(objects: readonly KubeObject[]): ObjectSet[] | undefined {
    return this.manifest.applySets.length === 0 ? undefined : splitIntoSets(objects, this.manifest.applySets);
  }

  /**
   * Whether the module runs on a version of Kubernetes.
   *
   * @throws {ModuleError} `kube-version`, with the versions that it runs on
   */
  async checkKubeVersion(version: string): Promise<void> {
    const { kubeVersion } = this.manifest;
    if (kubeVersion === undefined) return;
    const { satisfies } = await import("semver");
    const range = kubeVersion.replaceAll(",", " "); // as Helm writes "and"
    if (satisfies(version, range, { includePrerelease: true, loose: true })) return;
    const detail = `the module ${this.name} ${this.version} runs on Kubernetes ${kubeVersion}, but the target is ${version}`;
    throw new ModuleError("kube-version", detail);
  }
}

/** What a module is called: its version (`0.0.0-devel` unless given), and what places put before its files' paths. */
export type ModuleIdentity = Readonly<{ version?: string; label?: string }>;

/**
 * Loads a module from its files.
 *
 * @throws {SheafError} All faults of all files together
 * @example
 * ```ts
 * const module = await loadModule(files, { label: "modules/podinfo" });
 * const { values, faults } = await module.values(undefined, { path: ["values"], pos });
 * ```
 */
export async function loadModule(files: ModuleFiles, identity: ModuleIdentity = {}): Promise<Module> {
  return moduleFromCompiled(await compileModule(files, identity.label), identity);
}

/** The module of a compiled form, which another process may have made and kept. */
export function moduleFromCompiled(compiled: CompiledModule, identity: ModuleIdentity = {}): Module {
  if (compiled.format !== compiledFormat) {
    const detail = `the compiled module has the format ${String(compiled.format)}, but this sheaf reads ${compiledFormat}; compile it again`;
    throw new ModuleError("unsupported-format", detail);
  }
  return new Module(compiled, identity.version ?? develVersion, identity.label ?? compiled.manifest.name);
}
