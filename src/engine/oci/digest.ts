import { createHash } from "node:crypto";
import { OciError } from "./errors.js";
import { formatBytes } from "./limits.js";

const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** Tells a digest as sheaf reads and writes them: `sha256:` and 64 lower-case hexadecimal digits. */
export function isDigest(text: string): boolean {
  return digestPattern.test(text);
}

/** The digest of bytes: `sha256:2cf24d…`. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** The hexadecimal part of a digest, which names files in layouts and caches. */
export function hexOf(digest: string): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** What content must be: its digest, and its size in bytes. */
export type Expected = Readonly<{ digest: string; size: number }>;

/**
 * Checks content as it comes in: {@link update} throws at the first byte too many, {@link finish} when the content is
 * short or has another digest. `subject` is how messages call the content.
 */
export class ContentCheck {
  readonly #expected: Expected;
  readonly #subject: string;
  readonly #hash = createHash("sha256");
  #size = 0;

  constructor(expected: Expected, subject: string) {
    this.#expected = expected;
    this.#subject = subject;
  }

  update(chunk: Uint8Array): void {
    this.#size += chunk.length;
    if (this.#size > this.#expected.size) {
      const wanted = formatBytes(this.#expected.size);
      throw new OciError("digest-mismatch", `${this.#subject} is longer than the ${wanted} that its manifest says`);
    }
    this.#hash.update(chunk);
  }

  finish(): void {
    const { digest, size } = this.#expected;
    if (this.#size !== size) {
      const [found, wanted] = [formatBytes(this.#size), formatBytes(size)];
      throw new OciError(
        "digest-mismatch",
        `${this.#subject} ends after ${found} of the ${wanted} that its manifest says`,
      );
    }
    const found = `sha256:${this.#hash.digest("hex")}`;
    if (found !== digest) {
      throw new OciError(
        "digest-mismatch",
        `${this.#subject} has the digest ${found}, wanted ${digest}: its content was changed`,
      );
    }
  }
}

/** Checks size and digest of content that is at hand. */
export function verifyContent(bytes: Uint8Array, expected: Expected, subject: string): void {
  const check = new ContentCheck(expected, subject);
  check.update(bytes);
  check.finish();
}
