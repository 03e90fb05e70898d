import { RE2JS } from "re2js";
import type { Regexp } from "./library.js";

/**
 * Up to this length, building the automaton of a pattern on the way costs less than following all of its states: most
 * values are matched many times faster. For a long text, an evil pattern has more states to build than it saves.
 */
const maxAutomatonText = 1000;

const compiled = new Map<string, Regexp | string>();

/** Compiles a pattern of RE2's syntax: linear in time, whatever pattern a stranger writes. Patterns are kept, since they repeat. */
export function compileRegexp(pattern: string): Regexp | string {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const made = compile(pattern);
  compiled.set(pattern, made);
  return made;
}

function compile(pattern: string): Regexp | string {
  try {
    const regexp = RE2JS.compile(pattern);
    return {
      test: (text) => (text.length <= maxAutomatonText ? regexp.test(text) : regexp.matcher(text).find()),
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
