const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text of UTF-8. Each byte that does not fit becomes a replacement character, as where Go writes such text. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return decodeBroken(bytes);
  }
}

function decodeBroken(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find((size) => isRune(bytes.subarray(at, at + size)));
    text += length === undefined ? "\ufffd" : decoder.decode(bytes.subarray(at, at + length));
    at += length ?? 1;
  }
  return text;
}

function isRune(bytes: Uint8Array): boolean {
  try {
    return decoder.decode(bytes) !== "";
  } catch {
    return false;
  }
}
