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

/**
 * Why sheaf and cue may differ for a random program: sheaf refuses what cue gives a value for, such as a function that it
 * does not have; or cue has an error in a definition or hidden field, which is no part of the output, that sheaf takes for
 * incomplete. See docs/decisions/0044-compared-with-cue.md.
 */
export function explanation(ours: Outcome, cues: Outcome): "unsupported" | "refused" | "unseen" | undefined {
  if ("json" in cues) {
    if ("json" in ours) return undefined;
    return / is not supported/.test(ours.output) ? "unsupported" : "refused";
  }
  return /^[^\s:"]*[#_]/.test(cues.output) ? "unseen" : undefined;
}
