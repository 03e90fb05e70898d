import type { DocumentTree, ScalarTree, Tree, YamlFile } from "./read-yaml.js";
import type { Tag } from "./scan-tags.js";

/** Where the tags of a template ended up in its YAML. */
export class OwnedTags {
  /** The tags that count: those in YAML comments do not. In order. */
  readonly live: readonly Tag[];
  readonly #scalars: readonly ScalarTree[];
  readonly #tagsOf = new Map<ScalarTree, Tag[]>();
  readonly #ownerOf = new Map<Tag, ScalarTree>();

  constructor(tags: readonly Tag[], yaml: YamlFile) {
    const { comments } = yaml;
    this.live = tags.filter((tag) => {
      const comment = comments[lastAtOrBefore(comments, tag.start, (each) => each.start)];
      return comment === undefined || comment.start === tag.start || comment.end <= tag.start;
    });
    this.#scalars = scalarsOf(yaml.documents);
    for (const tag of this.live) {
      const scalar = this.#scalars[lastAtOrBefore(this.#scalars, tag.start, (each) => each.textStart)];
      // The stand-in of an entry ends with a colon, which is not the key's.
      if (scalar === undefined || tag.end - (tag.isEntry ? 1 : 0) > scalar.end) continue;
      this.#ownerOf.set(tag, scalar);
      const owned = this.#tagsOf.get(scalar);
      if (owned) owned.push(tag);
      else this.#tagsOf.set(scalar, [tag]);
    }
  }

  /** The scalar whose text the tag is in. */
  ownerOf(tag: Tag): ScalarTree | undefined {
    return this.#ownerOf.get(tag);
  }

  /** The tags in a scalar's text, in order. */
  tagsOf(scalar: ScalarTree): readonly Tag[] {
    return this.#tagsOf.get(scalar) ?? [];
  }

  /** Whether any tag stands in a part of the text. */
  hasTags(start: number, end: number): boolean {
    const next = this.live[lastAtOrBefore(this.live, start - 1, (tag) => tag.start) + 1];
    return next !== undefined && next.start < end;
  }
}

/** The index of the last element whose offset is not after `offset`, or -1. The elements are in order. */
function lastAtOrBefore<T>(elements: readonly T[], offset: number, offsetOf: (element: T) => number): number {
  let [low, high] = [-1, elements.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const element = elements[middle];
    if (element !== undefined && offsetOf(element) <= offset) low = middle;
    else high = middle;
  }
  return low;
}

function scalarsOf(documents: readonly DocumentTree[]): ScalarTree[] {
  const scalars: ScalarTree[] = [];
  const visit = (tree: Tree): void => {
    if (tree.kind === "scalar") scalars.push(tree);
    else if (tree.kind === "list") for (const item of tree.items) visit(item.value);
    else
      for (const entry of tree.items) {
        visit(entry.key);
        visit(entry.value);
      }
  };
  for (const document of documents) visit(document.value);
  return scalars;
}
