import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createResolver as createEngineResolver, type Mirror, type Resolver } from "./engine/module/index.js";
import { createFetch, type Fetch } from "./engine/network/index.js";
import { type CredentialSource, dockerCredentials } from "./engine/oci/index.js";
import { type DirectoryOptions, openDirectory as openEngineDirectory } from "./engine/target/directory/index.js";
import type { Target } from "./engine/target/index.js";
import type { ClusterTarget, KubernetesOptions } from "./engine/target/kubernetes/index.js";

export {
  type ActionCounts,
  type ApplyBundleOptions,
  ApplyError,
  type ApplyEvent,
  type ApplyResult,
  ApplyStoppedError,
  applyBundle,
  type BundleChange,
  type BundleDiff,
  bundleStatus,
  type DeleteBundleOptions,
  type DeleteResult,
  DependentsError,
  deleteBundle,
  diffBundle,
  type InstanceResult,
  type InstanceStatus,
  type InstanceSummary,
  type Listing,
  listInstances,
  UnknownBundleError,
} from "./engine/apply/index.js";
export { type BuildOptions, buildBundle, defaultKubeVersion } from "./engine/build/index.js";
export {
  type Bundle,
  type BundleInstance,
  type BundleModule,
  type LoadOptions,
  loadBundle,
  loadBundleName,
} from "./engine/bundle/index.js";
export { FaultsError, type SecretValue, SheafError, SourceError, type SourcePos } from "./engine/diagnostics/index.js";
export type { InstanceId, ModuleReference } from "./engine/inventory/index.js";
export { type JsonObject, type JsonValue, type Located, toJson } from "./engine/json/index.js";
export {
  type Mirror,
  type Module,
  ModuleError,
  type ModuleVersion,
  parseMirror,
  type ResolvedModule,
  ResolveError,
  type Resolver,
} from "./engine/module/index.js";
export { formatRef, type KubeObject, type ObjectRef, refOf } from "./engine/object/index.js";
export {
  DuplicateObjectError,
  OwnershipError,
  type RenderedBundle,
  type RenderedInstance,
} from "./engine/plan/index.js";
export type { RuntimeLookup } from "./engine/runtime/index.js";
export { SchemaError } from "./engine/schema/index.js";
export type { SourceInput } from "./engine/source/index.js";
export { type ReadyState, type RecordQuery, type Target, TargetError, WaitError } from "./engine/target/index.js";
export { TemplateError } from "./engine/template/index.js";
export { stringifyYaml, stringifyYamlDocuments } from "./engine/yaml/index.js";

/** Where modules come from. Everything has a default: the built-in catalog, the user's cache, Docker's credentials. */
export type ResolverOptions = Readonly<{
  /** Rules that take modules from another place than their URL says; before the built-in one for the Flux modules. */
  mirrors?: readonly Mirror[];
  /** A folder to keep fetched modules in; `~/.cache/sheaf` unless given. */
  cacheDir?: string;
  /** Another `fetch` than the one that honours HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
  fetch?: Fetch;
  /** Certificates (PEM) of authorities that registries' certificates may come from, beside those that Node knows. */
  registryCa?: string;
  credentials?: CredentialSource;
  /** Speak plain HTTP to registries. */
  insecure?: boolean;
  signal?: AbortSignal;
}>;

/**
 * Makes what finds modules: in the built-in catalog, registries, image layouts and folders.
 *
 * @example
 * ```ts
 * const resolver = createResolver({ mirrors: [parseMirror("ghcr.io/stefanprodan/modules=oci://registry.local/flux", ".")] });
 * ```
 */
export function createResolver(options: ResolverOptions = {}): Resolver {
  return createEngineResolver({
    mirrors: options.mirrors ?? [],
    catalogDir: fileURLToPath(new URL("./catalog", import.meta.url)),
    cacheDir: options.cacheDir ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "sheaf"),
    registry: {
      fetch: options.fetch ?? createFetch({ env: process.env, ca: options.registryCa }),
      insecure: options.insecure ?? false,
      credentials: options.credentials ?? dockerCredentials({ env: process.env }),
    },
    ...(options.signal !== undefined && { signal: options.signal }),
  });
}

/** A folder as a target: one file per object, one folder per instance. It is made by the first write. */
export function openDirectory(path: string, options: Partial<DirectoryOptions> = {}): Target {
  return openEngineDirectory(path, { now: () => new Date(), ...options });
}

/**
 * A cluster as a target, found by kubeconfig as kubectl finds it.
 *
 * @throws {TargetError} `no-kubeconfig` or `bad-kubeconfig`
 * @example
 * ```ts
 * const target = await connectKubernetes({ overrides: { context: "kind-dev" } });
 * ```
 */
export async function connectKubernetes(options: Partial<KubernetesOptions> = {}): Promise<ClusterTarget> {
  const { connectKubernetes: connect } = await import("./engine/target/kubernetes/index.js");
  return connect({ env: process.env, home: homedir(), ...options });
}
