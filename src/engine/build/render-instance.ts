import { type SourcePos, throwFaults } from "../diagnostics/index.js";
import { type InstanceId, protocol } from "../inventory/index.js";
import { type Located, secretPaths } from "../json/index.js";
import { defaultKubeVersion } from "../kube-schema/index.js";
import type { ResolvedModule } from "../module/index.js";
import type { RenderedInstance } from "../plan/index.js";
import type { InstanceRendering } from "./check-renderings.js";

/** An instance with values that are not checked yet. */
export type UnrenderedInstance = InstanceId &
  Readonly<{
    /** What templates call the bundle: outside of one, an instance is its own. */
    bundle: string;
    values: Located | undefined;
    /** Where the values are, for messages: a path in the user's file, and the place to name when there are none. */
    path: readonly string[];
    pos: SourcePos;
  }>;

/** An instance, and what its objects were rendered from. */
export type BuiltInstance = Readonly<{ instance: RenderedInstance; rendering: InstanceRendering }>;

/**
 * Checks the values of an instance and renders its objects.
 *
 * @param kubeVersion With or without `v`; {@link defaultKubeVersion} unless given
 * @throws {SheafError} For values that do not fit, and what templates find wrong
 */
export async function renderInstance(
  instance: UnrenderedInstance,
  { module, repository, version, digest }: ResolvedModule,
  kubeVersion: string = defaultKubeVersion,
): Promise<BuiltInstance> {
  const { name, namespace, bundle, path, pos } = instance;
  const kube = { version: kubeVersion.replace(/^v/, "") };
  await module.checkKubeVersion(kube.version);
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
    healthChecks: module.healthChecks,
    pos,
    ...(sets !== undefined && { sets }),
  };
  return { instance: rendered, rendering: { module, input, objects, pos } };
}

/** Notes for later diffs which values came from the runtime: a record keeps the values, and not where they are from. */
function runtimeValues({ values }: UnrenderedInstance): Readonly<Record<string, string>> {
  return { [protocol.annotation.runtimeValues]: JSON.stringify(values === undefined ? [] : secretPaths(values)) };
}
