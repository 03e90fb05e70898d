/**
 * What stands between `{{` and `}}`, told by its first characters. `escape` is `\{{` (two literal braces) or the
 * backslash that `\\{{` leaves; `faulty` is a tag that has no place in a template, with the reason.
 */
export type TagKind = "expression" | "partial" | "open" | "else" | "close" | "comment" | "escape" | "faulty";

/** A tag of a template. `inner` is its text without braces and sigil, `text` what an escape stands for. */
export type Tag = Readonly<{
  kind: TagKind;
  start: number;
  end: number;
  inner: string;
  /** Nothing but blanks stands beside it on its line or lines. */
  ownLine: boolean;
  /** Blanks stand before it, and nothing but blanks after it on its line. */
  endsLine: boolean;
  /** For a partial: it stands among the entries of a map, or as all there is of a value. */
  isEntry: boolean;
  text: string;
  fault: string;
}>;

/** Finds all tags of a text, in order. Never fails: what is wrong is a tag of kind `faulty`. */
export function scanTags(text: string): Tag[] {
  const tags: Tag[] = [];
  let from = 0;
  for (let open = text.indexOf("{{"); open >= 0; open = text.indexOf("{{", from)) {
    const escaped = open > from && text[open - 1] === "\\";
    const doubled = escaped && open - 1 > from && text[open - 2] === "\\";
    if (doubled) tags.push(tagOf(text, "escape", open - 2, open, { text: "\\" }));
    if (escaped && !doubled) tags.push(tagOf(text, "escape", open - 1, open + 2, { text: "{{" }));
    else tags.push(readTag(text, open));
    from = tags.at(-1)?.end ?? open + 2;
  }
  return tags;
}

const commentEnds = [
  { start: "{{!--", end: "--}}" },
  { start: "{{!", end: "}}" },
] as const;

function readTag(text: string, start: number): Tag {
  for (const comment of commentEnds) {
    if (!text.startsWith(comment.start, start)) continue;
    const end = text.indexOf(comment.end, start + comment.start.length);
    if (end < 0)
      return tagOf(text, "faulty", start, start + 2, { fault: `the comment never ends; close it with ${comment.end}` });
    return tagOf(text, "comment", start, end + comment.end.length);
  }
  const close = findClose(text, start + 2);
  if (close < 0) {
    const fault = "the expression never ends; close it with }}, or write \\{{ for two literal braces";
    return tagOf(text, "faulty", start, start + 2, { fault });
  }
  const body = text.slice(start + 2, close);
  const end = close + (body.startsWith("{") && text[close + 2] === "}" ? 3 : 2);
  const fault = faultOf(body);
  if (fault !== undefined) return tagOf(text, "faulty", start, end, { fault });
  if (body.startsWith("#")) return tagOf(text, "open", start, end, { inner: body.slice(1).trim() });
  if (body.startsWith("/")) return tagOf(text, "close", start, end, { inner: body.slice(1).trim() });
  if (body.startsWith(">")) return tagOf(text, "partial", start, end, { inner: body.slice(1).trim() });
  const inner = body.trim();
  if (inner === "^") return tagOf(text, "else", start, end);
  const otherwise = /^else(?:\s+(.*))?$/s.exec(inner);
  if (otherwise) return tagOf(text, "else", start, end, { inner: otherwise[1] ?? "" });
  return tagOf(text, "expression", start, end, { inner });
}

/** The offset of the `}}` that ends a tag, or -1. Braces inside "…", '…' and […] on one line do not count. */
function findClose(text: string, from: number): number {
  const openUntil = new Map<string, number>(); // by quote: up to where it is known never to be closed
  for (let at = from; at < text.length && at - from <= maxTagLength; at++) {
    const char = text.charAt(at);
    if (char === "}" && text[at + 1] === "}") return at;
    if (char === "{" && text[at + 1] === "{" && at > from) return -1;
    const quote = closingQuotes.get(char);
    if (quote === undefined || at < (openUntil.get(quote) ?? 0)) continue;
    const end = endOfLine(text, at);
    const close = findQuote(text, at + 1, end, quote);
    if (close < 0) openUntil.set(quote, end);
    else at = close;
  }
  return -1;
}

/** Longer tags are mistakes or attacks. */
const maxTagLength = 10_000;
const closingQuotes = new Map([
  ['"', '"'],
  ["'", "'"],
  ["[", "]"],
]);

function findQuote(text: string, from: number, end: number, quote: string): number {
  for (let at = from; at < end; at++) {
    if (text[at] === "\\" && text[at + 1] === quote) at++;
    else if (text[at] === quote) return at;
  }
  return -1;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

/** Why a tag can never stand in a template, or undefined. */
function faultOf(body: string): string | undefined {
  if (body.startsWith("{{")) return "raw blocks are not supported; write \\{{ for two literal braces";
  if (body.startsWith("{"))
    return "{{{…}}} has no meaning here, since values are never HTML-escaped; write {{…}} (in a flow map, put a space before it: { {{key}}: … })";
  if (body.startsWith("&")) return "{{&…}} has no meaning here, since values are never HTML-escaped; write {{…}}";
  if (body.startsWith("~") || body.endsWith("~"))
    return "whitespace control (~) is not needed: a block helper's lines leave no trace; remove the ~";
  if (body.startsWith("#>")) return "a partial has no body; write {{> name}}, and what differs as {{> name key=value}}";
  if (body.startsWith("*") || body.startsWith("#*")) return "decorators are not supported; write the part out";
  if (body.startsWith("^") && body.trim() !== "^") return "write {{#unless …}} for an inverse block";
  if (body.trim() === "") return "the expression is empty; write a path such as {{values.name}}";
  return undefined;
}

function tagOf(
  text: string,
  kind: TagKind,
  start: number,
  end: number,
  rest: Partial<Pick<Tag, "inner" | "text" | "fault">> = {},
): Tag {
  const before = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  const after = text.slice(end, endOfLine(text, end));
  const blankAfter = /^[ \t\r]*$/.test(after);
  const blankBefore = /^[ \t]*$/.test(before);
  return {
    kind,
    start,
    end,
    inner: rest.inner ?? "",
    ownLine: blankAfter && blankBefore,
    endsLine: blankAfter && /(?:^|[ \t])$/.test(before),
    isEntry: kind === "partial" && blankBefore && /^[ \t\r]*(?:#|$)/.test(after),
    text: rest.text ?? "",
    fault: rest.fault ?? "",
  };
}
