import { adviseOnName, comparePos, SourceError, type SourcePos, suggest } from "../diagnostics/index.js";
import type { Located } from "../json/index.js";
import type { File } from "./ast.js";
import { type Limits, limitsFor } from "./budget.js";
import { buildAttributeFaults, isLeftOut } from "./build-attributes.js";
import { Evaluator } from "./evaluator.js";
import { Exporter } from "./export.js";
import { errorAt, type Fault, LimitExceeded, toSourceError } from "./fault.js";
import { isDefinitionKey, isRegularKey, keyName, regularKey } from "./label.js";
import type { Library } from "./library.js";
import { maxAdvised } from "./name-advice.js";
import { packageFaults } from "./package-clauses.js";
import { standardPackages } from "./packages/standard-packages.js";
import { resolve } from "./resolve.js";
import { presences, type Vertex } from "./vertex.js";
import { view } from "./view.js";

export type EvaluateOptions = Readonly<{
  /** The field to export, such as `["bundle"]`; the whole value unless given. Other fields need not be concrete then. */
  path?: readonly string[];
  /** What to export in place of a field, see `parseExpression`. */
  expression?: File;
  limits?: Partial<Limits>;
  /** What the files need beyond the core, see `loadLibrary`. */
  library?: Library;
}>;

/**
 * Unifies files as one package, and exports the concrete value at a path. All errors are collected, sorted by place; where
 * there is one, there is no value.
 *
 * @example
 * ```ts
 * const { file } = parse("replicas: *1 | int, name: \"web-\\(replicas)\"", "web.cue");
 * const { value, errors } = evaluate([file]); // {"replicas":1,"name":"web-1"}
 * ```
 */
export function evaluate(
  given: readonly File[],
  options: EvaluateOptions = {},
): { value?: Located; errors: SourceError[] } {
  const files = given.filter((file) => !isLeftOut(file));
  const { expression, library = {} } = options;
  const scope = expression === undefined ? files : [...files, expression];
  const { meanings, errors, size } = resolve(files, expression);
  errors.push(...buildAttributeFaults(given), ...unsupportedParts(scope, library));
  let wholeSize = size;
  for (const each of library.packages?.values() ?? []) {
    const inner = resolve(each.files);
    wholeSize += inner.size;
    errors.push(...unsupportedParts(each.files, library));
    for (const [identifier, meaning] of inner.meanings) meanings.set(identifier, meaning);
    errors.push(...inner.errors);
  }
  if (errors.length > 0) return { errors: sorted(withoutEchoes(errors)) };
  const evaluator = new Evaluator(meanings, library, { ...limitsFor(wholeSize), ...options.limits });
  const exporter = new Exporter(evaluator);
  try {
    const root = evaluator.root(files);
    const value =
      expression === undefined
        ? exportPath(evaluator, exporter, { root, start: startOf(files) }, options.path ?? [])
        : exportExpression(evaluator, exporter, root, expression);
    for (const fault of evaluator.unsupportedFaults) exporter.faults.add(fault);
    if (exporter.faults.size > 0 || value === undefined) return { errors: report(exporter.faults) };
    return { value, errors: [] };
  } catch (error) {
    if (error instanceof LimitExceeded) return { errors: [error.error] };
    // The limits keep the stack far from its end; a caller that comes with a full one still gets an answer.
    if (!(error instanceof RangeError)) throw error;
    return { errors: [new SourceError("limit-exceeded", "the files nest too deep", startOf(files))] };
  }
}

function exportExpression(evaluator: Evaluator, exporter: Exporter, root: Vertex, file: File): Located | undefined {
  exporter.check(root);
  if (exporter.faults.size > 0) return undefined;
  return exporter.data(evaluator.expressionVertex(root, file));
}

function exportPath(
  evaluator: Evaluator,
  exporter: Exporter,
  { root, start }: Readonly<{ root: Vertex; start: SourcePos }>,
  path: readonly string[],
): Located | undefined {
  let at = root;
  for (const [index, step] of path.entries()) {
    const base = view(evaluator, at);
    exporter.checkOwn(base);
    const key = isRegularKey(step) && !isDefinitionKey(step) ? regularKey(step) : step;
    const next = /^\d+$/.test(step) && base.items !== undefined ? base.items[Number(step)] : base.arcs?.get(key);
    if (next === undefined || next.presence !== presences.regular) {
      const known = [...(base.arcs?.keys() ?? [])].filter(isRegularKey).map(keyName);
      const detail = `there is no field ${JSON.stringify(keyName(key))}; ${adviseOnName(step, known)}`;
      if (exporter.faults.size === 0) exporter.faults.add(missing(at, detail, start, index));
      return undefined;
    }
    for (const other of base.arcs?.values() ?? [])
      if (other !== next && other.presence !== presences.optional) exporter.check(other);
    at = next;
  }
  return exporter.data(at);
}

function missing(vertex: Vertex, detail: string, pos: SourcePos, depth: number): Fault {
  const place = depth === 0 ? pos : (vertex.keyPos ?? pos);
  return errorAt(vertex, "reference-not-found", detail, place);
}

/** What files have that would change their meaning, and is not taken account of. */
function unsupportedParts(files: readonly File[], { packages }: Library): SourceError[] {
  const errors = packageFaults(files);
  for (const { decls, imports } of files) {
    for (const { path, pos } of imports) if (!packages?.has(path)) errors.push(importFault(path, pos));
    for (const decl of decls)
      if (decl.kind === "attribute" && (decl.name === "extern" || decl.name === "experiment"))
        errors.push(new SourceError("unsupported", `the attribute @${decl.name} of a file is not supported`, decl.pos));
  }
  return errors;
}

function startOf(files: readonly File[]): SourcePos {
  const [first] = files;
  return first?.decls[0]?.pos ?? { file: first?.file ?? "", offset: 0, line: 1, column: 1 };
}

/** Errors; and what is only incomplete where there are none, since it may be so because of them. */
function report(faults: ReadonlySet<Fault>): SourceError[] {
  const errors = [...faults].filter(({ kind }) => kind === "error");
  if (errors.length === 0) {
    const incomplete = new Map(toSourceErrors([...faults]).map((error) => [error.message, error]));
    return sorted([...incomplete.values()]);
  }
  // A fault that several fields come by through references is one: that of the field which has the fewest to it.
  const distinct = new Map<string, Fault>();
  for (const fault of errors) {
    const { file, offset } = fault.origin ?? fault.pos;
    const key = `${fault.code}:${file}:${offset}:${fault.detail}`;
    const known = distinct.get(key);
    if (known === undefined || fault.related.length < known.related.length) distinct.set(key, fault);
  }
  return sorted(toSourceErrors([...distinct.values()]));
}

function toSourceErrors(faults: readonly Fault[]): SourceError[] {
  return faults.map((fault, index) => toSourceError(fault, index < maxAdvised));
}

/** That a package which cannot be imported is not used either says nothing new. */
function withoutEchoes(errors: readonly SourceError[]): SourceError[] {
  const unsupported = errors.filter(({ code }) => code === "unsupported");
  return errors.filter(({ code, pos }) => code !== "unused" || !unsupported.some((other) => other.pos === pos));
}

function sorted(errors: readonly SourceError[]): SourceError[] {
  return [...errors].sort((a, b) => comparePos(a.pos, b.pos));
}

function importFault(path: string, pos: SourcePos): SourceError {
  const shown = JSON.stringify(path);
  const near = suggest(path, standardPackages.keys());
  const hint = near === undefined ? "" : `; did you mean ${JSON.stringify(near)}?`;
  const isForeign = path.split("/")[0]?.includes(".") ?? false;
  const reason = isForeign
    ? "packages of other modules are not fetched from registries"
    : `there is no such standard package here${hint}`;
  return new SourceError("unsupported", `cannot import ${shown}: ${reason}`, pos);
}
