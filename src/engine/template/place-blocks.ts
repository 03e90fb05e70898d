import type { BlockSpan } from "./match-blocks.js";
import type { DocumentTree, EntryTree, ItemTree, Tree } from "./read-yaml.js";
import type { Tag } from "./scan-tags.js";
import type { TextPlaces } from "./text-places.js";

/** A sequence in which block helpers may stand: the documents, the entries of a map, the items of a list. */
export type Sequence = readonly Part[];
export type Part = DocumentTree | EntryTree | ItemTree;

export type PlacedBlocks = Readonly<{
  /** The blocks of each sequence that has any. */
  bySequence: ReadonlyMap<Sequence, readonly BlockSpan[]>;
  faults: readonly Readonly<{ offset: number; code: "template-block"; detail: string }>[];
}>;

/**
 * Finds the level of every block helper: the one sequence of which it holds whole parts. A block that cuts a part open
 * cannot be rendered without changing the structure around it, and is a fault.
 *
 * @param markers Offsets of `---` and `...` lines, which only a block around whole documents may hold
 */
export function placeBlocks(
  documents: readonly DocumentTree[],
  blocks: readonly BlockSpan[],
  markers: readonly number[],
  places: TextPlaces,
): PlacedBlocks {
  const bySequence = new Map<Sequence, BlockSpan[]>();
  const faults: { offset: number; code: "template-block"; detail: string }[] = [];

  /** Files the block under its sequence, or says why it has none. */
  const place = (block: BlockSpan, parts: Sequence): string | undefined => {
    const name = `{{#${block.open.inner}}}`;
    const inside = parts.filter((part) => holds(block, part));
    const cut = parts.filter((part) => cuts(block, part));
    const [first] = cut;
    if (first === undefined) {
      const torn = inside.find((part) =>
        block.sections.some(({ tag }) => tag.start > part.start && tag.end <= part.end),
      );
      if (torn)
        return `an {{else}} of ${name} stands inside of ${nameOf(torn)}; it must stand between ${namesOf(torn)}`;
      if (dividesOthers(block, parts, markers))
        return `${name} holds a --- without a document of its own; the --- must stand with a document, or outside`;
      if (inside.length > 0) bySequence.set(parts, [...(bySequence.get(parts) ?? []), block]);
      return undefined;
    }
    const opensBefore = first.kind !== "document" && block.open.start < first.start;
    if (cut.length > 1 || inside.length > 0 || opensBefore) {
      const torn = cut.find((part) => part.start < block.open.start) ?? first;
      const what = `${nameOf(torn)} of line ${places.place(torn.start)[1]}`;
      return torn.start < block.open.start
        ? `${name} opens inside of ${what} and closes after it; open and close it on the same level`
        : `${name} opens before ${what} and closes inside of it, in line ${places.place(block.close.start)[1]}; open and close it on the same level`;
    }
    if (first.kind === "document" && markers.some((at) => at > block.open.start && at < block.close.start))
      return `${name} holds a --- but not the whole document; put whole documents inside, or close it before the ---`;
    if (first.value.kind !== "scalar") return place(block, first.value.items);
    return `${name} stands around a value alone; put its key, or its -, inside of the block too (in each branch)`;
  };

  for (const block of blocks) {
    const detail = place(block, documents);
    if (detail !== undefined) faults.push({ offset: block.open.start, code: "template-block", detail });
  }
  return { bySequence, faults };
}

/**
 * Divides documents at the `{{else}}` of blocks that hold them whole. YAML reads the branches as one document, since no
 * `---` stands between them; only one of them will be there.
 */
export function divideDocuments(documents: readonly DocumentTree[], blocks: readonly BlockSpan[]): DocumentTree[] {
  let divided = [...documents];
  for (const block of [...blocks].sort((a, b) => a.open.start - b.open.start)) {
    for (const { tag } of block.sections.slice(1))
      divided = divided.flatMap((document) => (holds(block, document) ? divideAt(document, tag.start) : [document]));
  }
  return divided;
}

function divideAt(document: DocumentTree, offset: number): DocumentTree[] {
  const { value } = document;
  if (value.kind === "scalar" || offset <= value.start || offset >= value.end) return [document];
  if (value.items.some((item) => item.start < offset && item.end > offset)) return [document];
  const sides: Tree[] =
    value.kind === "map"
      ? sidesOf(value.items, offset).map((items) => ({ ...value, ...extentOf(items), items }))
      : sidesOf(value.items, offset).map((items) => ({ ...value, ...extentOf(items), items }));
  return sides.map((side) => ({ kind: "document", start: side.start, end: side.end, value: side }));
}

function sidesOf<T extends Part>(items: readonly T[], offset: number): T[][] {
  return [items.filter((item) => item.end <= offset), items.filter((item) => item.start >= offset)];
}

function extentOf(items: Sequence): Readonly<{ start: number; end: number }> {
  return { start: items[0]?.start ?? 0, end: items.at(-1)?.end ?? 0 };
}

/** What stands in a sequence: a part, or a tag that opens, divides or closes one of its blocks. */
export type Piece<T> = Readonly<{ part: T; tag?: undefined }> | Readonly<{ tag: Tag; part?: undefined }>;

/** The parts and the blocks' tags in the order of the text. */
export function inOrder<T extends Readonly<{ start: number }>>(
  parts: readonly T[],
  blocks: readonly BlockSpan[],
): Piece<T>[] {
  const tags = blocks.flatMap((block) => [...block.sections.map((section) => section.tag), block.close]);
  const pieces: Piece<T>[] = [...parts.map((part) => ({ part })), ...tags.map((tag) => ({ tag }))];
  return pieces.sort((a, b) => startOf(a) - startOf(b));
}

function startOf<T extends Readonly<{ start: number }>>(piece: Piece<T>): number {
  return piece.tag?.start ?? piece.part?.start ?? 0;
}

/** Whether a branch has a `---` but no document: what stands around the block would be one document or two. */
function dividesOthers(block: BlockSpan, parts: Sequence, markers: readonly number[]): boolean {
  const ends = [...block.sections.slice(1).map(({ tag }) => tag.start), block.close.start];
  return block.sections.some(({ tag }, index) => {
    const within = (offset: number) => offset > tag.start && offset < (ends[index] ?? 0);
    return markers.some(within) && !parts.some((part) => within(part.start));
  });
}

function holds(block: BlockSpan, part: Part): boolean {
  return block.open.start < part.start && part.end <= block.close.start;
}

function cuts(block: BlockSpan, part: Part): boolean {
  return !holds(block, part) && block.open.start < part.end && part.start < block.close.start;
}

function nameOf(part: Part): string {
  if (part.kind === "entry") return `the entry "${part.key.text}"`;
  return part.kind === "item" ? "the list item" : "the document";
}

function namesOf(part: Part): string {
  return part.kind === "entry" ? "whole entries" : part.kind === "item" ? "whole list items" : "whole documents";
}
