import type { Outcome } from "./comparison.js";

/** Programs of the case files for which sheaf names another line than cue, and why. */
export const explained: ReadonlyMap<string, string> = new Map([
  [
    "#A: {a: int, if a > 1 {b: 2}}\nx: #A & {a: 2}\ny: #A & {a: 1, b: 2}",
    "cue also names the field of a condition that does not hold",
  ],
  ["a: b + 1\nb: a - 1", "one cycle is one error here, and one for each of its fields there"],
  ["{a: 1}\n{b: 2}\n5", "of two structs that conflict with a scalar, cue names the last"],
]);

/** What sheaf refuses of what cue gives a value for, by a word of its message; limits are none of it. */
const refusals: readonly (readonly [refusal: string, message: RegExp])[] = [
  ["decided by itself", /decided by itself|depends on itself|cycle|stands before other/],
  ["unsupported", /is not supported/],
  ["function", /error in call to/],
  ["closed", /field not allowed/],
  ["not there", /undefined field|cannot reference|missing required field|required but not present|index out of range/],
  ["matchN", /matchN/],
  ["ambiguous", /incomplete value|unresolved disjunction|non-concrete value/],
  ["error beside", /conflicting values|invalid value|disjuncts fits|invalid operand|by zero|cannot use/],
];

/**
 * Why sheaf and cue may differ for a random program: sheaf refuses what cue gives a value for, or cue has an error in a
 * definition or hidden field, which is no part of the output, that sheaf takes for incomplete. See
 * docs/decisions/0044-compared-with-cue.md.
 */
export function explanation(ours: Outcome, cues: Outcome): string | undefined {
  if ("json" in ours) return "json" in cues || !/^[^\s:"]*[#_]/.test(cues.output) ? undefined : "unseen";
  if (ours.codes?.includes("limit-exceeded")) return undefined;
  return refusals.find(([, message]) => message.test(ours.output))?.[0];
}
