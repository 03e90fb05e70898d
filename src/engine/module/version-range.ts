import { sortVersions } from "./module-version.js";

/** Ranges are told from versions by what only they have: `2.8.x`, `>=2.7`, `~2.8.0`, `2.7 || 2.8`. */
const rangeSign = /[xX*<>=~^|\s]/;

/** Whether a text is a range of versions, as npm and Flux write it; `,` stands for "and". */
export async function isVersionRange(text: string): Promise<boolean> {
  const { default: validRange } = await import("semver/ranges/valid.js");
  return rangeSign.test(text) && validRange(withoutCommas(text)) !== null;
}

/**
 * The newest of some versions that a range has. The number after the dash of `2.8.8-0` counts releases of the module, so
 * such a version is in the ranges that `2.8.8` is in; other pre-releases are in a range only if it names one of them.
 */
export async function newestInRange(versions: readonly string[], range: string): Promise<string | undefined> {
  const { default: satisfies } = await import("semver/functions/satisfies.js");
  const text = withoutCommas(range);
  const isIn = (version: string): boolean => {
    const release = /^(\d+\.\d+\.\d+)-\d+$/.exec(version)?.[1];
    // A range that names such a number means it.
    if (release !== undefined && /\d-\d/.test(text)) return satisfies(version, text, { includePrerelease: true });
    return satisfies(release ?? version, text);
  };
  return sortVersions(versions).find(isIn);
}

function withoutCommas(range: string): string {
  return range.replaceAll(",", " ");
}
