import {
  type BlockHead,
  ExpressionFault,
  type Names,
  parseBlockHead,
  parseExpression,
  parsePartial,
} from "./parse-expression.js";
import type { Expression, PartialNode } from "./program.js";
import type { Tag } from "./scan-tags.js";
import type { TextPlaces } from "./text-places.js";

/** A block helper from its opening to its closing tag. The first section is the block's own, the others follow an `{{else}}`. */
export type BlockSpan = Readonly<{ open: Tag; sections: readonly Section[]; close: Tag }>;
/** `head` is absent for a plain `{{else}}`. */
export type Section = Readonly<{ tag: Tag; head: BlockHead | undefined }>;

export type TagFault = Readonly<{ offset: number; code: "template-syntax" | "template-block"; detail: string }>;
export type MatchedTags = Readonly<{
  blocks: readonly BlockSpan[];
  expressions: ReadonlyMap<Tag, Expression>;
  partials: ReadonlyMap<Tag, PartialNode>;
  faults: readonly TagFault[];
}>;

type OpenBlock = { open: Tag; sections: Section[]; outer: Names };

/**
 * Pairs the tags of block helpers and reads every expression with the names that it may use there. `tags` are those that
 * count, in order: no comments, and of block tags only those on a line of their own.
 */
export function matchBlocks(tags: readonly Tag[], places: TextPlaces): MatchedTags {
  const stack: OpenBlock[] = [];
  const blocks: BlockSpan[] = [];
  const expressions = new Map<Tag, Expression>();
  const partials = new Map<Tag, PartialNode>();
  const faults: TagFault[] = [];
  let names: Names = { params: new Set(), contexts: 0, turns: 0 };

  const fault = (code: TagFault["code"], tag: Tag, detail: string) => faults.push({ offset: tag.start, code, detail });
  const attempt = <T>(tag: Tag, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ExpressionFault)) throw error;
      fault("template-syntax", tag, error.message);
      return undefined;
    }
  };

  for (const tag of tags) {
    const place = places.place(tag.start);
    if (tag.kind === "faulty") fault("template-syntax", tag, tag.fault);
    if (tag.kind === "expression") {
      const expression = attempt(tag, () => parseExpression(tag.inner, place, names));
      if (expression) expressions.set(tag, expression);
    }
    if (tag.kind === "partial") {
      const partial = attempt(tag, () => parsePartial(tag.inner, place, names));
      if (partial) partials.set(tag, partial);
    }
    if (tag.kind === "open") {
      const head = attempt(tag, () => parseBlockHead(tag.inner, place, names));
      stack.push({ open: tag, sections: [{ tag, head }], outer: names });
      names = namesInside(names, head);
    }
    const current = stack.at(-1);
    if (tag.kind === "else") {
      if (current === undefined) {
        fault("template-block", tag, "{{else}} stands outside of a block helper");
        continue;
      }
      if (current.sections.length > 1 && current.sections.at(-1)?.head === undefined)
        fault("template-block", tag, "{{else}} follows an {{else}}, which must be the last part of its block");
      names = current.outer;
      if (tag.inner !== "" && !/^if\s/.test(tag.inner))
        fault("template-syntax", tag, `{{else ${tag.inner}}} is not known; write {{else}} or {{else if …}}`);
      const head = tag.inner === "" ? undefined : attempt(tag, () => parseBlockHead(tag.inner, place, current.outer));
      current.sections.push({ tag, head });
    }
    if (tag.kind === "close") {
      const helper = /^\S*/.exec(current?.open.inner ?? "")?.[0] ?? "";
      if (current === undefined)
        fault("template-block", tag, `{{/${tag.inner}}} closes nothing; remove it, or open the block before it`);
      else if (helper !== tag.inner) {
        const [, line] = places.place(current.open.start);
        fault(
          "template-block",
          tag,
          `{{/${tag.inner}}} cannot close the {{#${helper}}} of line ${line}; write {{/${helper}}} first`,
        );
      }
      if (current === undefined) continue;
      stack.pop();
      names = current.outer;
      blocks.push({ open: current.open, sections: current.sections, close: tag });
    }
  }
  for (const { open } of stack) fault("template-block", open, `{{#${open.inner}}} is never closed`);
  return { blocks, expressions, partials, faults };
}

function namesInside(names: Names, head: BlockHead | undefined): Names {
  if (head?.helper !== "each" && head?.helper !== "with") return names;
  return {
    params: new Set([...names.params, ...head.names]),
    contexts: names.contexts + 1,
    turns: names.turns + (head.helper === "each" ? 1 : 0),
  };
}
