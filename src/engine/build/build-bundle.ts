import type { Bundle } from "../bundle/index.js";
import { FaultsError, type SecretValue, SheafError, throwFaults } from "../diagnostics/index.js";
import type { InstanceRevision } from "../inventory/index.js";
import { asSecret } from "../json/index.js";
import { defaultKubeVersion } from "../kube-schema/index.js";
import type { ResolvedModule, Resolver } from "../module/index.js";
import type { KubeObject } from "../object/index.js";
import { planBundle, type RenderedBundle, type RenderedInstance } from "../plan/index.js";
import { evaluateSources } from "../runtime/index.js";
import { type CheckedRenderings, checkRenderings } from "./check-renderings.js";
import { type BuiltInstance, renderInstance } from "./render-instance.js";
import { resolveModule } from "./resolve-module.js";

/** How to build a bundle. */
export type BuildOptions = Readonly<{
  /** The version of Kubernetes, with or without `v`; {@link defaultKubeVersion} unless given. */
  kubeVersion?: string | undefined;
  /** The folder that relative names of bundle files count from; the process's own unless given. */
  baseDir?: string | undefined;
  /** Is told each module once, when it is found: `via` says where, if not at the place that its URL names. */
  onModule?: ((module: ResolvedModule) => void) | undefined;
  /** Check the objects against the API of the Kubernetes version and the definitions of custom resources; on unless false. */
  validate?: boolean | undefined;
  /** Leaves objects out of the check, such as encrypted ones, which are what servers take only later. */
  exempt?: ((object: KubeObject) => boolean) | undefined;
  /** Is told what the check found beside faults. */
  onChecked?: ((found: Pick<CheckedRenderings, "warnings" | "unchecked">) => void) | undefined;
}>;

/**
 * Builds a bundle: finds the module of every instance, checks the values against its schema and renders its objects.
 *
 * @returns The bundle as the apply engine takes it; instances keep their order
 * @throws {SheafError} The faults of all instances together: modules that cannot be had, values that do not fit, templates
 * @example
 * ```ts
 * const built = await buildBundle(await loadBundle(inputs), resolver, { kubeVersion: "1.33.1" });
 * built.instances.flatMap(({ objects }) => objects);
 * ```
 */
export async function buildBundle(
  bundle: Bundle,
  resolver: Resolver,
  options: BuildOptions = {},
): Promise<RenderedBundle> {
  const { kubeVersion = defaultKubeVersion } = options;
  const faults: SheafError[] = [];
  const told = new Set<string>();
  const built = await Promise.all(
    bundle.instances.map(async (instance) => {
      try {
        const found = await resolveModule(instance.module, resolver, options.baseDir ?? ".");
        const key = JSON.stringify([found.repository, found.version, found.via]);
        if (!told.has(key)) {
          told.add(key);
          options.onModule?.(found);
        }
        const path = ["bundle", "instances", instance.name, "values"];
        return await renderInstance({ ...instance, bundle: bundle.name, path }, found, kubeVersion);
      } catch (error) {
        faults.push(...asFaults(error));
        return [];
      }
    }),
  );
  throwFaults(faults);
  return checkBuilt({ name: bundle.name, secrets: bundle.secrets }, built.flat(), resolver, options);
}

/**
 * Makes a bundle of what was rendered, and checks what can be checked without a target.
 *
 * @throws {SheafError} For objects that servers would refuse, and those that are rendered twice
 */
export async function checkBuilt(
  { name, secrets }: Readonly<{ name: string | undefined; secrets: readonly SecretValue[] }>,
  built: readonly BuiltInstance[],
  resolver: Resolver,
  { kubeVersion = defaultKubeVersion, validate, exempt, onChecked }: BuildOptions,
): Promise<RenderedBundle> {
  if (validate !== false) {
    const renderings = built.map(({ rendering }) => ({
      ...rendering,
      objects: rendering.objects.filter((object) => exempt?.(object) !== true),
    }));
    const checked = await checkRenderings(renderings, kubeVersion, resolver, secrets);
    throwFaults(checked.faults);
    onChecked?.(checked);
  }
  const rendered = { name, instances: built.map(({ instance }) => instance), secrets };
  // Tells of objects that are rendered twice; what is on a target does not matter yet.
  planBundle(rendered, []);
  return rendered;
}

/**
 * Renders a recorded revision anew, from the values and the module that it names.
 *
 * @returns The instance; its module is another than the recorded one where only the version could be had
 * @throws {SheafError} Where the module cannot be had, or does not take the values; no value is shown
 */
export async function buildRecorded(
  revision: InstanceRevision,
  resolver: Resolver,
  options: Pick<BuildOptions, "kubeVersion" | "baseDir"> = {},
): Promise<RenderedInstance> {
  const { name, namespace, bundle = name, module } = revision;
  const file = `recorded values of ${name}`;
  const input = { name: file, bytes: Buffer.from(revision.values || "{}"), format: "cue" } as const;
  // Which of them came from the runtime is not known any more.
  const values = asSecret(await evaluateSources([input], []));
  const pos = { file, offset: 0, line: 1, column: 1 };
  const found = await resolver.recall(module, options.baseDir ?? ".");
  const path = ["bundle", "instances", name, "values"];
  const built = await renderInstance({ name, namespace, bundle, values, path, pos }, found, options.kubeVersion);
  return {
    ...built.instance,
    module: { ...built.instance.module, ...(module.annotations && { annotations: module.annotations }) },
  };
}

/** The faults that an error stands for; what is no fault of the user's is thrown on. */
function asFaults(error: unknown): readonly SheafError[] {
  if (error instanceof FaultsError) return error.errors;
  if (error instanceof SheafError) return [error];
  throw error;
}
