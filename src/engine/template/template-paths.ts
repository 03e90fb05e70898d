import { visitExpression } from "./assemble.js";
import {
  type Expression,
  type Flow,
  isBlock,
  type PathExpression,
  type Place,
  type TemplateProgram,
  type ValueNode,
} from "./program.js";

/** A path from the root of the context, as far as it is known; `undefined` as a step is any item of a list or map. */
export type TemplatePath = Readonly<{
  place: Place;
  steps: readonly (string | undefined)[];
  /** Whether the value is used with all that is in it; a block helper looks at it, or goes into it, only. */
  isWhole: boolean;
}>;

/** A comparison of a path with a literal: `(eq values.mode "strict")`. */
export type TemplateTest = Readonly<{ place: Place; steps: TemplatePath["steps"]; value: JsonScalar }>;
type JsonScalar = string | number | boolean | null;

/** Every path of a template that can be traced back to the root: for checks against a schema. */
export function templatePaths(program: TemplateProgram): TemplatePath[] {
  return collect(program).paths;
}

/** Every comparison of a path from the root with a literal, by `eq`. */
export function templateTests(program: TemplateProgram): TemplateTest[] {
  return collect(program).tests;
}

function collect(program: TemplateProgram): Collector {
  const collector = new Collector();
  collector.flow(program.documents, { steps: [], outer: undefined, names: new Map() }, (document, scope) =>
    collector.value(document.value, scope),
  );
  return collector;
}

type Steps = readonly (string | undefined)[];
/** What is known of a context: its own path from the root, or undefined. */
type Known = Readonly<{
  steps: Steps | undefined;
  outer: Known | undefined;
  names: ReadonlyMap<string, Steps | undefined>;
}>;

class Collector {
  readonly paths: TemplatePath[] = [];
  readonly tests: TemplateTest[] = [];

  flow<T extends Readonly<{ kind: string }>>(
    flow: readonly Flow<T>[],
    scope: Known,
    visit: (element: T, scope: Known) => void,
  ): void {
    for (const element of flow) {
      if (!isBlock(element)) {
        visit(element, scope);
        continue;
      }
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
      this.flow(element.body, { steps, outer: scope, names }, visit);
    }
  }

  value(node: ValueNode, scope: Known): void {
    if (node.kind === "value") this.#expression(node.value, scope);
    else if (node.kind === "text") {
      this.flow(node.parts, scope, (part, at) => {
        if (part.kind === "insert") this.#expression(part.value, at);
      });
    } else if (node.kind === "list") this.flow(node.items, scope, (item, at) => this.value(item.value, at));
    else if (node.kind === "map") {
      this.flow(node.entries, scope, (entry, at) => {
        if (typeof entry.key !== "string") this.value(entry.key, at);
        this.value(entry.value, at);
      });
    }
  }

  #expression(expression: Expression, scope: Known, { isWhole } = { isWhole: true }): void {
    visitExpression(expression, (part) => {
      const steps = part.kind === "path" ? this.#trace(part, scope) : undefined;
      if (part.kind === "path" && steps !== undefined) this.paths.push({ place: part.place, steps, isWhole });
      if (part.kind !== "call" || part.helper !== "eq") return;
      const [left, right] = part.args;
      const tested = left?.kind === "path" ? this.#trace(left, scope) : undefined;
      if (tested !== undefined && right?.kind === "literal")
        this.tests.push({ place: part.place, steps: tested, value: right.value });
    });
  }

  #trace({ from, steps }: PathExpression, scope: Known): Steps | undefined {
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
