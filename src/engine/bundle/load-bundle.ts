import bundleSchema from "../../../schemas/bundle.schema.json" with { type: "json" };
import { type SecretValue, SourceError, throwFaults } from "../diagnostics/index.js";
import { checkedText, fieldsInOrder, type Located, type LocatedStruct, locate } from "../json/index.js";
import { type EvaluateSourcesOptions, evaluateSources } from "../runtime/index.js";
import { compileSchema } from "../schema/index.js";
import type { SourceInput } from "../source/index.js";
import type { Bundle, BundleInstance, BundleModule } from "./bundle.js";
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
  const value = await evaluateSources(inputs, ["bundle"], {
    ...options,
    runtime: rememberSecrets(options.runtime, secrets),
  });
  const { faults } = await (await bundleValidator()).check(value, ["bundle"]);
  throwFaults(faults);
  for (const number of secretNumbers(value)) secrets.add(number);
  const files = inputs.map(({ name }) => name);
  return {
    name: checkedText(value, "name"),
    instances: instancesOf(value, files),
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

let validator: ReturnType<typeof compileSchema> | undefined;

function bundleValidator(): ReturnType<typeof compileSchema> {
  validator ??= compileSchema({ ...bundleSchema.$defs.bundle, $defs: bundleSchema.$defs });
  return validator;
}

/** The instances in the order in which the files name them. */
function instancesOf(bundle: Located, files: readonly string[]): BundleInstance[] {
  const instances = locate(bundle, ["instances"]);
  if (instances?.kind !== "struct") return [];
  return fieldsInOrder(instances, files).map(([name, { keyPos, value }]) => ({
    name,
    namespace: checkedText(value, "namespace"),
    module: moduleOf(value),
    values: structAt(value, "values"),
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
    versionPos: version?.pos ?? url.pos,
    ...(digest?.kind === "scalar" && { digest: String(digest.value) }),
  };
}

function structAt(value: Located, key: string): LocatedStruct | undefined {
  const found = locate(value, [key]);
  return found?.kind === "struct" ? found : undefined;
}
