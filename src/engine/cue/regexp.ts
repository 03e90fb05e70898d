import { RE2JS } from "re2js";
import type { Regexp } from "./library.js";

/**
 * Up to this length, building the automaton of a pattern on the way costs less than following all of its states: most
 * values are matched many times faster. For a long text, an evil pattern has more states to build than it saves.
 */
const maxAutomatonText = 1000;

/** Compiles a pattern of RE2's syntax, or says what is wrong with it: linear in time, whatever pattern a stranger writes. */
export function compileRegexp(pattern: string): Regexp | string {
  try {
    const regexp = RE2JS.compile(pattern);
    return {
      test: (text) => (text.length <= maxAutomatonText ? regexp.test(text) : regexp.matcher(text).find()),
      size: regexp.programSize(),
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
