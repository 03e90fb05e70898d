import type { BlockSpan, Section } from "./match-blocks.js";
import type { Block, Expression, Flow } from "./program.js";
import type { Tag } from "./scan-tags.js";
import type { TextPlaces } from "./text-places.js";

/**
 * Builds the nested form of a sequence from its elements and block tags in the order of the text.
 *
 * @param pieces Elements, and tags of the blocks; every block that opens also closes
 */
export function assemble<T>(
  pieces: readonly (Readonly<{ element: T; tag?: undefined }> | Readonly<{ tag: Tag; element?: undefined }>)[],
  blocks: readonly BlockSpan[],
  places: TextPlaces,
): Flow<T>[] {
  const opens = new Map(blocks.map((block) => [block.open, block]));
  const closes = new Set(blocks.map((block) => block.close));
  const top: Flow<T>[] = [];
  const stack: { block: BlockSpan; bodies: Flow<T>[][] }[] = [];
  const here = () => stack.at(-1)?.bodies.at(-1) ?? top;
  for (const { element, tag } of pieces) {
    if (tag === undefined) {
      if (element !== undefined) here().push(element);
      continue;
    }
    const opened = opens.get(tag);
    if (opened) stack.push({ block: opened, bodies: [[]] });
    else if (!closes.has(tag)) stack.at(-1)?.bodies.push([]);
    else {
      const done = stack.pop();
      if (done) here().push(...toBlock(done.block.sections, done.bodies, places));
    }
  }
  return top;
}

/** The block of the first section; the sections after it become its `otherwise`. */
function toBlock<T>(sections: readonly Section[], bodies: readonly Flow<T>[][], places: TextPlaces): Flow<T>[] {
  const [section, ...others] = sections;
  const [body, ...otherBodies] = bodies;
  if (section === undefined || body === undefined) return [];
  if (section.head === undefined) return body;
  const { helper, subject, names } = section.head;
  const rest = { place: places.place(section.tag.start), body, otherwise: toBlock(others, otherBodies, places) };
  const block = (): Block<T> => {
    if (helper === "each") return { kind: "each", over: subject, names, ...rest };
    if (helper === "with") return { kind: "with", value: subject, names, ...rest };
    return { kind: "if", test: subject, wanted: helper === "if", ...rest };
  };
  return [block()];
}

/** Calls `visit` with an expression and everything inside of it. */
export function visitExpression(expression: Expression, visit: (expression: Expression) => void): void {
  visit(expression);
  if (expression.kind !== "call") return;
  for (const arg of expression.args) visitExpression(arg, visit);
  for (const [, value] of expression.named) visitExpression(value, visit);
}
