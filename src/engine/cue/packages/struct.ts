import { isClosed } from "../closedness.js";
import { kinds } from "../kind.js";
import { isRegularKey } from "../label.js";
import { presences, type Vertex } from "../vertex.js";
import { view } from "../view.js";
import type { Arguments } from "./arguments.js";
import { Invalid, standardPackage, validator } from "./package.js";

/** The package "struct". */
export const struct = standardPackage("struct", {
  MaxFields: validator([kinds.struct, kinds.int], (args) => {
    const [count, limit] = [countFields(args), args.int(1)];
    if (count > limit) throw new Invalid(`len(fields) > MaxFields(${limit}) (${count} > ${limit})`);
    return true;
  }),
  MinFields: validator([kinds.struct, kinds.int], (args) => {
    const [count, limit] = [countFields(args), args.int(1)];
    if (count >= limit) return true;
    throw new Invalid(`len(fields) < MinFields(${limit}) (${count} < ${limit})`, mayGrow(args, limit));
  }),
});

function countFields(args: Arguments): number {
  return fieldsWith(view(args.evaluator, args.value(0)), (presence) => presence === presences.regular);
}

/** A closed struct without patterns has all fields that it can have; those that it only may have count too. */
function mayGrow(args: Arguments, limit: number): boolean {
  const value = view(args.evaluator, args.value(0));
  return !isClosed(value) || value.isOpen || value.patterns !== undefined || fieldsWith(value, () => true) >= limit;
}

function fieldsWith({ arcs }: Vertex, fits: (presence: Vertex["presence"]) => boolean): number {
  let count = 0;
  for (const [key, { presence }] of arcs ?? []) if (isRegularKey(key) && fits(presence)) count++;
  return count;
}
