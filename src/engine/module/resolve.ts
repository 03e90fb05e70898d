import { basename, dirname, join, relative, resolve as resolvePath } from "node:path";
import { SheafError, type SourcePos } from "../diagnostics/index.js";
import {
  ContentCache,
  cachedRepository,
  isDigest,
  isLayout,
  OciError,
  openLayout,
  parseReference,
  type Reference,
  Registries,
  type RegistryOptions,
} from "../oci/index.js";
import { artifactSource } from "./artifact-source.js";
import { catalogLayout, catalogModules } from "./catalog.js";
import { CompiledStore } from "./compiled-store.js";
import { folderSource } from "./folder-source.js";
import { catalogMirror, describeTarget, filePath, findMirror, type Mirror, type MirrorTarget } from "./mirror.js";
import type { Module } from "./module.js";
import { type ModuleCompiler, moduleCompiler } from "./module-compiler.js";
import type { ModuleSource, VersionsOptions } from "./module-source.js";
import { isVersion, type ModuleVersion } from "./module-version.js";
import { ResolveError } from "./resolve-error.js";

/** A module as a bundle names it, with the places of its parts where they are known. */
export type ModuleRequest = Readonly<{
  /** `oci://host/repository`, `file://PATH`, or `oci-layout:PATH/NAME`. */
  url: string;
  urlPos?: SourcePos;
  /** A SemVer version or `latest`, which is also what its absence means. */
  version?: string;
  versionPos?: SourcePos;
  /** The digest that the module's manifest (for a folder: its content) must have. */
  digest?: string;
}>;

/** A module that was found. `via` says from where, when it is another place than the URL names. */
export type ResolvedModule = Readonly<{
  module: Module;
  /** The URL as the bundle writes it. */
  repository: string;
  version: string;
  digest: string;
  via?: string;
}>;

export type ResolverOptions = Readonly<{
  /** Another one than the usual, for tests. */
  compiler?: ModuleCompiler;
  /** Rules beside the built-in one for the Flux modules, which counts last. */
  mirrors?: readonly Mirror[];
  /** The folder of the built-in catalog. */
  catalogDir: string;
  /** The user's folder: files of a module below it are named relative to it. */
  workDir?: string;
  /** A folder to keep fetched and compiled modules in; it may be gone at any time. */
  cacheDir: string;
  registry: RegistryOptions;
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
  /** The versions that there are of a module, the newest first, and through which mirror they were found. */
  versions(url: string, baseDir: string, options?: VersionsOptions): Promise<FoundVersions>;
}>;

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
  const find = sourceFinder(options);
  const resolved = new Map<string, Promise<ResolvedModule>>();

  const load = async (request: ModuleRequest, baseDir: string): Promise<ResolvedModule> => {
    const { url, version, digest } = request;
    const wanted = { version: version === "latest" ? undefined : version, digest };
    checkRequest(url, wanted.version, digest);
    const { source, via } = await find(url, baseDir);
    const loaded = await source.load(wanted, options.signal);
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
    async versions(url, baseDir, query = {}) {
      const { source, via } = await find(url, baseDir);
      const versions = await source.versions({ signal: options.signal, ...query });
      return { versions, ...(via === undefined ? {} : { via }) };
    },
  };
}

function checkRequest(url: string, version: string | undefined, digest: string | undefined): void {
  if (version !== undefined && !isVersion(version)) {
    const bare = version.replace(/^v/, "");
    const right = isVersion(bare) ? `write ${bare}` : 'write it as 1.2.3 or 1.2.3-rc.1, or "latest"';
    throw new ResolveError("bad-version", `"${version}" is not the version of a module: ${right}`);
  }
  if (digest !== undefined && !isDigest(digest)) {
    throw new ResolveError(
      "bad-version",
      `The digest "${digest}" of ${url} must be "sha256:" and 64 hexadecimal digits in lower case`,
    );
  }
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

type Found = Readonly<{ source: ModuleSource; via?: string }>;

/** Knows which place a URL means, by its scheme and the mirrors. */
function sourceFinder(options: ResolverOptions): (url: string, baseDir: string) => Promise<Found> {
  const { compiler = moduleCompiler, catalogDir, cacheDir, workDir = "." } = options;
  const mirrors = [...(options.mirrors ?? []), catalogMirror];
  const registries = new Registries(options.registry);
  const cache = new ContentCache(cacheDir);
  const common = {
    compiler,
    store: new CompiledStore(catalogDir, cacheDir, compiler.format),
    available: () => catalogModules(catalogDir),
  };
  const fromFolder = (url: string, dir: string) => {
    const below = relative(workDir, dir);
    return folderSource({ ...common, url, dir, label: below.startsWith("..") ? dir : below });
  };
  const fromRegistry = (url: string, reference: Pick<Reference, "host" | "repository">) =>
    artifactSource({ ...common, url, repository: cachedRepository(registries.repository(reference), cache) });
  const fromLayout = async (url: string, dir: string, name: string) => {
    const layout = await openLayout(dir);
    return artifactSource({ ...common, url, repository: layout.repository(name) });
  };
  const fromTarget = async (url: string, target: MirrorTarget, rest: string): Promise<ModuleSource> => {
    switch (target.kind) {
      case "catalog": {
        const repository = await catalogLayout(catalogDir, rest, url);
        return artifactSource({ ...common, url, repository });
      }
      case "registry":
        return fromRegistry(url, { host: target.host, repository: [target.path, rest].filter(Boolean).join("/") });
      case "layout":
        return fromLayout(url, target.dir, rest);
      case "folder":
        return (await isLayout(target.dir))
          ? fromLayout(url, target.dir, rest)
          : fromFolder(url, join(target.dir, rest));
    }
  };
  return async (url, baseDir) => {
    if (url.startsWith("file://")) return { source: fromFolder(url, filePath(url, baseDir)) };
    if (url.startsWith("oci-layout:")) {
      const { dir, name } = await splitLayoutPath(resolvePath(baseDir, url.slice("oci-layout:".length)));
      return { source: await fromLayout(url, dir, name) };
    }
    const reference = parseModuleUrl(url);
    const found = findMirror(mirrors, reference);
    if (found === undefined) return { source: fromRegistry(url, reference) };
    const { to } = found.mirror;
    return { source: await fromTarget(url, to, found.rest), via: describeTarget(to) };
  };
}

function parseModuleUrl(url: string): Reference {
  const reference = asResolveError(() => parseReference(url));
  if (reference.tag === undefined && reference.digest === undefined) return reference;
  const what = reference.tag === undefined ? "digest" : "tag";
  throw new ResolveError(
    "bad-url",
    `The module URL "${url}" must not end with a ${what}; write it as the module's ${what === "tag" ? "version" : what}`,
  );
}

function asResolveError<T>(read: () => T): T {
  try {
    return read();
  } catch (fault) {
    if (!(fault instanceof SheafError)) throw fault;
    throw new ResolveError("bad-url", `${fault.message} (or file:// and the path of a folder)`, undefined, {
      cause: fault,
    });
  }
}

/** Where in a path the layout ends and the name of the module begins. */
async function splitLayoutPath(path: string): Promise<Readonly<{ dir: string; name: string }>> {
  const names: string[] = [];
  for (let dir = path; dirname(dir) !== dir; dir = dirname(dir)) {
    if (await isLayout(dir)) return { dir, name: names.join("/") };
    names.unshift(basename(dir));
  }
  throw new ResolveError("unknown-module", `${path} is neither an OCI image layout nor a module in one`);
}
