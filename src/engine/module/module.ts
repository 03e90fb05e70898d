import { FaultsError, SheafError, type SourcePos, throwFaults } from "../diagnostics/index.js";
import { isJsonObject, type JsonObject, type Located } from "../json/index.js";
import type { HealthCheck, KubeObject, ObjectRef, ObjectSet } from "../object/index.js";
import { type Checked, compileSchema, type SchemaValidator } from "../schema/index.js";
import { type CompiledModule, compiledFormat, compileModule } from "./compile-module.js";
import { imagesOf } from "./images.js";
import type { InnerInstance } from "./inner-instances.js";
import type { ApplySetRule, ModuleManifest } from "./manifest.js";
import { InnerModuleError, ModuleError } from "./module-error.js";
import { innerFolder, labelPath, type ModuleFiles } from "./module-files.js";
import { develVersion } from "./module-version.js";
import { splitIntoSets } from "./object-sets.js";
import { findPlace, innerInstancesOf, type Placed, type RenderContext, renderModule } from "./render-module.js";

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
  /** The modules that are rendered inside of this one. */
  readonly #inner: ReadonlyMap<string, Module>;
  #validator: SchemaValidator | undefined;
  #preparing: Promise<void> | undefined;

  constructor(compiled: CompiledModule, version: string, label: string) {
    this.manifest = compiled.manifest;
    this.version = version;
    this.schema = compiled.schema;
    this.readme = compiled.readme;
    this.#compiled = compiled;
    this.#label = label;
    const versions = new Map(this.manifest.modules.map((inner) => [inner.name, inner.version]));
    this.#inner = new Map(
      Object.entries(compiled.modules).map(([name, inner]) => {
        const ofInner = versions.get(name) ?? version;
        return [name, new Module(inner, ofInner, labelPath(label, innerFolder(name)))];
      }),
    );
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
    await this.#prepare();
    return asValues(await this.#checker().check(located ?? empty(place), place.path));
  }

  /** Makes ready what checks values, also those of the modules inside, which are checked when they are rendered. */
  #prepare(): Promise<void> {
    this.#preparing ??= (async () => {
      this.#validator = await compileSchema(this.schema);
      for (const inner of this.#inner.values()) await inner.#prepare();
    })();
    return this.#preparing;
  }

  #checker(): SchemaValidator {
    if (this.#validator === undefined) throw new TypeError("values() comes before render()");
    return this.#validator;
  }

  /**
   * The objects of an instance in apply order, without instance labels. Pure. Custom resource definitions share their
   * data between calls: treat the objects as read-only.
   *
   * @throws {SheafError} Faults of the templates, at their places in the module
   */
  render(input: RenderInput): KubeObject[] {
    return renderModule(this.#compiled, this.#label, this.#context(input), (instance) =>
      this.#renderInner(instance, input),
    );
  }

  #renderInner(instance: InnerInstance, outer: RenderInput): Placed[] {
    const { inner, input } = this.#innerInput(instance, outer);
    try {
      return inner.render(input).map((object) => ({ object, pos: instance.pos }));
    } catch (error) {
      const faults = error instanceof FaultsError ? error.errors : [error];
      throwFaults(
        faults.map((fault) => {
          if (fault instanceof SheafError) return new InnerModuleError(fault, instance.pos);
          throw fault;
        }),
      );
      throw error;
    }
  }

  /** @throws {SheafError} All faults of the values, at their places in instances.yaml */
  #innerInput(
    { module, name, namespace, values: located, path, pos }: InnerInstance,
    outer: RenderInput,
  ): Readonly<{ inner: Module; input: RenderInput }> {
    const inner = this.#inner.get(module);
    if (inner === undefined) throw new TypeError(`the module ${module} is not inside`);
    const { values, faults } = asValues(inner.#checker().checkData(located ?? empty({ path, pos }), path));
    throwFaults(faults);
    return { inner, input: { ...outer, values, instance: { name, namespace } } };
  }

  /**
   * Where in the module a part of a rendered object comes from, or the nearest part around it that a template made.
   *
   * @param steps The way to the part: `["spec", "containers", 0, "image"]`
   * @returns Undefined for an object that the module does not make
   */
  placeOf(input: RenderInput, object: ObjectRef, steps: readonly (string | number)[]): SourcePos | undefined {
    const context = this.#context(input);
    const place = findPlace(this.#compiled, this.#label, context, object, steps);
    if (place !== undefined) return place;
    for (const instance of innerInstancesOf(this.#compiled, this.#label, context)) {
      const { inner, input: innerInput } = this.#innerInput(instance, input);
      const found = inner.placeOf(innerInput, object, steps);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The custom resource definitions that the module brings, and those of modules inside, without common metadata. */
  get definitions(): readonly KubeObject[] {
    return [...this.#compiled.crds, ...this.#inside((module) => module.definitions)];
  }

  /** How to tell that objects of the module, or of modules inside, are ready. */
  get healthChecks(): readonly HealthCheck[] {
    return [...this.manifest.healthChecks, ...this.#inside((module) => module.healthChecks)];
  }

  get #applySets(): readonly ApplySetRule[] {
    return [...this.manifest.applySets, ...this.#inside((module) => module.#applySets)];
  }

  #inside<T>(collect: (module: Module) => readonly T[]): T[] {
    return [...this.#inner.values()].flatMap(collect);
  }

  #context(input: RenderInput): RenderContext {
    return { ...input, module: { name: this.name, version: this.version } };
  }

  /** The container images that objects of the module name, in their order, each once. */
  images(objects: readonly KubeObject[]): string[] {
    return imagesOf(objects);
  }

  /** The objects as the apply sets of the module, and then those of modules inside, split them; undefined without any. */
  sets(objects: readonly KubeObject[]): ObjectSet[] | undefined {
    const rules = this.#applySets;
    return rules.length === 0 ? undefined : splitIntoSets(objects, rules);
  }

  /**
   * Whether the module runs on a version of Kubernetes.
   *
   * @throws {ModuleError} `kube-version`, with the versions that it runs on
   */
  async checkKubeVersion(version: string): Promise<void> {
    for (const inner of this.#inner.values()) await inner.checkKubeVersion(version);
    const { kubeVersion } = this.manifest;
    if (kubeVersion === undefined) return;
    const { satisfies } = await import("semver");
    const range = kubeVersion.replaceAll(",", " "); // as Helm writes "and"
    if (satisfies(version, range, { includePrerelease: true, loose: true })) return;
    const detail = `the module ${this.name} ${this.version} runs on Kubernetes ${kubeVersion}, but the target is ${version}`;
    throw new ModuleError("kube-version", detail);
  }
}

function empty({ pos }: ValuesPlace): Located {
  return { kind: "struct", fields: new Map(), pos };
}

function asValues({ value, faults }: Checked): CheckedValues {
  return { values: isJsonObject(value) ? value : {}, faults };
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
