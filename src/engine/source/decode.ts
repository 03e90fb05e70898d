import { SourceError } from "../diagnostics/index.js";

/** A file of values is small; what is larger is no bundle but a mistake. */
const maxSourceBytes = 16 * 1024 * 1024;

/**
 * The text of a source file. A UTF-8 byte order mark is dropped, since editors add it unasked.
 *
 * @throws {SourceError} For anything that is no UTF-8 text: UTF-16, binary content, broken sequences, more than 16 MiB
 */
export function decodeSource(bytes: Uint8Array, file: string): string {
  const fail = (code: string, detail: string, offset = 0, line = 1, column = 1): never => {
    throw new SourceError(code, detail, { file, offset, line, column });
  };
  if (bytes.length > maxSourceBytes) {
    fail("too-large", `the file has ${bytes.length} bytes; a source file may have ${maxSourceBytes}`);
  }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    fail("not-utf8", "the file is UTF-16 text; save it as UTF-8");
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return fail("not-utf8", "the file is not UTF-8 text; is it a binary file, or saved in another encoding?");
  }
  const nul = text.indexOf("\0");
  if (nul >= 0) {
    const before = text.slice(0, nul).split("\n");
    const column = (before.at(-1)?.length ?? 0) + 1;
    fail(
      "not-text",
      "the file holds a NUL byte: it is a binary file, not CUE, YAML or JSON",
      nul,
      before.length,
      column,
    );
  }
  return text;
}
