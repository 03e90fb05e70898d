import { dirname, resolve } from "node:path";
import type { Bundle, BundleInstance } from "../bundle/index.js";
import { FaultsError, SheafError, throwFaults } from "../diagnostics/index.js";
import { type InstanceRevision, protocol } from "../inventory/index.js";
import { asSecret, secretPaths } from "../json/index.js";
import { defaultKubeVersion } from "../kube-schema/index.js";
import type { ResolvedModule, Resolver } from "../module/index.js";
import { planBundle, type RenderedBundle, type RenderedInstance } from "../plan/index.js";
import { evaluateSources } from "../runtime/index.js";
import { type CheckedRenderings, checkRenderings, type InstanceRendering } from "./check-renderings.js";

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
        const found = await findModule(instance, resolver, options.baseDir ?? ".");
        const key = JSON.stringify([found.repository, found.version, found.via]);
        if (!told.has(key)) {
          told.add(key);
          options.onModule?.(found);
        }
        return await buildInstance(bundle.name, instance, found, kubeVersion);
      } catch (error) {
        faults.push(...asFaults(error));
        return [];
      }
    }),
  );
  throwFaults(faults);
  if (options.validate !== false) {
    const renderings = built.flat().map(({ rendering }) => rendering);
    const checked = await checkRenderings(renderings, kubeVersion, resolver, bundle.secrets);
    throwFaults(checked.faults);
    options.onChecked?.(checked);
  }
  const instances = built.flat().map(({ instance }) => instance);
  const rendered = { name: bundle.name, instances, secrets: bundle.secrets };
  // Tells of objects that are rendered twice; what is on a target does not matter yet.
  planBundle(rendered, []);
  return rendered;
}

function findModule({ module }: BundleInstance, resolver: Resolver, baseDir: string) {
  const { url, urlPos, version, versionPos, digest } = module;
  const request = { url, urlPos, version, versionPos, ...(digest !== undefined && { digest }) };
  // What standard input names is relative to where the command runs.
  return resolver.resolve(request, urlPos.file === "-" ? baseDir : resolve(baseDir, dirname(urlPos.file)));
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
  const { name, namespace, bundle = "", module } = revision;
  const file = `recorded values of ${name}`;
  const input = { name: file, bytes: Buffer.from(revision.values || "{}"), format: "cue" } as const;
  // Which of them came from the runtime is not known any more.
  const values = asSecret(await evaluateSources([input], []));
  const pos = { file, offset: 0, line: 1, column: 1 };
  const found = await resolver.recall(module, options.baseDir ?? ".");
  const instance = { name, namespace, values, pos };
  const built = await buildInstance(bundle, instance, found, options.kubeVersion ?? defaultKubeVersion);
  return {
    ...built.instance,
    module: { ...built.instance.module, ...(module.annotations && { annotations: module.annotations }) },
  };
}

type BuiltInstance = Readonly<{ instance: RenderedInstance; rendering: InstanceRendering }>;

async function buildInstance(
  bundle: string,
  instance: Pick<BundleInstance, "name" | "namespace" | "values" | "pos">,
  { module, repository, version, digest }: ResolvedModule,
  kubeVersion: string,
): Promise<BuiltInstance> {
  const { name, namespace, pos } = instance;
  const kube = { version: kubeVersion.replace(/^v/, "") };
  await module.checkKubeVersion(kube.version);
  const path = ["bundle", "instances", name, "values"];
  const { values, faults } = await module.values(instance.values, { path, pos });
  throwFaults(faults);
  const input = { values, instance: { name, namespace }, bundle: { name: bundle }, kube };
  const objects = module.render(input);
  const sets = module.sets(objects);
  const rendered: RenderedInstance = {
    name,
    namespace,
    module: { name: module.name, repository, version, digest, annotations: runtimeValues(instance) },
    values,
    images: module.images(objects),
    objects,
    healthChecks: module.manifest.healthChecks,
    pos,
    ...(sets !== undefined && { sets }),
  };
  return { instance: rendered, rendering: { module, input, objects, pos } };
}

/** Notes for later diffs which values came from the runtime: a record keeps the values, and not where they are from. */
function runtimeValues({ values }: Pick<BundleInstance, "values">): Readonly<Record<string, string>> {
  return { [protocol.annotation.runtimeValues]: JSON.stringify(values === undefined ? [] : secretPaths(values)) };
}

/** The faults that an error stands for; what is no fault of the user's is thrown on. */
function asFaults(error: unknown): readonly SheafError[] {
  if (error instanceof FaultsError) return error.errors;
  if (error instanceof SheafError) return [error];
  throw error;
}
