import { OciError, treeDigest } from "../oci/index.js";
import { requireModule } from "./artifact-source.js";
import type { CompiledStore } from "./compiled-store.js";
import type { ModuleCompiler } from "./module-compiler.js";
import type { ModuleSource, VersionFiles, WantedModule } from "./module-source.js";
import { develVersion } from "./module-version.js";
import { type InnerFetcher, readModuleFolder } from "./read-module-folder.js";
import { ResolveError } from "./resolve-error.js";

export type FolderSourceOptions = Readonly<{
  /** The URL that the module has in the bundle. */
  url: string;
  dir: string;
  /** What places in its files start with. */
  label: string;
  compiler: ModuleCompiler;
  store: CompiledStore;
  available: () => Promise<readonly string[]>;
  fetchInner: InnerFetcher;
}>;

/** A module in a folder: it has one version, and its digest is that of its packed content. */
export function folderSource({
  url,
  dir,
  label,
  compiler,
  store,
  available,
  fetchInner,
}: FolderSourceOptions): ModuleSource {
  const read = async () => {
    const tree = await readModuleFolder(dir, label, fetchInner).catch((fault: unknown) => {
      if (!(fault instanceof OciError) || fault.code !== "not-found") throw fault;
      throw new ResolveError(
        "unknown-module",
        `There is no module ${url}: the folder ${dir} does not exist`,
        undefined,
        { cause: fault },
      );
    });
    await requireModule(tree, url, available);
    return { tree, digest: await treeDigest(tree) };
  };
  const files = async ({ version = develVersion, digest: pinned }: WantedModule): Promise<VersionFiles> => {
    if (version !== develVersion) {
      const fault = `${url} comes from a folder, so its version is ${develVersion}, not ${version}`;
      throw new ResolveError("unknown-version", `${fault}; leave the version out`);
    }
    const { tree, digest } = await read();
    if (pinned === undefined || pinned === digest) return { tree, version, digest };
    throw new ResolveError("digest-pin", `The files of ${url} have the digest ${digest}, but ${pinned} is pinned`);
  };
  return {
    files,
    async load(wanted) {
      const { tree, version, digest } = await files(wanted);
      const kept = await store.get(digest);
      const json = kept ?? (await compiler.compile(tree.files, label));
      if (kept === undefined) await store.put(digest, json);
      return { module: compiler.open(json, { version, label }), version, digest };
    },
    async versions() {
      const { digest } = await read();
      return [{ version: develVersion, digest, latest: true }];
    },
  };
}
