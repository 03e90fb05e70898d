import { type JsonObject, type JsonValue, setKey } from "../json/index.js";
import { assemble, visitExpression } from "./assemble.js";
import { compileText, type TextSurroundings } from "./compile-text.js";
import type { BlockSpan } from "./match-blocks.js";
import { partialInText } from "./misplaced-tags.js";
import type { OwnedTags } from "./owned-tags.js";
import { inOrder, type Part, type Sequence } from "./place-blocks.js";
import type {
  DocumentNode,
  EntryNode,
  Expression,
  Flow,
  ItemNode,
  PartialNode,
  TextNode,
  ValueNode,
} from "./program.js";
import { isBlock } from "./program.js";
import type { DocumentTree, EntryTree, MapTree, ScalarTree, Tree } from "./read-yaml.js";
import type { Tag } from "./scan-tags.js";

export type NodeFault = Readonly<{ offset: number; code: "template-position" | "template-yaml"; detail: string }>;

/** Turns the YAML tree and what was learnt of its tags into the nodes of a program. */
export class NodeBuilder {
  readonly faults: NodeFault[] = [];
  readonly #around: TextSurroundings;
  readonly #tags: OwnedTags;
  readonly #bySequence: ReadonlyMap<Sequence, readonly BlockSpan[]>;

  readonly #keepPlaces: boolean;

  constructor(
    around: TextSurroundings,
    tags: OwnedTags,
    bySequence: ReadonlyMap<Sequence, readonly BlockSpan[]>,
    keepPlaces: boolean,
  ) {
    this.#keepPlaces = keepPlaces;
    this.#around = around;
    this.#tags = tags;
    this.#bySequence = bySequence;
  }

  documents(documents: readonly DocumentTree[]): Flow<DocumentNode>[] {
    return this.#sequence(documents, (tree) => ({
      kind: "document",
      place: this.#place(tree.start),
      value: this.#value(tree.value),
    }));
  }

  #value(tree: Tree): ValueNode {
    if (tree.kind === "scalar") return this.#scalar(tree);
    // The tags of a block around all items stand outside of what the items span.
    if (!this.#keepPlaces && !this.#tags.hasTags(tree.start, tree.end) && !this.#bySequence.has(tree.items))
      return { kind: "constant", value: this.#constant(tree) };
    const place = this.#place(tree.start);
    if (tree.kind === "list") {
      const items = this.#sequence(tree.items, (item): ItemNode => {
        return { kind: "item", place: this.#place(item.start), value: this.#value(item.value) };
      });
      return { kind: "list", place, items };
    }
    const [first, second] = tree.items;
    const isAlone = first !== undefined && second === undefined && !this.#bySequence.has(tree.items);
    const alone = isAlone ? this.#partialEntry(first) : undefined;
    if (alone !== undefined) return alone;
    this.#refuseRepeatedKeys(tree);
    return { kind: "map", place, entries: this.#sequence(tree.items, (entry) => this.#entry(entry)) };
  }

  #entry(tree: EntryTree): EntryNode | PartialNode {
    const partial = this.#partialEntry(tree);
    if (partial !== undefined) return partial;
    const key = this.#tags.tagsOf(tree.key).length > 0 ? this.#text(tree.key) : tree.key.text;
    return { kind: "entry", place: this.#place(tree.start), key, value: this.#value(tree.value) };
  }

  /** The partial that stands in the place of an entry. */
  #partialEntry({ key, value }: EntryTree): PartialNode | undefined {
    const [tag] = this.#tags.tagsOf(key);
    if (tag?.isEntry !== true || tag.start !== key.start) return undefined;
    if (value.kind !== "scalar" || value.end > value.start) {
      const detail = "what follows this partial is indented as if it belonged to it; indent it as the partial is";
      this.faults.push({ offset: value.start, code: "template-position", detail });
    }
    return this.#partial(tag);
  }

  #partial(tag: Tag): PartialNode | undefined {
    const partial = this.#around.partials.get(tag);
    for (const [, value] of partial?.args ?? []) this.refuseOptional(value, tag.start);
    return partial;
  }

  #sequence<P extends Part, T>(parts: readonly P[], build: (part: P) => T): Flow<T>[] {
    const blocks = this.#bySequence.get(parts) ?? [];
    const pieces = inOrder(parts, blocks).map((piece) =>
      piece.tag === undefined ? { element: build(piece.part) } : piece,
    );
    return assemble(pieces, blocks, this.#around.places);
  }

  #scalar(tree: ScalarTree): ValueNode {
    const tags = this.#tags.tagsOf(tree);
    const [tag] = tags;
    if (tag === undefined) return { kind: "constant", value: tree.value };
    const whole = tree.style === "plain" && tags.length === 1 && tag.start === tree.start && tag.end === tree.end;
    const partial = whole ? this.#partial(tag) : undefined;
    if (partial !== undefined) return partial;
    if (!whole || tag.kind !== "expression") return this.#text(tree);
    const place = this.#place(tag.start);
    const value = this.#around.expressions.get(tag);
    if (value === undefined) return { kind: "constant", value: null }; // refused already
    if (value.kind !== "call" || value.helper !== "optional") {
      this.refuseOptional(value, tag.start);
      return { kind: "value", place, value, optional: false };
    }
    const [subject] = value.args;
    if (subject === undefined) return { kind: "constant", value: null };
    this.refuseOptional(subject, tag.start);
    return { kind: "value", place, value: subject, optional: true };
  }

  #text(tree: ScalarTree): TextNode {
    for (const tag of this.#tags.tagsOf(tree)) {
      if (tag.kind === "partial")
        this.faults.push({ offset: tag.start, code: "template-position", detail: partialInText });
      const value = this.#around.expressions.get(tag);
      if (value) this.refuseOptional(value, tag.start);
    }
    this.#refuseIndentByTag(tree);
    return compileText(tree, this.#tags.tagsOf(tree), this.#around);
  }

  /** The first line of a block scalar says how deep its text is indented; a block's tag must not say so by chance. */
  #refuseIndentByTag(tree: ScalarTree): void {
    if (tree.style !== "literal" || tree.indentSaid) return;
    const firstLine = /^(?:[ \t]*\n)*/;
    let [text, tagCount] = [tree.text.replace(firstLine, ""), 0];
    for (let next = this.#around.masked.withoutFirstLine(text); next !== undefined; tagCount++) {
      text = next.replace(firstLine, "");
      next = this.#around.masked.withoutFirstLine(text);
    }
    const tag = this.#tags.tagsOf(tree)[0];
    if (tagCount === 0 || tag === undefined || !/^[ \t]/.test(text)) return;
    const detail =
      "the text after this line is indented deeper than the line itself, so that it would begin with blanks; indent them alike, or write how deep the text is indented, as in |2";
    this.faults.push({ offset: tag.start, code: "template-position", detail });
  }

  /** `optional` leaves an entry out, which only a whole value can do. */
  refuseOptional(expression: Expression, offset: number): void {
    visitExpression(expression, (part) => {
      if (part.kind !== "call" || part.helper !== "optional") return;
      const detail =
        "optional works only as the whole value: key: {{optional path}}; elsewhere write (default path fallback)";
      this.faults.push({ offset, code: "template-position", detail });
    });
  }

  #constant(tree: Tree): JsonValue {
    if (tree.kind === "scalar") return tree.value;
    if (tree.kind === "list") return tree.items.map((item) => this.#constant(item.value));
    this.#refuseRepeatedKeys(tree);
    const made: JsonObject = {};
    for (const entry of tree.items) setKey(made, entry.key.text, this.#constant(entry.value));
    return made;
  }

  /** Keys that are there whatever the values are must differ; those of a block's branches may repeat each other. */
  #refuseRepeatedKeys(tree: MapTree): void {
    const blocks = this.#bySequence.get(tree.items) ?? [];
    const pieces = inOrder(tree.items, blocks).map((piece) =>
      piece.tag === undefined ? { element: piece.part } : piece,
    );
    const entries = assemble<EntryTree>(pieces, blocks, this.#around.places);
    const check = (flow: readonly Flow<EntryTree>[], outer: ReadonlySet<string>): void => {
      const seen = new Set(outer);
      for (const element of flow) {
        if (isBlock(element) || this.#tags.tagsOf(element.key).length > 0) continue;
        const { text, start } = element.key;
        if (seen.has(text))
          this.faults.push({ offset: start, code: "template-yaml", detail: `the key ${text} is in this map already` });
        seen.add(text);
      }
      for (const element of flow) {
        if (!isBlock(element)) continue;
        check(element.body, seen);
        check(element.otherwise, seen);
      }
    };
    check(entries, new Set());
  }

  #place(offset: number) {
    return this.#around.places.place(offset);
  }
}
