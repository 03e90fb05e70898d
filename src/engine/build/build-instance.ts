import type { LoadedValues } from "../bundle/index.js";
import type { InstanceId } from "../inventory/index.js";
import type { ModuleRequest, Resolver } from "../module/index.js";
import type { RenderedBundle } from "../plan/index.js";
import { type BuildOptions, checkBuilt } from "./build-bundle.js";
import { renderInstance } from "./render-instance.js";

/** One instance of a module, outside of a bundle. Without values, all are the module's defaults. */
export type InstanceSource = InstanceId & Readonly<{ module: ModuleRequest; values?: LoadedValues | undefined }>;

/**
 * Builds one instance of a module: finds the module, checks the values against its schema and renders its objects.
 *
 * @returns The instance as the apply engine takes it: a bundle of one, without a name
 * @throws {SheafError} Where the module cannot be had, values do not fit, or a template fails
 * @example
 * ```ts
 * const module = { url: "oci://ghcr.io/stefanprodan/modules/flux-aio", version: "2.8.0-0" };
 * await applyBundle(await buildInstance({ name: "flux", namespace: "flux-system", module }, resolver), target, { now });
 * ```
 */
export async function buildInstance(
  { name, namespace, module, values }: InstanceSource,
  resolver: Resolver,
  options: BuildOptions = {},
): Promise<RenderedBundle> {
  const found = await resolver.resolve(module, options.baseDir ?? ".");
  options.onModule?.(found);
  const pos = values?.values.pos ?? { file: module.url, offset: 0, line: 1, column: 1 };
  const source = { name, namespace, bundle: name, values: values?.values, path: ["values"], pos };
  const { instance, rendering } = await renderInstance(source, found, options.kubeVersion);
  // Outside of a bundle file the instance has no place.
  const { pos: _, ...placeless } = instance;
  const built = { instance: placeless, rendering: { ...rendering, pos: undefined } };
  return checkBuilt({ name: undefined, secrets: values?.secrets ?? [] }, [built], resolver, options);
}
