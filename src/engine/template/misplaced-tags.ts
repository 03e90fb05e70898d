import { isLineTag } from "./mask-tags.js";
import type { OwnedTags } from "./owned-tags.js";
import type { Tag } from "./scan-tags.js";

export type MisplacedFault = Readonly<{ offset: number; code: "template-position"; detail: string }>;

export const partialInText =
  "a partial cannot stand inside a string; it is a whole value (key: {{> name}}), or stands on a line of its own";

/** Block tags and comments that stand where they cannot work. */
export function findMisplacedTags(owned: OwnedTags): Map<Tag, MisplacedFault> {
  const faults = new Map<Tag, MisplacedFault>();
  for (const tag of owned.live) {
    const detail = misplacement(tag, owned.ownerOf(tag)?.style);
    if (detail !== undefined) faults.set(tag, { offset: tag.start, code: "template-position", detail });
  }
  return faults;
}

/** One fault a block is enough: that of its opening tag. */
export function reportMisplaced(misplaced: ReadonlyMap<Tag, MisplacedFault>): MisplacedFault[] {
  const hasOpen = [...misplaced.keys()].some((tag) => tag.kind === "open");
  return [...misplaced].flatMap(([{ kind }, fault]) =>
    hasOpen && (kind === "close" || kind === "else") ? [] : [fault],
  );
}

function misplacement(tag: Tag, style: string | undefined): string | undefined {
  if (tag.kind === "partial") return style === "plain" || style === undefined ? undefined : partialInText;
  if (tag.kind === "comment") {
    if (!tag.endsLine) return "a comment must stand at the end of its line, after a blank";
    const inText = style !== undefined && style !== "literal";
    return inText ? "a comment cannot stand inside a string; put it on a line before" : undefined;
  }
  if (tag.kind !== "open" && tag.kind !== "close" && tag.kind !== "else") return undefined;
  const name = tag.kind === "open" ? `{{#${tag.inner}}}` : tag.kind === "close" ? `{{/${tag.inner}}}` : "{{else}}";
  if (!isLineTag(tag)) return `${name} must stand on a line of its own; inside a line, write {{if test "yes" "no"}}`;
  if (style === "folded")
    return `${name} cannot stand in a folded block scalar (>), whose lines are joined; use | instead`;
  if (style === "quoted" || style === "plain")
    return `${name} cannot stand inside a string; write {{if test "yes" "no"}}, or use |`;
  return undefined;
}
