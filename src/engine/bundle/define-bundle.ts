import type { SourceInput } from "../source/index.js";

/**
 * The values of modules by their URLs. Declarations that `sheaf mod types` writes add to it; the values of a module that is
 * not in it are any data.
 */
// biome-ignore lint/suspicious/noEmptyInterface: other files add to it
export interface ModuleValues {}

/** The values that a module takes. */
export type ValuesOf<Url extends string> = Url extends keyof ModuleValues
  ? ModuleValues[Url]
  : Readonly<Record<string, unknown>>;

/** An instance as a program writes it. */
export type DefinedInstance<Url extends string = string> = Readonly<{
  module: Readonly<{ url: Url; version?: string; digest?: string }>;
  namespace: string;
  values?: ValuesOf<Url>;
}>;

/**
 * A bundle that a program makes, as a source for `loadBundle`. TypeScript checks the values of every instance against the
 * types of its module, where those are known.
 *
 * @param name What the bundle is called, and its places
 * @param instances In the order in which they are applied
 * @example
 * ```ts
 * import "./flux-git-sync.js"; // written by: sheaf mod types oci://ghcr.io/stefanprodan/modules/flux-git-sync
 * const source = defineBundle("apps", {
 *   podinfo: {
 *     module: { url: "oci://ghcr.io/stefanprodan/modules/flux-git-sync" },
 *     namespace: "flux-system",
 *     values: { git: { url: "https://github.com/stefanprodan/podinfo", path: "./kustomize" } },
 *   },
 * });
 * const bundle = await loadBundle([source]);
 * ```
 */
export function defineBundle<const Urls extends Readonly<Record<string, string>>>(
  name: string,
  instances: { readonly [Name in keyof Urls]: DefinedInstance<Urls[Name]> },
): SourceInput {
  const text = JSON.stringify({ bundle: { apiVersion: "v1alpha1", name, instances } }, null, 2);
  return { name: `bundle ${name}`, bytes: new TextEncoder().encode(text), format: "json" };
}
