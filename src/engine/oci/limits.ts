const mebibyte = 1024 * 1024;

/** Bounds on what a registry, a layout or an archive may make sheaf read. Errors name the bound that was passed. */
export const limits = {
  /** A manifest, as registries themselves bound it. */
  manifestBytes: 4 * mebibyte,
  /** A layer or config, compressed. */
  blobBytes: 64 * mebibyte,
  /** An archive, unpacked: what stops a bomb. */
  unpackedBytes: 256 * mebibyte,
  /** An OCI archive, which is read as a whole. */
  archiveBytes: 512 * mebibyte,
  /** Files and folders of one archive. */
  entries: 20_000,
  /** The path of one entry, in bytes: more than any file system takes. */
  pathBytes: 4096,
  /** Layers of one manifest. */
  layers: 32,
  /** One page of tags, a token, an error: any answer that is not content. */
  answerBytes: 4 * mebibyte,
  /** Pages of a list, such as that of tags. */
  pages: 1000,
  tags: 100_000,
  redirects: 5,
} as const;

/** A number of bytes for people: `4 MiB`, `12.5 KiB`, `17 bytes`. */
export function formatBytes(sizeBytes: number): string {
  if (sizeBytes < 1024) return sizeBytes === 1 ? "1 byte" : `${sizeBytes} bytes`;
  const [value, unit] = sizeBytes < mebibyte ? [sizeBytes / 1024, "KiB"] : [sizeBytes / mebibyte, "MiB"];
  return `${Math.round(value * 10) / 10} ${unit}`;
}
