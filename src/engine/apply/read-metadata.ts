import type { KubeObject, ObjectRef } from "../object/index.js";
import type { Run } from "./options.js";

/** Live objects in the order of `refs`, of which only `metadata` is sure to be there. Asks nothing for no refs. */
export function readMetadata(run: Run, refs: readonly ObjectRef[]): Promise<(KubeObject | undefined)[]> {
  if (refs.length === 0) return Promise.resolve([]);
  return run.target.readMetadata?.(refs, run.signal) ?? run.target.read(refs, run.signal);
}

export function namespaceRef(name: string): ObjectRef {
  return { group: "", version: "v1", kind: "Namespace", namespace: "", name };
}
