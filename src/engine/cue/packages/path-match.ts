import { CallFault } from "./package.js";

/**
 * Tells whether a shell pattern matches a whole path: `*` and `?` do not cross separators, `[a-z]` and `[^a]` are classes.
 * A backslash quotes the next character, where it is no separator.
 */
export function matchPath(pattern: string, name: string, separator: string): boolean {
  const parts = compile(Array.from(pattern), separator);
  const runes = Array.from(name);
  // Positions in the name that the pattern read so far may reach: time is linear in both.
  let reached = new Set([0]);
  for (const part of parts) {
    const next = new Set<number>();
    for (const at of reached) {
      if (part === "star")
        // Behind a place that is reached already, all is.
        for (let to = at; !next.has(to); to++) {
          next.add(to);
          const rune = runes[to];
          if (rune === undefined || rune === separator) break;
        }
      else {
        const rune = runes[at];
        if (rune !== undefined && part(rune)) next.add(at + 1);
      }
    }
    reached = next;
  }
  return reached.has(runes.length);
}

type Part = "star" | ((rune: string) => boolean);

function compile(pattern: readonly string[], separator: string): Part[] {
  const quotes = separator !== "\\";
  const parts: Part[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const rune = pattern[at] ?? "";
    if (rune === "*" && pattern[at + 1] === "*") throw new CallFault("'**' is not supported in patterns as of yet");
    if (rune === "*") parts.push("star");
    else if (rune === "?") parts.push((other) => other !== separator);
    else if (rune === "[") {
      const { test, end } = readClass(pattern, at, quotes);
      parts.push(test);
      at = end;
    } else {
      const literal = quotes && rune === "\\" ? pattern[++at] : rune;
      if (literal === undefined) throw malformed();
      parts.push((other) => other === literal);
    }
  }
  return parts;
}

function readClass(
  pattern: readonly string[],
  start: number,
  quotes: boolean,
): { test: (rune: string) => boolean; end: number } {
  let at = start + 1;
  const isNegated = pattern[at] === "^";
  if (isNegated) at++;
  const ranges: [string, string][] = [];
  while (pattern[at] !== "]" || ranges.length === 0) {
    const low = readRune();
    const isRange = pattern[at] === "-";
    if (isRange) at++;
    ranges.push([low, isRange ? readRune() : low]);
  }
  const order = (rune: string): number => rune.codePointAt(0) ?? 0;
  const isIn = (rune: string): boolean =>
    ranges.some(([low, high]) => order(low) <= order(rune) && order(rune) <= order(high));
  return { test: (rune) => isIn(rune) !== isNegated, end: at };

  function readRune(): string {
    if (pattern[at] === undefined || pattern[at] === "-" || pattern[at] === "]") throw malformed();
    if (quotes && pattern[at] === "\\") at++;
    const rune = pattern[at++];
    if (rune === undefined || pattern[at] === undefined) throw malformed();
    return rune;
  }
}

function malformed(): CallFault {
  return new CallFault("syntax error in pattern");
}
