import type { SourcePos } from "../diagnostics/index.js";
import { isJsonObject, type JsonObject, type JsonValue, setKey } from "../json/index.js";
import { TemplateError } from "./errors.js";
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
  type DocumentNode,
  type EachBlock,
  type EntryNode,
  type Expression,
  type Flow,
  isBlock,
  type PartialNode,
  type Place,
  type TemplateProgram,
  type TextNode,
  type ValueNode,
} from "./program.js";
import { placeToPos } from "./text-places.js";

/**
 * Is told where each entry of a map and each item of a list comes from, when it is put there. A constant stands in the
 * template as it is, with all that is in it.
 */
export type Trace = (container: JsonObject | JsonValue[], key: string | number, from: TracedPlace) => void;
export type TracedPlace = Readonly<{ pos: SourcePos; isConstant: boolean }>;

/** The partials that a template may use, by name. */
export type Partials = ReadonlyMap<string, TemplateProgram>;

/** A document that a template gave, and where it starts there, or in the partial that made it. */
export type RenderedDocument = Readonly<{ value: JsonValue; pos: SourcePos }>;

export type RenderOptions = Readonly<{
  limits?: Partial<TemplateLimits> | undefined;
  partials?: Partials | undefined;
  trace?: Trace | undefined;
}>;

/**
 * Renders a compiled template. Pure: no clock, environment, files or chance; the same context gives the same documents.
 * What comes out shares nothing with the context. Documents that are null or an empty map are left out.
 *
 * @param context What paths start from: `values`, `instance`, `module`, `kube`, `bundle`
 * @param options Without `limits`, {@link defaultLimits} hold
 * @throws {TemplateError} With the place in the template and the path at fault; values are not shown
 * @example
 * ```ts
 * const { program } = await compileTemplate("kind: {{values.kind}}", "kind.yaml");
 * renderTemplate(program, { values: { kind: "Secret" } }); // [{ kind: "Secret" }]
 * ```
 */
export function renderTemplate(program: TemplateProgram, context: JsonObject, options?: RenderOptions): JsonValue[] {
  return renderDocuments(program, context, options).map((document) => document.value);
}

/** As {@link renderTemplate}, with the place of every document, and with `trace` that of everything in them. */
export function renderDocuments(
  program: TemplateProgram,
  context: JsonObject,
  { limits, partials = new Map(), trace }: RenderOptions = {},
): RenderedDocument[] {
  const documents: RenderedDocument[] = [];
  const renderer = new Renderer(new Budget({ ...defaultLimits, ...limits }), partials, trace);
  const emit = (document: DocumentNode, scope: Scope): void => {
    if (document.value.kind === "partial") {
      renderer.runPartial(document.value, scope, emit);
      return;
    }
    const value = renderer.guard(document.place, scope, () => {
      const rendered = renderer.value(document.value, scope, 0);
      const empty =
        rendered === undefined || rendered === null || (isJsonObject(rendered) && Object.keys(rendered).length === 0);
      if (empty) return undefined;
      renderer.budget.document();
      return rendered;
    });
    if (value !== undefined) documents.push({ value, pos: placeToPos(scope.file, document.place) });
  };
  renderer.run(program.documents, rootScope(program.file, context), emit);
  return documents;
}

/** Where an entry comes from, and what messages call its key, which may be secret where it is computed. */
type EntrySource = Readonly<{ which: string; isConstant: boolean; place: Place }>;

class Renderer {
  readonly budget: Budget;
  readonly #partials: Partials;
  readonly #trace: Trace | undefined;

  constructor(budget: Budget, partials: Partials, trace: Trace | undefined) {
    this.budget = budget;
    this.#partials = partials;
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

  /** Gives each document of a partial to `emit`. It sees the root of the context, and what it is given. */
  runPartial(node: PartialNode, scope: Scope, emit: (document: DocumentNode, scope: Scope) => void): void {
    const program = this.#partials.get(node.name);
    if (program === undefined)
      throw templateError("unknown-partial", `there is no partial ${node.name}`, node.place, scope);
    this.guard(node.place, scope, () => this.budget.node(0));
    const args: JsonObject = {};
    for (const [name, expression] of node.args) {
      const value = evaluateMaybe(expression, scope);
      if (value !== undefined) setKey(args, name, value);
    }
    try {
      this.run(program.documents, rootScope(program.file, { ...scope.root, args }), emit);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      throw error.usedAt(placeToPos(scope.file, node.place));
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
      case "partial":
        return this.#partial(node, scope, depth);
      case "map": {
        this.budget.node(depth);
        const made: JsonObject = {};
        this.#addEntries(made, node.entries, scope, depth);
        return made;
      }
      case "list": {
        this.budget.node(depth);
        const items: JsonValue[] = [];
        this.run(node.items, scope, (item, at) => {
          const value = this.value(item.value, at, depth + 1);
          if (value === undefined) return;
          const isConstant = item.value.kind === "constant";
          this.#trace?.(items, items.length, { pos: placeToPos(at.file, item.place), isConstant });
          items.push(value);
        });
        return items;
      }
    }
  }

  /** The one value of a partial; undefined where it makes none. */
  #partial(node: PartialNode, scope: Scope, depth: number): JsonValue | undefined {
    const values: JsonValue[] = [];
    this.runPartial(node, scope, (document, at) => {
      const value = this.value(document.value, at, depth);
      if (value !== undefined) values.push(value);
    });
    if (values.length <= 1) return values[0];
    const detail = `the partial ${node.name} makes ${values.length} documents, which only a document of its own can take`;
    throw templateError("wrong-type", detail, node.place, scope);
  }

  #addEntries(made: JsonObject, entries: readonly Flow<EntryNode | PartialNode>[], scope: Scope, depth: number): void {
    this.run(entries, scope, (entry, at) => {
      if (entry.kind === "partial") {
        this.runPartial(entry, at, ({ value, place }, inside) => this.#addAll(made, value, place, inside, depth));
        return;
      }
      const value = this.value(entry.value, at, depth + 1);
      if (value === undefined) return;
      const key = typeof entry.key === "string" ? entry.key : this.text(entry.key, at);
      const which = typeof entry.key === "string" ? `the key ${key}` : "a key that is computed here";
      const isConstant = entry.value.kind === "constant";
      this.#addEntry(made, key, value, { which, isConstant, place: entry.place }, at);
    });
  }

  /** Adds what a partial makes to the map in which the partial stands. */
  #addAll(made: JsonObject, node: ValueNode, place: Place, scope: Scope, depth: number): void {
    if (node.kind === "map") {
      this.#addEntries(made, node.entries, scope, depth);
      return;
    }
    const value = this.value(node, scope, depth);
    if (value === undefined || value === null) return;
    if (!isJsonObject(value)) {
      const detail = `the partial makes ${kindOf(value)}, but stands among the entries of a map`;
      throw templateError("wrong-type", detail, place, scope);
    }
    const isConstant = node.kind === "constant";
    for (const [key, item] of Object.entries(value)) {
      const which = isConstant ? `the key ${key}` : "a key that is computed here";
      this.#addEntry(made, key, item, { which, isConstant, place }, scope);
    }
  }

  #addEntry(made: JsonObject, key: string, value: JsonValue, from: EntrySource, scope: Scope): void {
    const { which, isConstant, place } = from;
    if (Object.hasOwn(made, key)) throw templateError("duplicate-key", `${which} is in the map already`, place, scope);
    this.guard(place, scope, () => this.budget.text(key));
    this.#trace?.(made, key, { pos: placeToPos(scope.file, place), isConstant });
    setKey(made, key, value);
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
