import type { Expr, File } from "./ast.js";
import type { Package } from "./packages/package.js";
import { standardPackages } from "./packages/standard-packages.js";
import { someExpr } from "./some-expr.js";

/** A compiled regular expression of RE2's syntax. */
export type Regexp = Readonly<{ test: (text: string) => boolean }>;

/** What evaluation may need beyond the language's core, and what takes time to load. */
export type Library = Readonly<{
  /** Compiles a pattern, or says what is wrong with it. */
  compileRegexp?: (pattern: string) => Regexp | string;
  /** What imports give, by their paths. */
  packages?: ReadonlyMap<string, Package>;
}>;

/**
 * Loads what files use beyond the core; nothing for most. The result goes to `evaluate`.
 *
 * @example
 * ```ts
 * const { value } = evaluate(files, { library: await loadLibrary(files) });
 * ```
 */
export async function loadLibrary(files: readonly File[]): Promise<Library> {
  const packages = new Map<string, Package>();
  for (const { imports } of files)
    for (const { path } of imports) {
      const load = standardPackages.get(path);
      if (load !== undefined && !packages.has(path)) packages.set(path, await load());
    }
  const library = packages.size === 0 ? {} : { packages };
  if (!files.some((file) => someExpr(file, usesRegexp))) return library;
  const { compileRegexp } = await import("./regexp.js");
  return { ...library, compileRegexp };
}

function usesRegexp(expr: Expr): boolean {
  return (expr.kind === "unary" || expr.kind === "binary") && (expr.op === "=~" || expr.op === "!~");
}
