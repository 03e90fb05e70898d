import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  createResolver as createEngineResolver,
  type Mirror,
  type Resolver,
  type TrustRule,
} from "./engine/module/index.js";
import { createFetch, type Fetch } from "./engine/network/index.js";
import {
  type CredentialSource,
  dockerCredentials,
  Registries as EngineRegistries,
  type Registries,
  type RegistryOptions,
} from "./engine/oci/index.js";
import { type DirectoryOptions, openDirectory as openEngineDirectory } from "./engine/target/directory/index.js";
import type { Target } from "./engine/target/index.js";
import type { ClusterTarget, KubernetesOptions } from "./engine/target/kubernetes/index.js";

export {
  type ActionCounts,
  type ApplyBundleOptions,
  ApplyError,
  type ApplyEvent,
  type ApplyResult,
  ApplyRolledBackError,
  ApplyStoppedError,
  applyBundle,
  type BundleChange,
  type BundleDiff,
  bundleStatus,
  type DeleteBundleOptions,
  type DeleteResult,
  DependentsError,
  deleteBundle,
  deleteInstance,
  diffBundle,
  type InstanceResult,
  type InstanceStatus,
  type InstanceSummary,
  instanceStatus,
  type Listing,
  listInstances,
  type Restore,
  type Rollback,
  readInstance,
  recordedValues,
  UnknownBundleError,
  UnknownInstanceError,
} from "./engine/apply/index.js";
export {
  type ModuleTest,
  readTests,
  runTest,
  type TestResult,
  valuesTypes,
} from "./engine/authoring/index.js";
export {
  type BuildOptions,
  buildBundle,
  buildInstance,
  buildRecorded,
  bundleSchema,
  compareLocks,
  formatLock,
  type InstanceSource,
  type Lock,
  type LockChange,
  type LockedModule,
  lockBundle,
  lockedResolver,
  readLock,
} from "./engine/build/index.js";
export {
  type Bundle,
  type BundleInstance,
  type BundleModule,
  type DefinedInstance,
  defineBundle,
  type LoadedValues,
  type LoadOptions,
  loadBundle,
  loadBundleName,
  loadValues,
  type ModuleValues,
  type ValuesOf,
} from "./engine/bundle/index.js";
export { formatCue, type ValueFormat, writeValue } from "./engine/cue/index.js";
export { FaultsError, type SecretValue, SheafError, SourceError, type SourcePos } from "./engine/diagnostics/index.js";
export {
  type ClusterOutcome,
  type ClusterSelection,
  type ClusterValues,
  checkContexts,
  clusterLookup,
  FleetError,
  loadRuntime,
  type RunOnClustersOptions,
  type RuntimeCluster,
  type RuntimeExpression,
  type RuntimeFile,
  type RuntimeQuery,
  readClusterValues,
  runOnClusters,
  selectClusters,
} from "./engine/fleet/index.js";
export type { InstanceId, InstanceRecord, InstanceRevision, ModuleReference } from "./engine/inventory/index.js";
export { type JsonObject, type JsonValue, type Located, toJson } from "./engine/json/index.js";
export {
  createObjectChecker,
  defaultKubeVersion,
  formatFault,
  type ObjectChecker,
  type ObjectFault,
} from "./engine/kube-schema/index.js";
export {
  loadModule,
  type Mirror,
  type Module,
  ModuleError,
  type ModuleVersion,
  ObjectError,
  type PackedModule,
  type PackOptions,
  packModule,
  parseMirror,
  type ResolvedModule,
  ResolveError,
  type Resolver,
  readModuleFolder,
  type TrustRule,
  type VettedModule,
  vetModule,
} from "./engine/module/index.js";
export { formatRef, type KubeObject, type ObjectRef, refOf } from "./engine/object/index.js";
export {
  type Artifact,
  type ArtifactPlace,
  copyArtifact,
  type Descriptor,
  OciError,
  openPlace,
  openPlaceToWrite,
  type PublicKey,
  parsePlace,
  pushArtifact,
  type Registries,
  type Repository,
  readArtifact,
  readGitFacts,
  readPublicKey,
  readSigningKey,
  readTree,
  type SigningKey,
  signArtifact,
  verifySignature,
  type WritableRepository,
  writeTree,
} from "./engine/oci/index.js";
export {
  DuplicateObjectError,
  OwnershipError,
  PlanError,
  type RenderedBundle,
  type RenderedInstance,
} from "./engine/plan/index.js";
export {
  type BundleFolder,
  isEncrypted,
  type PackBundleOptions,
  packBundles,
  SecretsInClearError,
} from "./engine/publish/index.js";
export {
  type EvaluateSourcesOptions,
  evaluateSources,
  type RuntimeLookup,
  type RuntimeText,
  type RuntimeType,
} from "./engine/runtime/index.js";

export { SchemaError } from "./engine/schema/index.js";
export type { SourceInput } from "./engine/source/index.js";
export { type ReadyState, type RecordQuery, type Target, TargetError, WaitError } from "./engine/target/index.js";
export { TemplateError } from "./engine/template/index.js";
export { stringifyYaml, stringifyYamlDocuments } from "./engine/yaml/index.js";

/** How registries are spoken to. Everything has a default: proxies of the environment, Docker's credentials. */
export type RegistrySettings = Readonly<{
  /** Another `fetch` than the one that honours HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
  fetch?: Fetch;
  /** Certificates (PEM) of authorities that registries' certificates may come from, beside those that Node knows. */
  registryCa?: string;
  credentials?: CredentialSource;
  /** Speak plain HTTP to registries. */
  insecure?: boolean;
}>;

/** Where modules come from. Everything has a default: the built-in catalog, the user's cache. */
export type ResolverOptions = RegistrySettings &
  Readonly<{
    /** Rules that take modules from another place than their URL says; before the built-in one for the Flux modules. */
    mirrors?: readonly Mirror[];
    /** Which modules must be signed, and by whom. */
    trust?: readonly TrustRule[];
    /** A folder to keep fetched modules in; `~/.cache/sheaf` unless given. */
    cacheDir?: string;
    /** Ask no registry; take what the cache has. */
    offline?: boolean;
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
    trust: options.trust ?? [],
    catalogDir: fileURLToPath(new URL("./catalog", import.meta.url)),
    cacheDir: options.cacheDir ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "sheaf"),
    registry: registryOptions(options),
    offline: options.offline ?? false,
    ...(options.signal !== undefined && { signal: options.signal }),
  });
}

/**
 * Opens registries, to publish to them.
 *
 * @example
 * ```ts
 * const { artifact } = await packModule(await readTree("./my-app"), { version: "1.0.0", label: "my-app" });
 * const place = parsePlace("oci://registry.local/my-app", ".");
 * await pushArtifact(artifact, await openPlaceToWrite(place, openRegistries()), { tags: ["1.0.0"], fixedTag: "1.0.0" });
 * ```
 */
export function openRegistries(settings: RegistrySettings = {}): Registries {
  return new EngineRegistries(registryOptions(settings));
}

function registryOptions({ fetch, registryCa, credentials, insecure = false }: RegistrySettings): RegistryOptions {
  return {
    fetch: fetch ?? createFetch({ env: process.env, ca: registryCa }),
    insecure,
    credentials: credentials ?? dockerCredentials({ env: process.env }),
  };
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
