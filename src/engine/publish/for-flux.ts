import { isJsonObject } from "../json/index.js";
import type { KubeObject } from "../object/index.js";
import { hasControl } from "../plan/index.js";

const prefix = "kustomize.toolkit.fluxcd.io";

/** How Flux is told what the annotations of the cluster protocol ask for. */
const meaning = {
  force: { [`${prefix}/force`]: "enabled" },
  oneOff: { [`${prefix}/ssa`]: "IfNotPresent" },
  keep: { [`${prefix}/prune`]: "disabled" },
} as const;

/** An object as Flux is to apply it: with Flux's own annotations beside those that steer sheaf. */
export function forFlux(object: KubeObject): KubeObject {
  const wanted = (["force", "oneOff", "keep"] as const).filter((control) => hasControl(object, control));
  if (wanted.length === 0) return object;
  const given = isJsonObject(object.metadata.annotations) ? object.metadata.annotations : {};
  const annotations = Object.assign({}, ...wanted.map((control) => meaning[control]), given);
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** The namespace of an instance, as an apply makes it: if there is none, and for good. */
export function namespaceForFlux(name: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, annotations: { ...meaning.oneOff, ...meaning.keep } },
  };
}
