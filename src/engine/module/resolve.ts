import type { SourcePos } from "../diagnostics/index.js";
import type { KubeObject } from "../object/index.js";
import { isDigest, OciError } from "../oci/index.js";
import { CompiledStore } from "./compiled-store.js";
import { nameOf, type SourceOptions, sourceFinder } from "./find-source.js";
import { loadFluxDefinitions } from "./flux-definitions.js";
import type { Module } from "./module.js";
import { type ModuleCompiler, moduleCompiler } from "./module-compiler.js";
import type { ModuleSource, VersionFiles, VersionsOptions } from "./module-source.js";
import { isVersion, type ModuleVersion } from "./module-version.js";
import { ResolveError } from "./resolve-error.js";
import { rulesFor } from "./trust.js";
import { isVersionRange, newestInRange } from "./version-range.js";

/** A module as a bundle names it, with the places of its parts where they are known. */
export type ModuleRequest = Readonly<{
  /** `oci://host/repository`, `file://PATH`, `oci-layout:PATH[/NAME]` or `oci-archive:PATH[/NAME]`. */
  url: string;
  urlPos?: SourcePos;
  /** A SemVer version, a range of which the newest is taken (`2.8.x`), or `latest`, which is also what its absence means. */
  version?: string;
  versionPos?: SourcePos;
  /** The digest that the module's manifest (for a folder: its content) must have. */
  digest?: string;
}>;

/** A module as a record names it. */
export type UsedModule = Readonly<{ repository: string; version: string; digest: string }>;

/** A module that was found. `via` says from where, when it is another place than the URL names. */
export type ResolvedModule = Readonly<{
  module: Module;
  /** The URL as the bundle writes it. */
  repository: string;
  version: string;
  digest: string;
  via?: string;
}>;

export type ResolverOptions = SourceOptions &
  Readonly<{
    /** Another one than the usual, for tests. */
    compiler?: ModuleCompiler;
    signal?: AbortSignal;
  }>;

/** Finds modules. What it found it keeps: a module is fetched once, however many instances use it. */
export type Resolver = Readonly<{
  /**
   * The module that a bundle means.
   *
   * @param baseDir The folder that a relative `file://` path counts from: that of the bundle's file
   * @throws {ResolveError} At the place of the URL or of the version
   */
  resolve(request: ModuleRequest, baseDir: string): Promise<ResolvedModule>;
  /**
   * The module that was used once, to use it again: by its digest; where its place no longer has that, as it was compiled
   * then; else what the place now has as that version, which has another digest.
   *
   * @throws {ResolveError} Where none of them is to be had
   */
  recall(used: UsedModule, baseDir: string): Promise<ResolvedModule>;
  /** The files of what a bundle means, also those of a module that another engine runs. */
  files(request: ModuleRequest, baseDir: string): Promise<FoundFiles>;
  /** The versions that there are of a module, the newest first, and through which mirror they were found. */
  versions(url: string, baseDir: string, options?: VersionsOptions): Promise<FoundVersions>;
  /**
   * The custom resource definitions of Flux that the built-in catalog has.
   *
   * @param version The module version whose definitions are wanted; the newest where the catalog does not have it
   * @returns Nothing without a catalog
   */
  fluxDefinitions(version?: string): Promise<readonly KubeObject[]>;
}>;

export type FoundFiles = VersionFiles & Readonly<{ via?: string }>;
export type FoundVersions = Readonly<{ versions: readonly ModuleVersion[]; via?: string }>;

/**
 * Makes a resolver.
 *
 * @example
 * ```ts
 * const resolver = createResolver({ catalogDir, cacheDir, registry: { fetch } });
 * const { version, via } = await resolver.resolve({ url: "oci://ghcr.io/stefanprodan/modules/flux-aio" }, ".");
 * ```
 */
export function createResolver(options: ResolverOptions): Resolver {
  const { compiler = moduleCompiler, catalogDir, cacheDir } = options;
  const store = new CompiledStore(catalogDir, cacheDir, compiler.format);
  const find = sourceFinder(options, compiler, store, async ({ url, version, digest }) => {
    const request = { url, ...(version !== undefined && { version }), ...(digest !== undefined && { digest }) };
    return (await filesOf(request, ".")).tree;
  });
  const resolved = new Map<string, Promise<ResolvedModule>>();

  const filesOf = async (request: ModuleRequest, baseDir: string): Promise<FoundFiles> => {
    await checkRequest(request);
    const { source, via } = await find(request.url, baseDir);
    const found = await source.files(await wantedOf(request, source, options.signal), options.signal);
    await checkRange(request, found.version);
    return { ...found, ...(via === undefined ? {} : { via }) };
  };
  const load = async (request: ModuleRequest, baseDir: string): Promise<ResolvedModule> => {
    const { url } = request;
    await checkRequest(request);
    const { source, via } = await find(url, baseDir);
    const loaded = await source.load(await wantedOf(request, source, options.signal), options.signal);
    await checkRange(request, loaded.version);
    return { ...loaded, repository: url, ...(via === undefined ? {} : { via }) };
  };
  return {
    async resolve(request, baseDir) {
      const { url, version = "latest", digest = "" } = request;
      const key = JSON.stringify([url.startsWith("oci://") ? "" : baseDir, url, version, digest]);
      const found = resolved.get(key) ?? load(request, baseDir);
      resolved.set(key, found);
      return found.catch((fault: unknown) => {
        throw placed(fault, request);
      });
    },
    async recall({ repository: url, version, digest }, baseDir) {
      const asItWas = async (): Promise<ResolvedModule | undefined> => {
        // What must be signed is taken only from where the signature can be checked.
        if (rulesFor(options.trust ?? [], nameOf(url)).length > 0 || !isDigest(digest)) return undefined;
        const json = await store.get(digest);
        if (json === undefined) return undefined;
        return { module: compiler.open(json, { version, label: url }), repository: url, version, digest };
      };
      try {
        return await load({ url, digest }, baseDir);
      } catch (fault) {
        const kept = await asItWas();
        if (kept !== undefined) return kept;
        const sameVersion = url.startsWith("file://")
          ? undefined
          : await load({ url, version }, baseDir).catch(() => undefined);
        if (sameVersion !== undefined) return sameVersion;
        throw placed(fault, { url });
      }
    },
    files: filesOf,
    async versions(url, baseDir, query = {}) {
      const { source, via } = await find(url, baseDir);
      const versions = await source.versions({ signal: options.signal, ...query });
      return { versions, ...(via === undefined ? {} : { via }) };
    },
    fluxDefinitions: (version) => loadFluxDefinitions(options, version),
  };
}

async function checkRequest({ url, version, digest }: ModuleRequest): Promise<void> {
  if (version !== undefined && !isExact(version) && !(await isVersionRange(version))) {
    const bare = version.replace(/^v/, "");
    const right = isVersion(bare)
      ? `write ${bare}`
      : 'write it as 1.2.3 or 1.2.3-rc.1, as a range such as 1.2.x, or "latest"';
    throw new ResolveError("bad-version", `"${version}" is not the version of a module: ${right}`);
  }
  if (digest !== undefined && !isDigest(digest)) {
    throw new ResolveError(
      "bad-version",
      `The digest "${digest}" of ${url} must be "sha256:" and 64 hexadecimal digits in lower case`,
    );
  }
}

/** Whether a version says by itself which tag is meant. */
function isExact(version: string): boolean {
  return version === "latest" || isVersion(version);
}

/** What to ask a source for: for a range its newest version, for a digest beside one that digest. */
async function wantedOf(
  { url, version, digest }: ModuleRequest,
  source: ModuleSource,
  signal: AbortSignal | undefined,
): Promise<{ version: string | undefined; digest: string | undefined }> {
  if (version === undefined || version === "latest") return { version: undefined, digest };
  if (isVersion(version)) return { version, digest };
  if (digest !== undefined) return { version: undefined, digest };
  const there = (await source.versions({ withDigest: false, signal })).map((each) => each.version);
  const newest = await newestInRange(there, version);
  if (newest !== undefined) return { version: newest, digest };
  const known = there.length === 0 ? "it has none at all" : `it has ${there.slice(0, 20).join(", ")}`;
  throw new ResolveError("unknown-version", `${url} has no version in the range ${version}: ${known}`);
}

/** What a digest names must be in the range that stands beside it. */
async function checkRange({ url, version, digest }: ModuleRequest, found: string): Promise<void> {
  if (version === undefined || digest === undefined || isExact(version)) return;
  if ((await newestInRange([found], version)) !== undefined) return;
  throw new ResolveError("digest-pin", `${url}@${digest} is version ${found}, which is not in the range ${version}`);
}

/** The same fault at its place in the bundle. */
function placed(fault: unknown, { url, urlPos, versionPos }: ModuleRequest): unknown {
  if (fault instanceof ResolveError) {
    const ofVersion = fault.code === "unknown-version" || fault.code === "bad-version" || fault.code === "digest-pin";
    return new ResolveError(fault.code, fault.detail, ofVersion ? (versionPos ?? urlPos) : urlPos, {
      cause: fault.cause,
    });
  }
  if (!(fault instanceof OciError)) return fault;
  return new ResolveError(fault.code, `Cannot get the module ${url}: ${fault.message}`, urlPos, { cause: fault });
}
