import { type SecretValue, SourceError } from "../diagnostics/index.js";
import { type Located, mergeLocated } from "../json/index.js";
import { evaluateSources } from "../runtime/index.js";
import type { SourceInput } from "../source/index.js";
import type { LoadOptions } from "./load-bundle.js";
import { rememberSecrets, secretNumbers } from "./runtime-secrets.js";

/** Values for one instance, not checked yet, and those of them that came from the runtime. */
export type LoadedValues = Readonly<{ values: Located; secrets: readonly SecretValue[] }>;

/**
 * Loads the values of an instance outside of a bundle. They stand below a field `values`, as in a bundle's instance. As in Timoni,
 * each file is read by itself, and of several a later one wins, field by field and item by item; a list is as long as the later one.
 *
 * @param inputs One file, or more
 * @throws {SheafError} One fault, or a {@link FaultsError} with all that were found at the same stage
 * @example
 * ```ts
 * const { values } = await loadValues([{ name: "values.yaml", bytes: await readFile("values.yaml") }]);
 * ```
 */
export async function loadValues(inputs: readonly SourceInput[], options: LoadOptions = {}): Promise<LoadedValues> {
  const secrets = new Set<SecretValue>();
  const runtime = rememberSecrets(options.runtime, secrets);
  const layers: Located[] = [];
  for (const input of inputs) {
    const layer = await evaluateSources([input], ["values"], { ...options, runtime });
    if (layer.kind !== "struct") throw new SourceError("wrong-type", "values: expected an object", layer.pos);
    layers.push(layer);
  }
  const values = layers.reduce(mergeLocated);
  for (const number of secretNumbers(values)) secrets.add(number);
  return { values, secrets: [...secrets] };
}
