import { RE2JS } from "re2js";

type Pattern = Readonly<{ test: (text: string) => boolean }>;

const compiled = new Map<string, Pattern>();

/**
 * Whether a text matches a pattern of a schema. Servers read patterns as RE2 does, which is linear in time whatever pattern
 * a stranger's definition has; one that RE2 cannot read matches everything, as there is nothing to say about the text.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  const known = compiled.get(pattern) ?? compile(pattern);
  compiled.set(pattern, known);
  return known.test(text);
}

function compile(pattern: string): Pattern {
  try {
    const regexp = RE2JS.compile(pattern);
    return { test: (text) => regexp.matcher(text).find() };
  } catch {
    return { test: () => true };
  }
}
