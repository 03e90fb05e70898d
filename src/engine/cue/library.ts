import type { Expr, File } from "./ast.js";
import { someExpr } from "./some-expr.js";

/** A compiled regular expression of RE2's syntax. */
export type Regexp = Readonly<{ test: (text: string) => boolean }>;

/** What evaluation may need beyond the language's core, and what takes time to load. */
export type Library = Readonly<{
  /** Compiles a pattern, or says what is wrong with it. */
  compileRegexp?: (pattern: string) => Regexp | string;
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
  if (!files.some((file) => someExpr(file, usesRegexp))) return {};
  const { compileRegexp } = await import("./regexp.js");
  return { compileRegexp };
}

function usesRegexp(expr: Expr): boolean {
  return (expr.kind === "unary" || expr.kind === "binary") && (expr.op === "=~" || expr.op === "!~");
}
