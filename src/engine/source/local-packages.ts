import { access, readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { type File, type ImportSpec, isLeftOut, type PackageLoader, parse } from "../cue/index.js";
import { SourceError, throwFaults } from "../diagnostics/index.js";
import { type CueModule, findCueModule, moduleFile } from "./cue-module.js";
import { decodeSource } from "./decode.js";

/** Where imports are looked for. */
export type ImportScope = Readonly<{
  /** The folder in or above which cue.mod/module.cue names the module whose packages can be imported. */
  workdir: string;
  /** What the names of its files are relative to. */
  baseDir: string;
  /** Is told every file that was read: for excerpts in messages. */
  onSource?: ((name: string, text: string) => void) | undefined;
}>;

/** `"path/of/folder@v0:name"`, taken apart; without a name, the last folder names the package. */
type ImportPath = Readonly<{ path: string; version: string | undefined; name: string }>;

/**
 * Loads the packages of the module around a folder, also what `cue.mod/gen`, `pkg` and `usr` keep of other modules. The
 * rest would come from a registry; none is asked. The loader gives undefined for that.
 *
 * @example
 * ```ts
 * const load = localPackages({ workdir: "/srv/fleet", baseDir: "/srv" });
 * ```
 */
export function localPackages(scope: ImportScope): PackageLoader {
  let module: Promise<CueModule | undefined> | undefined;
  return async (spec) => {
    module ??= findCueModule(scope.workdir, scope.baseDir);
    const found = await module;
    const isStandard = /^[^./]+(?:\/|$)/.test(spec.path);
    if (found === undefined || isStandard) return undefined;
    const loader = new LocalPackage(found, parseImportPath(spec), spec, scope);
    const [own, kept] = [await loader.ownFiles(), await loader.keptFiles()];
    if (own !== undefined && own.length > 0 && kept.length > 0) throw loader.fault("it is in cue.mod, too");
    if (kept.length > 0 || own === undefined) return kept.length > 0 ? kept : undefined;
    if (own.length > 0) return own;
    throw loader.fault(`there are no files of a package ${loader.path.name} in ${loader.shownFolder}`);
  };
}

function parseImportPath({ path: text, pos }: ImportSpec): ImportPath {
  const [, path = "", version, name] = /^([^:@]*)(?:@(v\d+))?(?::(.*))?$/.exec(text) ?? [];
  const steps = path.split("/");
  if (name === "_" || !steps.every((step) => /^[\p{L}\p{N}._~+-]*[\p{L}\p{N}_~+-]$/u.test(step)))
    throw new SourceError("bad-import", `invalid import path ${JSON.stringify(text)}`, pos);
  return { path, version, name: name ?? steps.at(-1) ?? "" };
}

/** One import of a module: where its files are. */
class LocalPackage {
  readonly path: ImportPath;
  readonly #module: CueModule;
  readonly #spec: ImportSpec;
  readonly #scope: ImportScope;
  /** The folders from the module's to the package's; none for a path of another module. */
  readonly #folders: readonly string[] = [];

  constructor(module: CueModule, path: ImportPath, spec: ImportSpec, scope: ImportScope) {
    this.#module = module;
    this.path = path;
    this.#spec = spec;
    this.#scope = scope;
    const isOwn = path.path === module.path || path.path.startsWith(`${module.path}/`);
    if (!isOwn || (path.version !== undefined && path.version !== module.major)) return;
    const steps = path.path.split("/").slice(module.path.split("/").length);
    this.#folders = [module.root, ...steps.map((_, i) => join(module.root, ...steps.slice(0, i + 1)))];
  }

  fault(why: string): SourceError {
    return new SourceError("bad-import", `cannot import ${JSON.stringify(this.#spec.path)}: ${why}`, this.#spec.pos);
  }

  get shownFolder(): string {
    return relative(this.#scope.baseDir, this.#folders.at(-1) ?? "") || ".";
  }

  /** The files of its folder with its name, and those in the folders above, up to the module's; undefined for another module. */
  async ownFiles(): Promise<File[] | undefined> {
    const last = this.#folders.at(-1);
    if (last === undefined) return undefined;
    for (const folder of this.#folders.slice(1)) {
      const isModule = await access(moduleFile(folder)).then(
        () => true,
        () => false,
      );
      if (isModule) throw this.fault(`${relative(this.#scope.baseDir, folder)} is a module of its own`);
    }
    const files = await this.#read(this.#folders);
    return files.some(({ file }) => dirname(join(this.#scope.baseDir, file)) === last) ? files : [];
  }

  /** What is kept in the module of packages that are not its own. */
  keptFiles(): Promise<File[]> {
    const { path } = this.path;
    return this.#read(["gen", "pkg", "usr"].map((name) => join(this.#module.root, "cue.mod", name, path)));
  }

  async #read(folders: readonly string[]): Promise<File[]> {
    const files = await Promise.all(folders.map((folder) => this.#readFolder(folder)));
    return files.flat().filter((file) => file.package?.name === this.path.name && !isLeftOut(file));
  }

  /** The files of a folder that are part of packages: no tests, tools, or hidden files. */
  async #readFolder(folder: string): Promise<File[]> {
    const names = await readdir(folder).catch(() => []);
    const wanted = names.filter((name) => /^[^._].*\.cue$/.test(name) && !/_(?:test|tool)\.cue$/.test(name)).sort();
    return Promise.all(
      wanted.map(async (name) => {
        const shown = relative(this.#scope.baseDir, join(folder, name));
        const text = decodeSource(await readFile(join(folder, name)), shown);
        this.#scope.onSource?.(shown, text);
        const { file, errors } = parse(text, shown, this.#spec.path);
        throwFaults(errors);
        return file;
      }),
    );
  }
}
