import type { ApplyBundleOptions } from "../engine/apply/index.js";

/** The options that say what an apply may do, and a diff shows: see `changeOptions`. */
export type ChangeArgs = Readonly<{
  /** For bundles only. */
  pruneInstances?: boolean;
  force: boolean;
  overwriteOwnership: boolean;
  dropFields: boolean;
  createNamespace: boolean;
}>;

/** These options as the engine takes them. */
export function changesOf(args: ChangeArgs) {
  const { pruneInstances = false, force, overwriteOwnership, dropFields, createNamespace } = args;
  return {
    pruneInstances,
    force,
    overwriteOwnership,
    dropFields,
    createNamespaces: createNamespace,
  } satisfies Partial<ApplyBundleOptions>;
}
