import { join, relative } from "node:path";
import { SheafError } from "../diagnostics/index.js";
import {
  type ArtifactPlace,
  ContentCache,
  cachedRepository,
  isLayout,
  isLayoutUrl,
  OciError,
  openLayout,
  openPlace,
  parsePlace,
  parseReference,
  type Reference,
  Registries,
  type RegistryOptions,
  type Repository,
} from "../oci/index.js";
import { artifactSource } from "./artifact-source.js";
import { catalogLayout, catalogModules } from "./catalog.js";
import type { CompiledStore } from "./compiled-store.js";
import { folderSource } from "./folder-source.js";
import { catalogMirror, describeTarget, filePath, findMirror, type Mirror, type MirrorTarget } from "./mirror.js";
import type { ModuleCompiler } from "./module-compiler.js";
import type { ModuleSource } from "./module-source.js";
import type { InnerFetcher } from "./read-module-folder.js";
import { ResolveError } from "./resolve-error.js";
import { signatureCheck, type TrustRule } from "./trust.js";

export type SourceOptions = Readonly<{
  /** Rules beside the built-in one for the Flux modules, which counts last. */
  mirrors?: readonly Mirror[];
  /** Which modules must be signed, and by whom. The built-in catalog and folders have no signatures and need none. */
  trust?: readonly TrustRule[];
  /** The folder of the built-in catalog. */
  catalogDir: string;
  /** The user's folder: files of a module below it are named relative to it. */
  workDir?: string;
  /** A folder to keep fetched and compiled modules in; it may be gone at any time. */
  cacheDir: string;
  registry: RegistryOptions;
  /** Use of registries only what the cache has; a tag names what it named when it was last asked for. */
  offline?: boolean;
}>;

/** Where the versions of a module are had. `via` says from where, when it is another place than the URL names. */
export type FoundSource = Readonly<{ source: ModuleSource; via?: string }>;

/**
 * Knows which place a URL means, by its scheme and the mirrors.
 *
 * @param fetchInner How a folder's module gets the modules inside of it
 * @returns What finds the source of a URL; a relative `file://` path counts from the second argument
 */
export function sourceFinder(
  options: SourceOptions,
  compiler: ModuleCompiler,
  store: CompiledStore,
  fetchInner: InnerFetcher,
): (url: string, baseDir: string) => Promise<FoundSource> {
  const { catalogDir, cacheDir, workDir = "." } = options;
  const mirrors = [...(options.mirrors ?? []), catalogMirror];
  const registries = new Registries(options.registry);
  const cache = new ContentCache(cacheDir);
  const common = {
    compiler,
    store,
    available: () => catalogModules(catalogDir),
  };
  const fromFolder = (url: string, dir: string) => {
    const below = relative(workDir, dir);
    return folderSource({ ...common, fetchInner, url, dir, label: below.startsWith("..") ? dir : below });
  };
  const fromRepository = (url: string, repository: Repository) =>
    artifactSource({ ...common, url, repository, verify: signatureCheck(options.trust ?? [], nameOf(url)) });
  const fromRegistry = (url: string, reference: Pick<Reference, "host" | "repository">) =>
    fromRepository(url, cachedRepository(registries.repository(reference), cache, options.offline));
  const fromLayout = async (url: string, dir: string, name: string) => {
    const layout = await openLayout(dir);
    return fromRepository(url, layout.repository(name));
  };
  const fromPlace = async (url: string, place: ArtifactPlace) => {
    requireBare(url, place);
    const repository = await openPlace(place, registries).catch((fault: unknown) => {
      if (!(fault instanceof OciError) || fault.code !== "not-found") throw fault;
      throw new ResolveError("unknown-module", fault.message, undefined, { cause: fault });
    });
    return fromRepository(url, repository);
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
    if (isLayoutUrl(url)) {
      return { source: await fromPlace(url, parsePlace(url, baseDir)) };
    }
    const reference = parseModuleUrl(url);
    const found = findMirror(mirrors, reference);
    if (found === undefined) return { source: fromRegistry(url, reference) };
    const { to } = found.mirror;
    return { source: await fromTarget(url, to, found.rest), via: describeTarget(to) };
  };
}

/** What rules of trust know a module by. */
export function nameOf(url: string): string {
  return url.replace(/^oci:\/\//, "");
}

function parseModuleUrl(url: string): Reference {
  const reference = asResolveError(() => parseReference(url));
  requireBare(url, reference);
  return reference;
}

/** Which version of a module is meant stands beside its URL, not in it. */
function requireBare(url: string, { tag, digest }: Pick<Reference, "tag" | "digest">): void {
  if (tag === undefined && digest === undefined) return;
  const what = tag === undefined ? "digest" : "tag";
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
