/** Below this many characters a text is no secret worth hiding, and hiding it would tear the output apart. */
const minSecretLength = 4;
/** A line of a multi-line secret (a PEM file) is hidden on its own from this length on. */
const minSecretLineLength = 12;

/**
 * Hides secrets in everything that people read. The engine does not put them into messages; this is the second wall,
 * for what a server or a library echoes back. Encoded forms (base64, JSON, URL) are hidden too.
 *
 * @example
 * ```ts
 * const redactor = new Redactor();
 * redactor.add("ghp-1234");
 * redactor.redact("bad token ghp-1234"); // "bad token ***"
 * ```
 */
export class Redactor {
  readonly #forms = new Set<string>();

  add(secret: string): void {
    if (secret.length < minSecretLength) return;
    const lines = secret.split(/\r?\n/).filter((line) => line.length >= minSecretLineLength && line !== secret);
    for (const text of [secret, ...lines]) {
      for (const form of [text, JSON.stringify(text).slice(1, -1), encodeUri(text), base64(text)]) {
        if (form !== "") this.#forms.add(form);
      }
    }
  }

  redact(text: string): string {
    let result = text;
    for (const form of [...this.#forms].sort((a, b) => b.length - a.length)) result = result.replaceAll(form, "***");
    return result;
  }
}

/** The percent-encoded text; a lone surrogate has none. */
function encodeUri(text: string): string {
  return Buffer.from(text).toString() === text ? encodeURIComponent(text) : "";
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64").replace(/=+$/, "");
}
