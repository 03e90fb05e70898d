import type { JsonValue } from "../json/index.js";

/**
 * A compiled template: plain data, which a compiled module stores as JSON. Rendering walks it; neither YAML nor
 * Handlebars is read again, so a value can only ever fill the place that the compiler gave it.
 */
export type TemplateProgram = Readonly<{ file: string; documents: readonly Flow<DocumentNode>[] }>;

/** A place in the template's text: offset from 0, line and column from 1. The file is the program's. */
export type Place = readonly [offset: number, line: number, column: number];

/** An element of a sequence, or a block helper that stands around some of them. */
export type Flow<T> = T | Block<T>;

export type Block<T> = IfBlock<T> | EachBlock<T> | WithBlock<T>;
/** `{{#if test}}`, or with `wanted: false` `{{#unless test}}`. */
export type IfBlock<T> = Readonly<{
  kind: "if";
  place: Place;
  test: Expression;
  wanted: boolean;
  body: readonly Flow<T>[];
  otherwise: readonly Flow<T>[];
}>;
/** `{{#each over as |value key|}}`; `otherwise` is for nothing to go over. */
export type EachBlock<T> = Readonly<{
  kind: "each";
  place: Place;
  over: Expression;
  names: readonly string[];
  body: readonly Flow<T>[];
  otherwise: readonly Flow<T>[];
}>;
/** `{{#with value as |name|}}`; `otherwise` is for a falsy value. */
export type WithBlock<T> = Readonly<{
  kind: "with";
  place: Place;
  value: Expression;
  names: readonly string[];
  body: readonly Flow<T>[];
  otherwise: readonly Flow<T>[];
}>;

/** What stands where YAML wants a value. */
export type ValueNode =
  | Readonly<{ kind: "constant"; value: JsonValue }>
  | Readonly<{ kind: "value"; place: Place; value: Expression; optional: boolean }>
  | TextNode
  | PartialNode
  | Readonly<{ kind: "map"; place: Place; entries: readonly Flow<EntryNode | PartialNode>[] }>
  | Readonly<{ kind: "list"; place: Place; items: readonly Flow<ItemNode>[] }>;

/** A string made of parts. `strip` takes the last line's end away, as `|-` does. */
export type TextNode = Readonly<{ kind: "text"; place: Place; parts: readonly Flow<TextPart>[]; strip: boolean }>;
/** `indent` is put before every line of the inserted text but the first. */
export type TextPart =
  | Readonly<{ kind: "literal"; text: string }>
  | Readonly<{ kind: "insert"; place: Place; value: Expression; indent: string }>;

export type EntryNode = Readonly<{ kind: "entry"; place: Place; key: string | TextNode; value: ValueNode }>;
export type ItemNode = Readonly<{ kind: "item"; place: Place; value: ValueNode }>;
export type DocumentNode = Readonly<{ kind: "document"; place: Place; value: ValueNode }>;

/**
 * `{{> name key=value}}`: a partial as a value, as documents, or as entries of the map in which it stands. It sees the root
 * of the context and, as `args`, what it is given; nothing else of the place where it is used.
 */
export type PartialNode = Readonly<{
  kind: "partial";
  place: Place;
  name: string;
  args: readonly (readonly [name: string, value: Expression])[];
}>;

export type Expression =
  | Readonly<{ kind: "literal"; value: string | number | boolean | null }>
  | PathExpression
  | Readonly<{
      kind: "call";
      place: Place;
      helper: string;
      args: readonly Expression[];
      named: readonly (readonly [name: string, value: Expression])[];
    }>;

export type PathExpression = Readonly<{ kind: "path"; place: Place; from: PathStart; steps: readonly string[] }>;

/**
 * Where a path starts: at a context (`up` counts the `../`), at the root, at a block parameter, or at what `#each`
 * tells of the current turn (`up` counts the `../` in `@../key`).
 */
export type PathStart =
  | Readonly<{ at: "context"; up: number }>
  | Readonly<{ at: "root" }>
  | Readonly<{ at: "name"; name: string }>
  | Readonly<{ at: "turn"; what: TurnFact; up: number }>;
export type TurnFact = "key" | "index" | "first" | "last";

/** Tells a block helper from an element of the sequence. */
export function isBlock<T extends Readonly<{ kind: string }>>(element: Flow<T>): element is Block<T> {
  return element.kind === "if" || element.kind === "each" || element.kind === "with";
}

/** The path as an author writes it, as far as its first `count` steps. */
export function pathText(path: PathExpression, count = path.steps.length): string {
  const { from } = path;
  if (from.at === "turn") return `@${"../".repeat(from.up)}${from.what}`;
  const start = from.at === "root" ? "@root" : from.at === "name" ? from.name : "../".repeat(from.up).slice(0, -1);
  const steps = path.steps.slice(0, count).map((step) => (/^[A-Za-z_][\w-]*$/.test(step) ? step : `[${step}]`));
  const joined = steps.join(".");
  if (from.at === "context") return start === "" ? joined || "this" : joined === "" ? start : `${start}/${joined}`;
  return joined === "" ? start : `${start}.${joined}`;
}
