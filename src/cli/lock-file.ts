import { readFile } from "node:fs/promises";
import { parse, resolve } from "node:path";
import { type Lock, lockedResolver, readLock } from "../engine/build/index.js";
import type { Resolver } from "../engine/module/index.js";
import type { Context } from "./context.js";
import { FileError } from "./read-sources.js";
import { UsageError } from "./usage-error.js";

/** The options about locks: see `lockOptions`. */
export type LockArgs = LockFileArgs & Readonly<{ locked: boolean }>;
export type LockFileArgs = Readonly<{ file: string[]; lockFile?: string | undefined }>;

/** The path of a bundle's lock file, as a person in this folder would write it. */
export function lockPath({ file, lockFile }: LockFileArgs): string {
  if (lockFile !== undefined) return lockFile;
  const first = file.find((name) => name !== "-");
  if (first === undefined)
    throw new UsageError("a bundle from standard input has no lock file; name one with --lock-file");
  const { dir, name } = parse(first);
  return dir === "" ? `${name}.lock` : `${dir}/${name}.lock`;
}

/** The lock of a bundle, or undefined where there is none yet. */
export async function loadLock(path: string, { cwd, sources }: Context): Promise<Lock | undefined> {
  const bytes = await readFile(resolve(cwd, path)).catch((cause: unknown) => {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw new FileError(`${path}: the lock file cannot be read`, [], { cause });
  });
  return bytes && readLock({ name: path, bytes }, (name, text) => sources.set(name, text));
}

/** A resolver that takes nothing but what the lock says. */
export async function openLocked(resolver: Resolver, args: LockArgs, context: Context): Promise<Resolver> {
  const path = lockPath(args);
  const lock = await loadLock(path, context);
  if (lock !== undefined) return lockedResolver(resolver, lock, path);
  throw new FileError(`${path}: there is no such lock file; write it with sheaf bundle lock`);
}
