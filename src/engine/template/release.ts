/** The numbers of a version; what is not written counts as 0. */
export type Release = readonly [major: number, minor: number, patch: number];

/** Reads `2.8.0`, `v2.8.0-0`, `1.31`, `v1.31.2+k3s1`; undefined for other text. */
export function parseRelease(text: string): Release | undefined {
  const found = /^v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:[-+][0-9A-Za-z.+-]*)?$/.exec(text);
  return found ? [Number(found[1]), Number(found[2] ?? 0), Number(found[3] ?? 0)] : undefined;
}

/** Negative where `a` is older, positive where it is newer. */
export function compareReleases(a: Release, b: Release): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
