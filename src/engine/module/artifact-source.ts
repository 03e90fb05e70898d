import { SheafError } from "../diagnostics/index.js";
import {
  annotations,
  annotationsOf,
  type FetchedManifest,
  type FileTree,
  OciError,
  type Repository,
  readArtifact,
  tryManifest,
} from "../oci/index.js";
import type { CompiledStore } from "./compiled-store.js";
import { mapConcurrently } from "./map-concurrently.js";
import type { ModuleCompiler } from "./module-compiler.js";
import type { ModuleSource, VersionsOptions, WantedModule } from "./module-source.js";
import { isVersion, type ModuleVersion, nearestVersions, sortVersions } from "./module-version.js";
import { ResolveError } from "./resolve-error.js";
import type { SignatureCheck } from "./trust.js";

export type ArtifactSourceOptions = Readonly<{
  /** The URL that the module has in the bundle. */
  url: string;
  repository: Repository;
  compiler: ModuleCompiler;
  store: CompiledStore;
  /** Runs before anything of a version but its manifest is read. */
  verify?: SignatureCheck;
  /** Names of modules that this engine runs, for the error about one that it does not. */
  available: () => Promise<readonly string[]>;
}>;

/** How many manifests of a list are read at a time. */
const maxConcurrency = 8;

/** The versions of a module as artifacts in a registry or an image layout. */
export function artifactSource(options: ArtifactSourceOptions): ModuleSource {
  return {
    async load(wanted, signal) {
      const fetched = await fetchTrusted(options, wanted, signal);
      const version = checkVersion(options, fetched, wanted);
      const json = await compiledModule(options, fetched, signal);
      return {
        module: options.compiler.open(json, { version, label: options.url }),
        version,
        digest: fetched.descriptor.digest,
      };
    },
    async files(wanted, signal) {
      const fetched = await fetchTrusted(options, wanted, signal);
      const version = checkVersion(options, fetched, wanted);
      const tree = await readArtifact(options.repository, fetched.manifest, options.url, { signal });
      return { tree, version, digest: fetched.descriptor.digest };
    },
    versions: (query) => listVersions(options.repository, query),
  };
}

async function fetchTrusted(
  options: ArtifactSourceOptions,
  wanted: WantedModule,
  signal: AbortSignal | undefined,
): Promise<FetchedManifest> {
  const fetched = await fetchManifest(options, wanted, signal);
  await options.verify?.(options.repository, fetched.descriptor.digest, signal);
  return fetched;
}

async function fetchManifest(
  { url, repository }: ArtifactSourceOptions,
  { version, digest }: WantedModule,
  signal: AbortSignal | undefined,
): Promise<FetchedManifest> {
  if (version === undefined && digest !== undefined) return repository.manifest(digest, signal);
  const tag = version ?? "latest";
  const fetched = await repository.manifest(tag, signal).catch(async (fault: unknown) => {
    if (!(fault instanceof OciError) || fault.code !== "not-found") throw fault;
    // A repository that does not exist says so here, with what does.
    const versions = sortVersions(await repository.listTags(signal));
    throw new ResolveError("unknown-version", unknownVersion(url, tag, versions), undefined, { cause: fault });
  });
  if (digest === undefined || fetched.descriptor.digest === digest) return fetched;
  const fault = `${url}:${tag} has the digest ${fetched.descriptor.digest}, but ${digest} is pinned`;
  throw new ResolveError("digest-pin", `${fault}: its content was replaced, or the pin belongs to another version`);
}

/** Versions that an error lists: all that a module of the catalog has. */
const maxListed = 20;

function unknownVersion(url: string, wanted: string, versions: readonly string[]): string {
  if (versions.length === 0) return `${url} has no versions`;
  const nearest = nearestVersions(wanted, versions, maxListed).join(", ");
  const all =
    versions.length <= maxListed ? `it has ${nearest}` : `the nearest of its ${versions.length} are ${nearest}`;
  return wanted === "latest"
    ? `${url} has no tag latest, so a version must be named: ${all}`
    : `${url} has no version ${wanted}: ${all}`;
}

/** The version that the artifact says it is; an exact version that was asked for must be that one. */
function checkVersion({ url }: ArtifactSourceOptions, { manifest }: FetchedManifest, wanted: WantedModule): string {
  const found = manifest.annotations[annotations.version];
  if (found === undefined || !isVersion(found)) {
    const what = found === undefined ? "no annotation" : `${JSON.stringify(found.slice(0, 100))} as annotation`;
    throw new ResolveError(
      "not-a-module",
      `${url} is not a module: its manifest has ${what} ${annotations.version}, wanted its version`,
    );
  }
  if (wanted.version === undefined || wanted.version === found) return found;
  throw new ResolveError("bad-version", `${url}:${wanted.version} says that it is version ${found}: the tag was moved`);
}

async function compiledModule(
  { url, repository, compiler, store, available }: ArtifactSourceOptions,
  { descriptor, manifest }: FetchedManifest,
  signal: AbortSignal | undefined,
): Promise<string> {
  const kept = await store.get(descriptor.digest);
  if (kept !== undefined) return kept;
  const tree = await readArtifact(repository, manifest, url, { signal });
  await requireModule(tree, url, available);
  const json = await compileModule(compiler, tree, url);
  await store.put(descriptor.digest, json);
  return json;
}

/** @throws {ResolveError} `cue-module` or `not-a-module`, with the modules that there are */
export async function requireModule(
  { files }: FileTree,
  url: string,
  available: () => Promise<readonly string[]>,
): Promise<void> {
  if (files.has("module.yaml")) return;
  const paths = [...files.keys()];
  const isCue = paths.some((path) => path.startsWith("cue.mod/") || /^(?:timoni|values)\.cue$/.test(path));
  const names = await available();
  const hint = names.length > 0 ? `; the catalog has ${names.join(", ")}` : "";
  if (isCue) {
    const fault = `${url} is a CUE module, which Timoni runs and sheaf does not: sheaf's have a module.yaml`;
    throw new ResolveError("cue-module", `${fault}${hint}`);
  }
  const found = paths.length === 0 ? "nothing" : paths.sort().slice(0, 5).join(", ");
  throw new ResolveError(
    "not-a-module",
    `${url} is not a module: it has no module.yaml at its root, but ${found}${hint}`,
  );
}

/** Compiles, and says which module is at fault when it cannot be. */
export async function compileModule(compiler: ModuleCompiler, tree: FileTree, url: string): Promise<string> {
  try {
    return await compiler.compile(tree.files, url);
  } catch (fault) {
    if (!(fault instanceof SheafError || fault instanceof AggregateError)) throw fault;
    const message = `The module ${url} cannot be used:\n${fault.message}`;
    throw new ResolveError("broken-module", message, undefined, { cause: fault });
  }
}

async function listVersions(
  repository: Repository,
  { withDigest = true, limit, signal }: VersionsOptions,
): Promise<ModuleVersion[]> {
  const tags = await repository.listTags(signal);
  const versions = sortVersions(tags).slice(0, limit);
  if (!withDigest) return versions.map((version) => ({ version, latest: false }));
  const wanted = tags.includes("latest") ? ["latest", ...versions] : versions;
  const found = await mapConcurrently(wanted, maxConcurrency, (tag) => tryManifest(repository, tag, signal));
  const latest = tags.includes("latest") ? found.shift()?.descriptor.digest : undefined;
  // A tag that goes while it is listed is left out; one of something else than a module does not spoil the list.
  return versions.flatMap((version, i) => {
    const fetched = found[i];
    if (fetched === undefined) return [];
    const { digest } = fetched.descriptor;
    const created = annotationsOf(fetched.bytes)[annotations.created];
    return [{ version, digest, ...(created === undefined ? {} : { created }), latest: digest === latest }];
  });
}
