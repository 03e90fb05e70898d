import type { SourcePos } from "../diagnostics/index.js";
import { isJsonObject, type JsonObject, type JsonValue, setKey } from "../json/index.js";
import {
  describe,
  evaluate,
  evaluateMaybe,
  kindOf,
  rootScope,
  type Scope,
  type Turn,
  templateError,
} from "./evaluate.js";
import { isTruthy, textOf } from "./helpers.js";
import { Budget, defaultLimits, LimitReached, type TemplateLimits } from "./limits.js";
import {
  type EachBlock,
  type EntryNode,
  type Expression,
  type Flow,
  isBlock,
  type Place,
  type TemplateProgram,
  type TextNode,
  type ValueNode,
} from "./program.js";
import { placeToPos } from "./text-places.js";

/** Is told where each entry of a map and each item of a list comes from, when it is put there. */
export type Trace = (container: JsonObject | JsonValue[], key: string | number, pos: SourcePos) => void;

/** A document that a template gave, and where it starts there. */
export type RenderedDocument = Readonly<{ value: JsonValue; place: Place }>;

/**
 * Renders a compiled template. Pure: no clock, environment, files or chance; the same context gives the same documents.
 * What comes out shares nothing with the context. Documents that are null or an empty map are left out.
 *
 * @param context What paths start from: `values`, `instance`, `module`, `kube`, `bundle`
 * @throws {TemplateError} With the place in the template and the path at fault; values are not shown
 * @example
 * ```ts
 * const { program } = await compileTemplate("kind: {{values.kind}}", "kind.yaml");
 * renderTemplate(program, { values: { kind: "Secret" } }); // [{ kind: "Secret" }]
 * ```
 */
export function renderTemplate(
  program: TemplateProgram,
  context: JsonObject,
  limits?: Partial<TemplateLimits>,
): JsonValue[] {
  return renderDocuments(program, context, limits).map((document) => document.value);
}

/** As {@link renderTemplate}, with the place of every document, and with `trace` that of everything in them. */
export function renderDocuments(
  program: TemplateProgram,
  context: JsonObject,
  limits?: Partial<TemplateLimits>,
  trace?: Trace,
): RenderedDocument[] {
  const documents: RenderedDocument[] = [];
  const renderer = new Renderer(new Budget({ ...defaultLimits, ...limits }), trace);
  renderer.run(program.documents, rootScope(program.file, context), (document, scope) => {
    const value = renderer.guard(document.place, scope, () => {
      const rendered = renderer.value(document.value, scope, 0);
      const empty =
        rendered === undefined || rendered === null || (isJsonObject(rendered) && Object.keys(rendered).length === 0);
      if (empty) return undefined;
      renderer.budget.document();
      return rendered;
    });
    if (value !== undefined) documents.push({ value, place: document.place });
  });
  return documents;
}

class Renderer {
  readonly budget: Budget;
  readonly #trace: Trace | undefined;

  constructor(budget: Budget, trace: Trace | undefined) {
    this.budget = budget;
    this.#trace = trace;
  }

  /** Gives each element that the blocks let through to `emit`, with the scope that it stands in. */
  run<T extends Readonly<{ kind: string }>>(
    flow: readonly Flow<T>[],
    scope: Scope,
    emit: (element: T, scope: Scope) => void,
  ): void {
    for (const element of flow) {
      if (!isBlock(element)) emit(element, scope);
      else if (element.kind === "if") {
        const taken = isTruthy(evaluateMaybe(element.test, scope)) === element.wanted;
        this.run(taken ? element.body : element.otherwise, scope, emit);
      } else if (element.kind === "with") {
        const value = evaluateMaybe(element.value, scope);
        if (value === undefined || !isTruthy(value)) this.run(element.otherwise, scope, emit);
        else this.run(element.body, inner(scope, value, scope.turn, element.names, [value]), emit);
      } else this.#each(element, scope, emit);
    }
  }

  #each<T extends Readonly<{ kind: string }>>(
    block: EachBlock<T>,
    scope: Scope,
    emit: (element: T, scope: Scope) => void,
  ): void {
    const over = evaluateMaybe(block.over, scope) ?? [];
    if (typeof over !== "object") {
      const detail = `{{#each ${describe(block.over)}}} wants a list or a map, found ${kindOf(over)}`;
      throw templateError("wrong-type", detail, block.place, scope);
    }
    const turns: [string | number, JsonValue][] = Array.isArray(over)
      ? over.map((item, index) => [index, item])
      : Object.entries(over);
    if (turns.length === 0) this.run(block.otherwise, scope, emit);
    for (const [index, [key, value]] of turns.entries()) {
      this.guard(block.place, scope, () => this.budget.node(0));
      const turn: Turn = { key, index, first: index === 0, last: index === turns.length - 1, outer: scope.turn };
      this.run(block.body, inner(scope, value, turn, block.names, [value, key]), emit);
    }
  }

  /** The value of a node; undefined where `optional` leaves it out. */
  value(node: ValueNode, scope: Scope, depth: number): JsonValue | undefined {
    switch (node.kind) {
      case "constant":
        return this.copy(node.value, depth);
      case "value": {
        const value = node.optional ? (evaluateMaybe(node.value, scope) ?? undefined) : evaluate(node.value, scope);
        return value === undefined ? undefined : this.guard(node.place, scope, () => this.copy(value, depth));
      }
      case "text":
        this.budget.node(depth);
        return this.text(node, scope);
      case "map":
        return this.#map(node.entries, scope, depth);
      case "list": {
        this.budget.node(depth);
        const items: JsonValue[] = [];
        this.run(node.items, scope, (item, at) => {
          const value = this.value(item.value, at, depth + 1);
          if (value === undefined) return;
          this.#trace?.(items, items.length, placeToPos(at.file, item.place));
          items.push(value);
        });
        return items;
      }
    }
  }

  #map(entries: readonly Flow<EntryNode>[], scope: Scope, depth: number): JsonObject {
    this.budget.node(depth);
    const made: JsonObject = {};
    this.run(entries, scope, (entry, at) => {
      const value = this.value(entry.value, at, depth + 1);
      if (value === undefined) return;
      const key = typeof entry.key === "string" ? entry.key : this.text(entry.key, at);
      if (Object.hasOwn(made, key)) {
        const which = typeof entry.key === "string" ? `the key ${key}` : "a key that is computed here";
        throw templateError("duplicate-key", `${which} is in the map already`, entry.place, at);
      }
      this.guard(entry.place, at, () => this.budget.text(key));
      this.#trace?.(made, key, placeToPos(at.file, entry.place));
      setKey(made, key, value);
    });
    return made;
  }

  text(node: TextNode, scope: Scope): string {
    const parts: string[] = [];
    this.run(node.parts, scope, (part, at) => {
      const text = part.kind === "literal" ? part.text : insertText(part.value, part.indent, part.place, at);
      this.guard(node.place, at, () => this.budget.text(text));
      parts.push(text);
    });
    const text = parts.join("");
    return node.strip && text.endsWith("\n") ? text.slice(0, -1) : text;
  }

  /** A deep copy that is counted. */
  copy(value: JsonValue, depth: number): JsonValue {
    this.budget.node(depth);
    if (typeof value === "string") this.budget.text(value);
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) return value.map((item) => this.copy(item, depth + 1));
    const made: JsonObject = {};
    for (const [key, item] of Object.entries(value)) {
      this.budget.text(key);
      setKey(made, key, this.copy(item, depth + 1));
    }
    return made;
  }

  /** Says where a bound was passed. */
  guard<T>(place: Place, scope: Scope, make: () => T): T {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof LimitReached)) throw error;
      throw templateError("limit-exceeded", `the template makes more than ${error.bound}`, place, scope);
    }
  }
}

function insertText(expression: Expression, indent: string, place: Place, scope: Scope): string {
  const value = evaluate(expression, scope);
  if (value === null || typeof value === "object") {
    const advice = value === null ? "(default … fallback)" : "(json …), or make it the whole value";
    const detail = `${describe(expression)} is ${kindOf(value)} and cannot stand inside a string; write ${advice}`;
    throw templateError("wrong-type", detail, place, scope);
  }
  const text = textOf(value);
  return indent === "" ? text : text.replace(/\n(?=[^\r\n])/g, `\n${indent}`);
}

function inner(
  scope: Scope,
  context: JsonValue,
  turn: Turn | undefined,
  names: readonly string[],
  values: readonly JsonValue[],
): Scope {
  let bound = scope.names;
  for (const [index, name] of names.entries()) bound = { name, value: values[index] ?? null, outer: bound };
  return { file: scope.file, root: scope.root, context, outer: scope, turn, names: bound };
}
