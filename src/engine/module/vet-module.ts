import type { LoadedValues } from "../bundle/index.js";
import { Redactor, SheafError } from "../diagnostics/index.js";
import { type JsonObject, type Located, locate } from "../json/index.js";
import { createObjectChecker, defaultKubeVersion } from "../kube-schema/index.js";
import { type KubeObject, refKey, refOf, sortObjects } from "../object/index.js";
import { checkRendering, type Rendering } from "./check-rendering.js";
import { readModule } from "./compile-module.js";
import { lintModule } from "./lint-module.js";
import { type Module, type ModuleIdentity, moduleFromCompiled, type RenderInput } from "./module.js";
import { ModuleError } from "./module-error.js";
import type { ModuleFiles } from "./module-files.js";
import { findUnknownPaths } from "./unknown-paths.js";
import { vetSchema } from "./vet-schema.js";

/** What `mod vet` found. `objects` are those of all samples, each once. */
export type VettedModule = Readonly<{
  /** Absent where its files have faults. */
  module: Module | undefined;
  objects: readonly KubeObject[];
  faults: readonly SheafError[];
  /** What works, but is likely not what was meant. */
  warnings: readonly SheafError[];
}>;

export type VetOptions = ModuleIdentity &
  Readonly<{
    /** The version of Kubernetes to render for and to check against; {@link defaultKubeVersion} unless given. */
    kubeVersion?: string | undefined;
    /** Definitions of custom resources beside those of the module. */
    definitions?: readonly KubeObject[];
    /** Values to render with, in place of the defaults alone and the examples. */
    values?: LoadedValues | undefined;
  }>;

/**
 * Checks a module as its author wants to know it: every file, the schema itself, and what is rendered with the default
 * values and with each of the schema's `examples`, or with given values, which an API server has to accept.
 *
 * @returns All faults of all stages, and the objects that could be rendered
 */
export async function vetModule(files: ModuleFiles, options: VetOptions = {}): Promise<VettedModule> {
  const { kubeVersion = defaultKubeVersion, definitions = [], values, ...identity } = options;
  const { label = "" } = identity;
  const { compiled, schema, faults: found } = await readModule(files, label);
  const faults = [...found];
  if (compiled === undefined || schema === undefined) return { module: undefined, objects: [], faults, warnings: [] };
  faults.push(...(await vetSchema(compiled.schema, schema)));

  const module = moduleFromCompiled(compiled, { ...identity, label });
  const samples = await renderSamples(module, schema, { kubeVersion, values });
  const checker = await createObjectChecker(kubeVersion);
  checker.define([...module.definitions, ...definitions]);
  const redactor = new Redactor(values?.secrets);
  const show = (text: string) => redactor.redactValue(text);
  const checked = samples.renderings.flatMap((rendering) => checkRendering(rendering, checker, { show }));
  faults.push(...samples.faults, ...checked.filter(({ code }) => code === "invalid-object"));
  samples.warnings.push(...checked.filter(({ code }) => code === "deprecated-api"));
  const warnings = [
    ...checker.warnings,
    ...samples.warnings,
    ...findUnknownPaths(compiled, label),
    ...lintModule(compiled, label, schema, samples.renderings),
  ];
  return { module, objects: samples.objects, faults: onlyOnce(faults), warnings: onlyOnce(warnings) };
}

/** What a module renders with its defaults and examples. */
export type RenderedSamples = Readonly<{
  /** Those of all samples, each once. */
  objects: KubeObject[];
  renderings: Rendering[];
  faults: SheafError[];
  warnings: SheafError[];
}>;

/**
 * Renders a module with its default values and with each of the schema's `examples`, or with `values` in their place.
 *
 * @param schema values.schema.json with places
 */
export async function renderSamples(
  module: Module,
  schema: Located,
  { kubeVersion = defaultKubeVersion, values: given }: Pick<VetOptions, "kubeVersion" | "values"> = {},
): Promise<RenderedSamples> {
  const faults: SheafError[] = [];
  const warnings: SheafError[] = [];
  const objects = new Map<string, KubeObject>();
  const renderings: Rendering[] = [];
  const render = async (located: Located | undefined, path: readonly string[]): Promise<void> => {
    const { values, faults: wrong } = await module.values(located, { path, pos: schema.pos });
    if (wrong.length > 0) return void faults.push(...wrong);
    try {
      const input = sampleInput(module, values, kubeVersion);
      const rendered = module.render(input);
      renderings.push({ module, input, objects: rendered });
      for (const object of rendered) {
        const key = refKey(refOf(object));
        if (!objects.has(key)) objects.set(key, object);
      }
    } catch (error) {
      if (error instanceof SheafError) faults.push(error);
      else if (error instanceof AggregateError)
        faults.push(...error.errors.filter((each) => each instanceof SheafError));
      else throw error;
    }
  };

  const rendered = () => ({ objects: sortObjects([...objects.values()]), renderings, faults, warnings });
  if (given !== undefined) {
    await render(given.values, ["values"]);
    return rendered();
  }
  const examples = locate(schema, ["examples"]);
  const samples = examples?.kind === "list" ? examples.items : [];
  const defaults = await module.values(undefined, { path: [], pos: schema.pos });
  if (defaults.faults.length === 0) await render(undefined, []);
  else if (samples.length === 0) {
    const missing = defaults.faults.map((fault) => fault.message.slice(fault.message.indexOf(": ") + 2)).join("; ");
    const detail = `nothing was rendered, since the defaults alone are not enough (${missing}); add "examples": [{…}] to the schema, with values to render`;
    warnings.push(new ModuleError("no-sample", detail, schema.pos));
  }
  for (const [index, sample] of samples.entries()) await render(sample, ["examples", String(index)]);
  return rendered();
}

function sampleInput({ name }: Module, values: JsonObject, kubeVersion: string): RenderInput {
  const kube = { version: kubeVersion.replace(/^v/, "") };
  return { values, instance: { name, namespace: "default" }, bundle: { name }, kube };
}

function onlyOnce(faults: readonly SheafError[]): SheafError[] {
  return [...new Map(faults.map((fault) => [fault.message, fault])).values()];
}
