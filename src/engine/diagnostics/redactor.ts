/** A shorter text is hidden only where it is a whole value: "a" would turn every text into stars. */
const minPartChars = 4;
/** A line of a multi-line secret (a PEM file) is hidden on its own from this length on. */
const minLineChars = 12;
const stars = "***";

/** A secret as data has it: a text, or a number, which is hidden as a whole value only. */
export type SecretValue = string | number;

/**
 * Hides secret texts, in the forms in which they turn up elsewhere: as they are, line by line, in base64, in a URL, in a
 * JSON string and in JSON within JSON.
 *
 * @example
 * ```ts
 * const redactor = new Redactor(["ghp-1234"]);
 * redactor.redact("bad token ghp-1234"); // "bad token ***"
 * ```
 */
export class Redactor {
  readonly #whole = new Set<string>();
  readonly #parts = new Set<string>();
  /** The parts, longest first: a short one may stand within a longer one. Made when they are needed. */
  #ordered: readonly string[] | undefined;

  constructor(secrets: Iterable<SecretValue> = []) {
    for (const secret of secrets) this.add(secret);
  }

  add(secret: SecretValue): void {
    if (typeof secret === "number") {
      this.#whole.add(String(secret));
      return;
    }
    for (const text of textsOf(secret)) {
      for (const form of formsOf(text)) {
        this.#whole.add(form);
        if (text.length >= minPartChars) this.#parts.add(form);
      }
    }
    this.#ordered = undefined;
  }

  /** A text in which stars stand for the secrets. */
  redact(text: string): string {
    this.#ordered ??= [...this.#parts].sort((a, b) => b.length - a.length);
    return this.#ordered.reduce((result, part) => result.replaceAll(part, stars), text);
  }

  /** A text that is a whole value: a short secret is hidden, too. */
  redactValue(text: string): string {
    return this.#whole.has(text) ? stars : this.redact(text);
  }
}

/** The secret itself and what of it may stand alone. */
function textsOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= minLineChars);
  return [...new Set([secret, secret.trim(), ...lines])].filter((text) => text !== "");
}

function formsOf(text: string): string[] {
  const escaped = escapeJson(text);
  const base64 = Buffer.from(text, "utf8").toString("base64");
  const forms = [text, escaped, escapeJson(escaped), base64, base64.replace(/=+$/, "")];
  // A lone surrogate has no percent-encoded form.
  return Buffer.from(text, "utf8").toString() === text ? [...forms, encodeURIComponent(text)] : forms;
}

function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
