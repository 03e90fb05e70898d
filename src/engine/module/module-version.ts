import compare from "semver/functions/compare.js";
import valid from "semver/functions/valid.js";

/** A version of a module as lists show it. */
export type ModuleVersion = Readonly<{
  version: string;
  /** Absent where it was not asked for. */
  digest?: string;
  /** When it was published, as its manifest says: RFC 3339. */
  created?: string;
  /** Whether the tag `latest` names the same content. */
  latest: boolean;
}>;

/** The version of a module that comes from a folder, as Timoni has it. */
export const develVersion = "0.0.0-devel";

/** Tells a version as tags carry it: strict SemVer 2, no `v`, no build metadata (`+` cannot stand in a tag). */
export function isVersion(text: string): boolean {
  return valid(text) === text;
}

/** The versions among tags, the newest first. */
export function sortVersions(tags: Iterable<string>): string[] {
  return [...new Set(tags)].filter(isVersion).sort((a, b) => compare(b, a));
}

/**
 * The versions nearest to one that does not exist, newest first: the next ones above and below it, or the newest where it
 * is no version at all.
 */
export function nearestVersions(wanted: string, versions: readonly string[], count: number): string[] {
  const sorted = sortVersions(versions);
  const version = valid(wanted);
  if (version === null) return sorted.slice(0, count);
  const below = sorted.findIndex((candidate) => compare(candidate, version) < 0);
  const at = below < 0 ? sorted.length : below;
  const start = Math.max(0, Math.min(at - Math.floor(count / 2), sorted.length - count));
  return sorted.slice(start, start + count);
}
