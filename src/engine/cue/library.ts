import { SourceError } from "../diagnostics/index.js";
import type { Expr, File, ImportSpec } from "./ast.js";
import { isLeftOut } from "./build-attributes.js";
import type { Package } from "./packages/package.js";
import { standardPackages } from "./packages/standard-packages.js";
import { someExpr } from "./some-expr.js";

/** A compiled regular expression of RE2's syntax. `size` is how many instructions it takes. */
export type Regexp = Readonly<{ test: (text: string) => boolean; size: number }>;

/** What evaluation may need beyond the language's core, and what takes time to load. */
export type Library = Readonly<{
  /** Compiles a pattern, or says what is wrong with it. */
  compileRegexp?: (pattern: string) => Regexp | string;
  /** What imports give, by their paths. */
  packages?: ReadonlyMap<string, Package>;
}>;

/** Reads the files of a package that is no standard one; undefined for one that it does not know. */
export type PackageLoader = (spec: ImportSpec) => Promise<readonly File[] | undefined>;

/**
 * Loads what files use beyond the core; nothing for most. The result goes to `evaluate`.
 *
 * @throws {SheafError} For packages that import each other, and what `loadPackage` throws
 *
 * @example
 * ```ts
 * const { value } = evaluate(files, { library: await loadLibrary(files) });
 * ```
 */
export async function loadLibrary(files: readonly File[], loadPackage?: PackageLoader): Promise<Library> {
  const packages = new Map<string, Package>();
  await loadImports(files, loadPackage, packages, []);
  const library = packages.size === 0 ? {} : { packages };
  const all = [...files, ...[...packages.values()].flatMap((each) => each.files)];
  if (!all.some((file) => someExpr(file, usesRegexp))) return library;
  const { compileRegexp } = await import("./regexp.js");
  return { ...library, compileRegexp };
}

async function loadImports(
  files: readonly File[],
  loadPackage: PackageLoader | undefined,
  packages: Map<string, Package>,
  within: readonly string[],
): Promise<void> {
  for (const spec of files.filter((file) => !isLeftOut(file)).flatMap(({ imports }) => imports)) {
    const { path, pos } = spec;
    if (within.includes(path)) {
      const detail = `import cycle not allowed: ${[...within, path].map((each) => JSON.stringify(each)).join(" imports ")}`;
      throw new SourceError("cycle", detail, pos);
    }
    if (packages.has(path)) continue;
    const local = standardPackages.has(path) ? undefined : await loadPackage?.(spec);
    const found = local === undefined ? await standardPackages.get(path)?.() : { files: local };
    if (found === undefined) continue;
    if (local !== undefined) await loadImports(local, loadPackage, packages, [...within, path]);
    packages.set(path, found);
  }
}

function usesRegexp(expr: Expr): boolean {
  return (expr.kind === "unary" || expr.kind === "binary") && (expr.op === "=~" || expr.op === "!~");
}
