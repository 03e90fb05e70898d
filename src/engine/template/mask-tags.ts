import type { Tag } from "./scan-tags.js";

/**
 * The template as YAML can read it: every tag is replaced by characters that mean nothing to YAML, of the same length,
 * so that each offset stays what it was. A tag that gives text becomes a word, one that has a line of its own a comment,
 * and a partial on a line of its own a key without a value.
 */
export type MaskedText = Readonly<{
  text: string;
  /** Finds the stand-ins in a scalar's text, in the order of the tags. */
  words: RegExp;
  /** The same in a block scalar, where lines of tags have become text too. Groups: `line` (a whole line), `word`. */
  wordsAndLines: RegExp;
  /** The text after its first line, if that is a tag's. */
  withoutFirstLine: (text: string) => string | undefined;
  /** A message of the YAML parser without the stand-ins. */
  unmask: (message: string) => string;
}>;

/** Replaces the tags of a text. */
export function maskTags(text: string, tags: readonly Tag[]): MaskedText {
  const [word, filler, line] = unusedCharacters(text);
  const chunks: string[] = [];
  let from = 0;
  for (const tag of tags) {
    const length = tag.end - tag.start;
    const start = isLineTag(tag) ? `#${line}` : word;
    const end = tag.isEntry ? ":" : "";
    chunks.push(text.slice(from, tag.start), start.padEnd(length - end.length, filler), end);
    from = tag.end;
  }
  chunks.push(text.slice(from));
  const firstLine = new RegExp(`^[ \\t]*#${line}${filler}*[ \\t]*(?:\\n|$)`);
  return {
    text: chunks.join(""),
    words: new RegExp(`${word}${filler}*`, "g"),
    wordsAndLines: new RegExp(
      `(?<line>^[ \\t]*#${line}${filler}*[ \\t]*(?:\\n|$))|(?<word>${word}${filler}*|#${line}${filler}*)`,
      "gm",
    ),
    withoutFirstLine: (text) => (firstLine.test(text) ? text.replace(firstLine, "") : undefined),
    unmask: (message) => message.replace(new RegExp(`(?:#${line}|${word})${filler}*`, "g"), "{{…}}"),
  };
}

/** Tells the tags that stand for structure or nothing from those that give text. */
export function isLineTag(tag: Tag): boolean {
  if (tag.kind === "comment") return tag.endsLine;
  return tag.ownLine && (tag.kind === "open" || tag.kind === "else" || tag.kind === "close");
}

/** Three printable characters that the text does not contain, from the area that Unicode leaves to private use. */
function unusedCharacters(text: string): [string, string, string] {
  const used = new Set(text.match(/[\ue000-\uf8ff]/g));
  const found: string[] = [];
  for (let code = 0xe000; found.length < 3 && code <= 0xf8ff; code++) {
    const char = String.fromCharCode(code);
    if (!used.has(char)) found.push(char);
  }
  const [a, b, c] = found;
  if (a === undefined || b === undefined || c === undefined)
    throw new RangeError("a template that uses every private character cannot be compiled");
  return [a, b, c];
}
