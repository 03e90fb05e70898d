import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf, hexOf, writeWhole } from "../oci/index.js";

/**
 * Compiled modules by the digest of what they were compiled from, as JSON text: the ones that the catalog carries are
 * read only, others are kept in the user's cache, where each file starts with the digest of the rest of it. The name of
 * the folder changes with the compiled form, so that one sheaf never reads what another wrote differently.
 */
export class CompiledStore {
  readonly #catalogDir: string;
  readonly #cacheDir: string;

  constructor(catalogDir: string, cacheDir: string, format: string) {
    this.#catalogDir = compiledDir(catalogDir);
    this.#cacheDir = join(compiledDir(cacheDir), format);
  }

  /** The JSON text of a compiled module, or undefined where it is not kept or was damaged. */
  async get(digest: string): Promise<string | undefined> {
    const name = compiledName(digest);
    return (await tryRead(join(this.#catalogDir, name))) ?? unseal(await tryRead(join(this.#cacheDir, name)));
  }

  /** Keeps a compiled module in the cache, if that can be written. */
  async put(digest: string, json: string): Promise<void> {
    await writeWhole(join(this.#cacheDir, compiledName(digest)), `${sealOf(json)}\n${json}`).catch(() => undefined);
  }
}

/** The folder of compiled modules in a catalog or a cache. */
export function compiledDir(dir: string): string {
  return join(dir, "compiled");
}

/** The name of the file that holds what was compiled from the content of a digest. */
export function compiledName(digest: string): string {
  return `${hexOf(digest)}.json`;
}

async function tryRead(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}

function unseal(text: string | undefined): string | undefined {
  const end = text?.indexOf("\n") ?? -1;
  const json = text?.slice(end + 1) ?? "";
  return text?.slice(0, Math.max(0, end)) === sealOf(json) ? json : undefined;
}

function sealOf(json: string): string {
  return digestOf(new TextEncoder().encode(json));
}
