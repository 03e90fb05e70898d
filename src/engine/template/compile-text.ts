import { assemble } from "./assemble.js";
import type { MaskedText } from "./mask-tags.js";
import type { BlockSpan } from "./match-blocks.js";
import type { Expression, PartialNode, TextNode, TextPart } from "./program.js";
import type { ScalarTree } from "./read-yaml.js";
import type { Tag } from "./scan-tags.js";
import type { TextPlaces } from "./text-places.js";

/** What the compiler of a scalar needs to know of the whole template. */
export type TextSurroundings = Readonly<{
  masked: MaskedText;
  places: TextPlaces;
  blocks: readonly BlockSpan[];
  expressions: ReadonlyMap<Tag, Expression>;
  partials: ReadonlyMap<Tag, PartialNode>;
}>;

type Piece = Readonly<{ element: TextPart; tag?: undefined }> | Readonly<{ tag: Tag; element?: undefined }>;

/**
 * Compiles a scalar that has tags in it to the string that it makes.
 *
 * @param tags The tags in the scalar, in order; block tags only in a literal block scalar
 */
export function compileText(scalar: ScalarTree, tags: readonly Tag[], around: TextSurroundings): TextNode {
  const block = scalar.style === "literal" || scalar.style === "folded";
  // `|-` takes the end of the last line; when that is a block helper's line, the text before it ends instead.
  const strip = scalar.style === "literal" && scalar.strip;
  const text = strip && scalar.text !== "" ? `${scalar.text}\n` : scalar.text;
  const pieces: Piece[] = [];
  let [from, next] = [0, 0];
  for (const match of text.matchAll(block ? around.masked.wordsAndLines : around.masked.words)) {
    const tag = tags[next++];
    if (tag === undefined) break;
    const before = text.slice(from, match.index);
    if (before !== "") pieces.push({ element: { kind: "literal", text: before } });
    from = match.index + match[0].length;
    if (tag.kind === "escape") pieces.push({ element: { kind: "literal", text: tag.text } });
    else if (tag.kind === "expression") {
      const value = around.expressions.get(tag);
      const indent = block ? indentBefore(text, match.index) : "";
      if (value) pieces.push({ element: { kind: "insert", place: around.places.place(tag.start), value, indent } });
    } else if (tag.kind !== "comment" && tag.kind !== "partial") pieces.push({ tag });
  }
  if (from < text.length) pieces.push({ element: { kind: "literal", text: text.slice(from) } });
  const blocks = around.blocks.filter(({ open }) => tags.includes(open));
  return {
    kind: "text",
    place: around.places.place(scalar.start),
    parts: assemble(pieces, blocks, around.places),
    strip,
  };
}

/** The blanks before an offset, if nothing else stands before it on its line. */
function indentBefore(text: string, offset: number): string {
  const before = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  return /^[ \t]*$/.test(before) ? before : "";
}
