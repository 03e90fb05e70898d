/**
 * A text in which control characters are written out, as JSON escapes them: what a server, a record or a file says must
 * not move the cursor, clear the screen or rename the window. Line breaks and tabs stay.
 *
 * @example
 * ```ts
 * visible("a\u001b[2J"); // "a\\u001b[2J"
 * ```
 */
export function visible(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(/[^\P{Cc}\n\t]/gu, escapeUnit);
}

/** As {@link visible}, on one line: line breaks and tabs are written out, too. */
export function visibleLine(text: string): string {
  return visible(text).replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}

/** JSON for people and programs: every string in it by `show`, and no control character as it is. */
export function formatJson(value: unknown, show: (text: string) => string, indent?: number): string {
  const text = JSON.stringify(value, (_, inner) => (typeof inner === "string" ? show(inner) : inner), indent);
  // JSON escapes the others itself.
  return text.replace(/[\x7f-\x9f]/g, escapeUnit);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
