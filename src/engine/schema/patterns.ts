import type { JsonValue } from "../json/index.js";

/** A pattern that is ready to be matched with texts. ajv tells patterns apart by their texts. */
export type Pattern = Readonly<{ test: (text: string) => boolean; toString: () => string }>;

/**
 * Makes patterns of JSON Schema ready. A regular expression of JavaScript can take longer than anybody waits, on a text that
 * a stranger wrote or with a pattern of a stranger's module. Plain patterns cannot, and most are plain; what is left is
 * matched as RE2 does, in a time that grows with the length of the text only.
 *
 * @param schema Where the patterns stand: RE2 is loaded when one of them needs it
 * @returns Throws for a pattern that is none, or that neither of both can match within bounds
 */
export async function patternCompiler(schema: JsonValue): Promise<(pattern: string) => Pattern> {
  const isPlain = [...patternsIn(schema)].every(isPlainPattern);
  const re2 = isPlain ? undefined : (await import("re2js")).RE2JS;
  return (pattern) => {
    const regexp = new RegExp(pattern, "u");
    if (re2 === undefined || isPlainPattern(pattern)) return regexp;
    try {
      const compiled = re2.compile(pattern);
      return { test: (text) => compiled.matcher(text).find(), toString: () => pattern };
    } catch {
      throw new SyntaxError(slowPattern);
    }
  };
}

const slowPattern =
  "it could take very long on some texts, and cannot be matched in linear time: write it without look-ahead, back references and repeats beyond 1000";

/** The patterns of a schema, and what only looks like one: a property may be called `pattern`. */
export function* patternsIn(node: JsonValue): Generator<string> {
  if (node === null || typeof node !== "object") return;
  if (Array.isArray(node)) {
    for (const item of node) yield* patternsIn(item);
    return;
  }
  const { pattern, patternProperties } = node;
  if (typeof pattern === "string") yield pattern;
  if (patternProperties !== null && typeof patternProperties === "object") yield* Object.keys(patternProperties);
  for (const child of Object.values(node)) yield* patternsIn(child);
}

/** Ways through a plain pattern, beside those of its one repeat without end. */
const maxWays = 100_000;

/**
 * Whether JavaScript matches a pattern in a time that is bounded, or grows with the text alone: at most one repeat without
 * end, from the start of the text on, and none around what can itself be matched in several ways.
 */
export function isPlainPattern(pattern: string): boolean {
  type Group = { ways: boolean };
  const groups: Group[] = [{ ways: false }];
  let [ways, endless, hasTopChoice] = [1, 0, false];
  let last: Group | undefined; // the group that has just been closed
  for (const [token, , , , least = "", comma, most = ""] of pattern.matchAll(tokens)) {
    const group = groups.at(-1);
    if (/^\\(?:[1-9]|k)/.test(token) || group === undefined) return false;
    const closed = last;
    last = undefined;
    if (token.startsWith("(")) groups.push({ ways: false });
    else if (token === ")") {
      last = groups.pop();
      const outer = groups.at(-1);
      if (outer !== undefined && last?.ways) outer.ways = true;
    } else if (token === "|") {
      group.ways = true;
      ways *= 2;
      hasTopChoice ||= groups.length === 1;
    } else if (/^[*+?{]/.test(token) && token !== "{") {
      const max = maxOf(token, least, comma, most);
      if (max > 1 && closed?.ways) return false;
      if (max === Number.POSITIVE_INFINITY) endless++;
      else if (token === "?" || comma !== undefined) ways *= max + 1;
      if (max !== Number(least)) group.ways = true;
    }
  }
  return ways <= maxWays && (endless === 0 || (endless === 1 && pattern.startsWith("^") && !hasTopChoice));
}

/** An escape, a class, the start of a group, a repeat, or another character. */
const tokens =
  /\\(?:u\{[^}]*\}|[pP]\{[^}]*\}|.)|\[(?:\\.|[^\]\\])*\]|(\((?:\?(?:[:=!]|<[=!]|<\w+>))?)|([*+?])\??|(\{(\d+)(,(\d*))?\})\??|./gsu;

function maxOf(token: string, least: string, comma: string | undefined, most: string): number {
  if (token.startsWith("?")) return 1;
  if (!token.startsWith("{")) return Number.POSITIVE_INFINITY;
  if (comma === undefined) return Number(least);
  return most === "" ? Number.POSITIVE_INFINITY : Number(most);
}
