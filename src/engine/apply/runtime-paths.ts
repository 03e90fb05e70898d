import { type InstanceRevision, protocol } from "../inventory/index.js";

type Path = readonly string[];

/**
 * Tells which places of a revision's values may hold what came from the runtime: those that it notes, with all that is in
 * them. A note that is missing, or not understood, means all places.
 *
 * @returns Whether what stands at a path is such. A path within one that is, is one, too
 */
export function runtimePaths({ module }: InstanceRevision): (path: Path) => boolean {
  const noted = tryReadNote(module.annotations?.[protocol.annotation.runtimeValues]);
  if (noted === undefined) return () => true;
  return (path) => [...path, ""].some((_, length) => noted.has(keyOf(path.slice(0, length))));
}

/** Whether a revision notes its runtime values, as those do that sheaf has recorded. */
export function notesRuntime({ module }: InstanceRevision): boolean {
  return tryReadNote(module.annotations?.[protocol.annotation.runtimeValues]) !== undefined;
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}

function tryReadNote(note = ""): ReadonlySet<string> | undefined {
  try {
    const paths: unknown = JSON.parse(note);
    if (!Array.isArray(paths) || !paths.every((path) => Array.isArray(path))) return undefined;
    return new Set(paths.map((path) => keyOf(path.map(String))));
  } catch {
    return undefined;
  }
}
