import type { ObjectRef } from "./object.js";

/**
 * Splits items into runs of neighbours of one kind. Objects of one kind never depend on each other, so those of a run may
 * be worked on at the same time; the runs follow one another.
 */
export function runsOfKind<Item>(items: readonly Item[], refOf: (item: Item) => ObjectRef): Item[][] {
  const runs: Item[][] = [];
  let last: ObjectRef | undefined;
  for (const item of items) {
    const ref = refOf(item);
    if (last?.kind === ref.kind && last.group === ref.group) runs.at(-1)?.push(item);
    else runs.push([item]);
    last = ref;
  }
  return runs;
}
