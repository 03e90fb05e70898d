import type { JsonObject } from "../../src/engine/json/index.js";
import { type KubeObject, sortObjects } from "../../src/engine/object/index.js";
import type { RenderedBundle, RenderedInstance } from "../../src/engine/plan/index.js";

/** Small rendered bundles for tests of the engine. */

export const fixedNow = () => new Date("2026-02-03T04:05:06.789Z");

export function configMap(namespace: string, name: string, data: Record<string, string> = {}): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data };
}

export function object(
  apiVersion: string,
  kind: string,
  name: string,
  namespace?: string,
  rest: JsonObject = {},
): KubeObject {
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, ...rest };
}

export function definition(group: string, kind: string, scope = "Namespaced"): KubeObject {
  const plural = `${kind.toLowerCase()}s`;
  return object("apiextensions.k8s.io/v1", "CustomResourceDefinition", `${plural}.${group}`, undefined, {
    spec: {
      group,
      names: { kind, plural },
      scope,
      versions: [{ name: "v1", served: true, storage: true }],
    },
  });
}

export function annotated(target: KubeObject, annotations: Record<string, string>): KubeObject {
  return { ...target, metadata: { ...target.metadata, annotations } };
}

export function instance(
  name: string,
  namespace: string,
  objects: readonly KubeObject[],
  rest: Partial<RenderedInstance> = {},
): RenderedInstance {
  return {
    name,
    namespace,
    module: { name: "app", repository: "oci://registry.example/modules/app", version: "1.0.0", digest: "sha256:00" },
    values: { size: objects.length },
    images: [],
    objects: sortObjects(objects),
    ...rest,
  };
}

export function bundle(name: string, ...instances: readonly RenderedInstance[]): RenderedBundle {
  return { name, instances };
}
