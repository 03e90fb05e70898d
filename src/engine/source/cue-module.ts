import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { type File, type ImportSpec, isLeftOut, type PackageLoader, parse } from "../cue/index.js";
import { SourceError, throwFaults } from "../diagnostics/index.js";
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

/** A module of CUE: its folder, and the path that imports of its packages start with. */
type CueModule = Readonly<{ root: string; path: string }>;

/**
 * Loads the packages of the module around a folder. Packages of other modules would come from a registry; none is asked.
 * The loader gives undefined for those.
 *
 * @example
 * ```ts
 * const load = localPackages({ workdir: "/srv/fleet", baseDir: "/srv" });
 * ```
 */
export function localPackages(scope: ImportScope): PackageLoader {
  let module: Promise<CueModule | undefined> | undefined;
  return async (spec) => {
    module ??= findModule(scope.workdir, scope);
    const found = await module;
    const [, path = "", name] = /^([^:]*)(?::(.*))?$/.exec(spec.path) ?? [];
    const plain = path.replace(/@v\d+(?=\/|$)/, "");
    if (found === undefined || (plain !== found.path && !plain.startsWith(`${found.path}/`))) return undefined;
    const steps = plain.slice(found.path.length + 1).split("/");
    if (steps.some((step) => step.startsWith(".") || step.startsWith("_")))
      throw new SourceError("bad-import", `invalid import path ${JSON.stringify(spec.path)}`, spec.pos);
    return readPackage(found, steps, name ?? plain.split("/").at(-1) ?? "", spec, scope);
  };
}

async function findModule(start: string, scope: ImportScope): Promise<CueModule | undefined> {
  for (let dir = start; ; dir = dirname(dir)) {
    const file = join(dir, "cue.mod", "module.cue");
    const bytes = await readFile(file).catch(() => undefined);
    if (bytes !== undefined) return { root: dir, path: modulePath(bytes, relative(scope.baseDir, file)) };
    if (dirname(dir) === dir) return undefined;
  }
}

function modulePath(bytes: Uint8Array, name: string): string {
  const { file, errors } = parse(decodeSource(bytes, name), name);
  throwFaults(errors);
  for (const decl of file.decls) {
    if (decl.kind !== "field" || decl.label.kind !== "identifier" || decl.label.name !== "module") continue;
    if (decl.value.kind === "literal" && decl.value.value.type === "string")
      return decl.value.value.value.replace(/@v\d+$/, "");
  }
  const pos = { file: name, offset: 0, line: 1, column: 1 };
  throw new SourceError("bad-module", 'the file names no module; write module: "example.com/fleet@v0"', pos);
}

/** The files of a package: those of its folder with its name, and those in the folders above, up to the module's. */
async function readPackage(
  { root }: CueModule,
  steps: readonly string[],
  name: string,
  spec: ImportSpec,
  scope: ImportScope,
): Promise<readonly File[]> {
  const files: File[] = [];
  for (let depth = 0; depth <= steps.length; depth++) {
    const dir = join(root, ...steps.slice(0, depth));
    for (const file of await readFiles(dir, scope)) if (file.package?.name === name) files.push(file);
  }
  const last = join(root, ...steps);
  const isThere = files.some(({ file }) => dirname(join(scope.baseDir, file)) === last);
  if (isThere) return files;
  const where = relative(scope.baseDir, last) || ".";
  const detail = `cannot import ${JSON.stringify(spec.path)}: there are no files of a package ${name} in ${where}`;
  throw new SourceError("bad-import", detail, spec.pos);
}

/** The files of a folder that are part of packages: no tests, tools, hidden files, or files that `@if` leaves out. */
async function readFiles(dir: string, { baseDir, onSource }: ImportScope): Promise<File[]> {
  const names = await readdir(dir).catch(() => []);
  const wanted = names.filter((name) => /^[^._].*\.cue$/.test(name) && !/_(?:test|tool)\.cue$/.test(name)).sort();
  return (
    await Promise.all(
      wanted.map(async (name) => {
        const shown = relative(baseDir, join(dir, name));
        const text = decodeSource(await readFile(join(dir, name)), shown);
        onSource?.(shown, text);
        const { file, errors } = parse(text, shown);
        throwFaults(errors);
        return file;
      }),
    )
  ).filter((file) => !isLeftOut(file));
}
