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
export type TemplatePath = Readonly<{ place: Place; steps: readonly (string | undefined)[] }>;

/** Every path of a template that can be traced back to the root: for checks against a schema. */
export function templatePaths(program: TemplateProgram): TemplatePath[] {
  const collector = new Collector();
  collector.flow(program.documents, { steps: [], outer: undefined, names: new Map() }, (document, scope) =>
    collector.value(document.value, scope),
  );
  return collector.paths;
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
      this.#expression(subject, scope);
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

  #expression(expression: Expression, scope: Known): void {
    visitExpression(expression, (part) => {
      const steps = part.kind === "path" ? this.#trace(part, scope) : undefined;
      if (part.kind === "path" && steps !== undefined) this.paths.push({ place: part.place, steps });
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
