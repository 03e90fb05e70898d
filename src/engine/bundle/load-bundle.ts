import bundleSchema from "../../../schemas/bundle.schema.json" with { type: "json" };
import { FaultsError, type SecretValue, SheafError, SourceError, throwFaults } from "../diagnostics/index.js";
import { checkedText, type Located, type LocatedStruct, locate } from "../json/index.js";
import { type EvaluateSourcesOptions, evaluateSources } from "../runtime/index.js";
import { compileSchema } from "../schema/index.js";
import type { SourceInput } from "../source/index.js";
import type { Bundle, BundleInstance, BundleModule } from "./bundle.js";
import { bundleDefinition } from "./bundle-definition.js";
import { rememberSecrets, secretNumbers } from "./runtime-secrets.js";

/** How to load a bundle. */
export type LoadOptions = EvaluateSourcesOptions;

/**
 * Loads a bundle from its files: reads them, fills runtime attributes, unifies them and checks the result.
 *
 * @param inputs The files, as bytes with their names; their fields are unified
 * @throws {SheafError} One fault, or a {@link FaultsError} with all that were found at the same stage
 * @example
 * ```ts
 * const bundle = await loadBundle([{ name: "flux.cue", bytes: await readFile("flux.cue") }], {
 *   runtime: (name) => process.env[name],
 * });
 * ```
 */
export async function loadBundle(inputs: readonly SourceInput[], options: LoadOptions = {}): Promise<Bundle> {
  const secrets = new Set<SecretValue>();
  const value = await checkedValue(inputs, { ...options, runtime: rememberSecrets(options.runtime, secrets) });
  for (const number of secretNumbers(value)) secrets.add(number);
  return {
    name: checkedText(value, "name"),
    instances: instancesOf(value),
    located: value,
    secrets: [...secrets],
  };
}

/**
 * The name of the bundle that files define. The rest of the bundle need not be complete: to delete it, no secret is needed.
 *
 * @throws {SheafError} As {@link loadBundle} does, for what concerns the name
 */
export async function loadBundleName(inputs: readonly SourceInput[], options: LoadOptions = {}): Promise<string> {
  const name = await evaluateSources(inputs, ["bundle", "name"], options);
  if (name.kind === "scalar" && typeof name.value === "string") return name.value;
  throw new SourceError("wrong-type", "bundle.name: expected a string", name.pos);
}

/** The value of the files together with the definition of bundles, which gives defaults and has a part in the order of fields. */
async function checkedValue(inputs: readonly SourceInput[], options: LoadOptions): Promise<Located> {
  const evaluateAndCheck = async (sources: readonly SourceInput[]) => {
    const value = await evaluateSources(sources, ["bundle"], options);
    throwFaults((await (await bundleValidator()).check(value, ["bundle"])).faults);
    return value;
  };
  try {
    return await evaluateAndCheck([...inputs, bundleDefinition]);
  } catch (error) {
    // What does not fit the definition is told better by the schema, about the files alone.
    if (isAboutDefinition(error)) await evaluateAndCheck(inputs);
    throw error;
  }
}

function isAboutDefinition(error: unknown): boolean {
  if (error instanceof FaultsError) return error.errors.some(isAboutDefinition);
  return error instanceof SheafError && error.places.some(({ file }) => file === bundleDefinition.name);
}

/** The schema of a bundle alone. */
export const bundleRules = { ...bundleSchema.$defs.bundle, $defs: bundleSchema.$defs };

let validator: ReturnType<typeof compileSchema> | undefined;

function bundleValidator(): ReturnType<typeof compileSchema> {
  validator ??= compileSchema(bundleRules);
  return validator;
}

function instancesOf(bundle: Located): BundleInstance[] {
  const instances = locate(bundle, ["instances"]);
  if (instances?.kind !== "struct") return [];
  return [...instances.fields].map(([name, { keyPos, value }]) => ({
    name,
    namespace: checkedText(value, "namespace"),
    module: moduleOf(value),
    values: valuesOf(value),
    pos: keyPos,
  }));
}

function moduleOf(instance: Located): BundleModule {
  const module = locate(instance, ["module"]) ?? instance;
  const url = locate(module, ["url"]) ?? module;
  const version = locate(module, ["version"]);
  const digest = locate(module, ["digest"]);
  return {
    url: checkedText(module, "url"),
    urlPos: url.pos,
    version: version === undefined ? "latest" : checkedText(module, "version"),
    versionPos: version === undefined || isDefined(version) ? url.pos : version.pos,
    ...(digest?.kind === "scalar" && { digest: String(digest.value) }),
  };
}

function valuesOf(instance: Located): LocatedStruct | undefined {
  const values = locate(instance, ["values"]);
  return values?.kind !== "struct" || (isDefined(values) && values.fields.size === 0) ? undefined : values;
}

/** Whether a value is the definition's, and stands in no file. */
function isDefined({ pos }: Located): boolean {
  return pos.file === bundleDefinition.name;
}
