import { visitExpression } from "./assemble.js";
import { helpers } from "./helpers.js";
import {
  type Expression,
  type Flow,
  isBlock,
  type PartialNode,
  type PathExpression,
  type Place,
  type TemplateProgram,
  type ValueNode,
} from "./program.js";
import type { Partials } from "./render.js";

/** A path from the root of the context, as far as it is known; `undefined` as a step is any item of a list or map. */
export type TemplatePath = Readonly<{
  /** The template, or the partial that it uses. */
  file: string;
  place: Place;
  steps: readonly (string | undefined)[];
  /** Whether the value is used with all that is in it; a block helper looks at it, or goes into it, only. */
  isWhole: boolean;
}>;

/** A comparison of a path with a literal: `(eq values.mode "strict")`. */
export type TemplateTest = Readonly<{ file: string; place: Place; steps: TemplatePath["steps"]; value: JsonScalar }>;
type JsonScalar = string | number | boolean | null;

/**
 * Every path of a template that can be traced back to the root: for checks against a schema. In the partials that it uses,
 * `args` lead to what is given there.
 */
export function templatePaths(program: TemplateProgram, partials: Partials = new Map()): TemplatePath[] {
  return collect(program, partials).paths;
}

/** Every comparison of a path from the root with a literal, by `eq`. */
export function templateTests(program: TemplateProgram, partials: Partials = new Map()): TemplateTest[] {
  return collect(program, partials).tests;
}

/** A partial where a template uses it; `isEntry` where it stands among the entries of a map, `isDocument` as documents. */
export type PartialUse = Readonly<{ node: PartialNode; isEntry: boolean; isDocument: boolean }>;

/** What a template reads of what it is given as a partial; `isSure` where it is read whatever the values are. */
export type ReadArg = Readonly<{ name: string; place: Place; isSure: boolean }>;

/** The partials that a template uses itself, and the arguments that it reads. */
export function partialFacts(
  program: TemplateProgram,
): Readonly<{ uses: readonly PartialUse[]; args: readonly ReadArg[] }> {
  return collect(program, new Map());
}

function collect(program: TemplateProgram, partials: Partials): Collector {
  const collector = new Collector(partials);
  collector.program(program, new Map());
  return collector;
}

type Steps = readonly (string | undefined)[];
/** What is known of a context: its own path from the root, or undefined. */
type Known = Readonly<{
  steps: Steps | undefined;
  outer: Known | undefined;
  names: ReadonlyMap<string, Steps | undefined>;
  /** What a partial is given. */
  args: ReadonlyMap<string, Steps | undefined>;
  file: string;
  /** Whether no block stands around. */
  isSure: boolean;
}>;

class Collector {
  readonly paths: TemplatePath[] = [];
  readonly tests: TemplateTest[] = [];
  readonly uses: PartialUse[] = [];
  readonly args: ReadArg[] = [];
  readonly #partials: Partials;
  /** Partials with what they were given: the same gives the same paths. */
  readonly #seen = new Set<string>();

  constructor(partials: Partials) {
    this.#partials = partials;
  }

  program({ file, documents }: TemplateProgram, args: Known["args"]): void {
    const root: Known = { steps: [], outer: undefined, names: new Map(), args, file, isSure: true };
    this.flow(documents, root, ({ value }, scope) => {
      if (value.kind === "partial") this.#partial(value, scope, { isEntry: false, isDocument: true });
      else this.value(value, scope);
    });
  }

  flow<T extends Readonly<{ kind: string }>>(
    flow: readonly Flow<T>[],
    around: Known,
    visit: (element: T, scope: Known) => void,
  ): void {
    for (const element of flow) {
      if (!isBlock(element)) {
        visit(element, around);
        continue;
      }
      const scope = { ...around, isSure: false };
      const subject = element.kind === "if" ? element.test : element.kind === "each" ? element.over : element.value;
      this.#expression(subject, scope, { isWhole: subject.kind !== "path" });
      this.flow(element.otherwise, scope, visit);
      if (element.kind === "if") {
        this.flow(element.body, scope, visit);
        continue;
      }
      const reached = subject.kind === "path" ? this.#trace(subject, scope) : undefined;
      const steps = element.kind === "each" ? reached && [...reached, undefined] : reached;
      const [value, key] = element.names;
      const names = new Map(scope.names);
      if (value !== undefined) names.set(value, steps);
      if (key !== undefined) names.set(key, undefined);
      this.flow(element.body, { ...scope, steps, outer: scope, names }, visit);
    }
  }

  value(node: ValueNode, scope: Known): void {
    if (node.kind === "value") this.#expression(node.value, { ...scope, isSure: scope.isSure && !node.optional });
    else if (node.kind === "text") {
      this.flow(node.parts, scope, (part, at) => {
        if (part.kind === "insert") this.#expression(part.value, at);
      });
    } else if (node.kind === "partial") this.#partial(node, scope, { isEntry: false, isDocument: false });
    else if (node.kind === "list") this.flow(node.items, scope, (item, at) => this.value(item.value, at));
    else if (node.kind === "map") {
      this.flow(node.entries, scope, (entry, at) => {
        if (entry.kind === "partial") {
          this.#partial(entry, at, { isEntry: true, isDocument: false });
          return;
        }
        if (typeof entry.key !== "string") this.value(entry.key, at);
        this.value(entry.value, at);
      });
    }
  }

  #partial(node: PartialNode, scope: Known, where: Omit<PartialUse, "node">): void {
    const { name, args } = node;
    this.uses.push({ node, ...where });
    for (const [, value] of args)
      this.#expression(value, { ...scope, isSure: false }, { isWhole: value.kind !== "path" });
    const given = new Map(
      args.map(([key, value]) => [key, value.kind === "path" ? this.#trace(value, scope) : undefined]),
    );
    const key = JSON.stringify([name, ...given]);
    const program = this.#partials.get(name);
    if (program === undefined || this.#seen.has(key)) return;
    this.#seen.add(key);
    this.program(program, given);
  }

  #expression(expression: Expression, scope: Known, { isWhole } = { isWhole: true }): void {
    const sure = new Set(scope.isSure ? surePaths(expression) : []);
    visitExpression(expression, (part) => {
      const steps = part.kind === "path" ? this.#trace(part, scope) : undefined;
      const { file } = scope;
      const arg = part.kind === "path" ? argOf(this.#traceHere(part, scope)) : undefined;
      if (part.kind === "path" && arg !== undefined)
        this.args.push({ name: arg, place: part.place, isSure: sure.has(part) });
      if (part.kind === "path" && steps !== undefined) this.paths.push({ file, place: part.place, steps, isWhole });
      if (part.kind !== "call" || part.helper !== "eq") return;
      const [left, right] = part.args;
      const tested = left?.kind === "path" ? this.#trace(left, scope) : undefined;
      if (tested !== undefined && right?.kind === "literal")
        this.tests.push({ file, place: part.place, steps: tested, value: right.value });
    });
  }

  #trace(path: PathExpression, scope: Known): Steps | undefined {
    const steps = this.#traceHere(path, scope);
    if (steps?.[0] !== "args") return steps;
    const given = scope.args.get(steps[1] ?? "");
    return given && [...given, ...steps.slice(2)];
  }

  #traceHere({ from, steps }: PathExpression, scope: Known): Steps | undefined {
    if (from.at === "turn") return undefined;
    if (from.at === "root") return steps;
    if (from.at === "name") {
      const start = scope.names.get(from.name);
      return start && [...start, ...steps];
    }
    let at: Known | undefined = scope;
    for (let up = from.up; up > 0; up--) at = at?.outer;
    return at?.steps && [...at.steps, ...steps];
  }
}

/** The argument that a path leads into. */
function argOf(steps: Steps | undefined): string | undefined {
  return steps?.[0] === "args" ? steps[1] : undefined;
}

/** The paths of an expression that must lead to a value whatever the others are. */
function surePaths(expression: Expression): PathExpression[] {
  if (expression.kind === "path") return [expression];
  const helper = expression.kind === "call" ? helpers.get(expression.helper) : undefined;
  if (expression.kind !== "call" || helper === undefined || helper.params.some(({ absent }) => absent)) return [];
  return [...expression.args, ...expression.named.map(([, value]) => value)].flatMap(surePaths);
}
