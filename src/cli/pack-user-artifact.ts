import { readFile, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { sourceFacts } from "../engine/module/index.js";
import { type Artifact, buildArtifact, type FileTree, isTag, readTree, treeOf } from "../engine/oci/index.js";
import type { Context } from "./context.js";
import { FileError } from "./read-sources.js";
import { readSourceFacts } from "./source-facts.js";
import { UsageError } from "./usage-error.js";

/** What `artifact build` and `artifact push` pack. */
export type PackArgs = Readonly<{
  filepath: string;
  contentType: string;
  annotation?: Record<string, string> | undefined;
}>;

/** Packs a folder, or a file as a folder that holds it alone. */
export async function packUserArtifact(args: PackArgs, context: Context): Promise<Artifact> {
  const { dir, tree } = await readContent(resolve(context.cwd, args.filepath), args.filepath);
  const facts = sourceFacts(await readSourceFacts(dir, context));
  return buildArtifact({
    tree,
    mtimeSeconds: facts.mtimeSeconds,
    contentType: args.contentType,
    annotations: { ...facts.annotations, ...args.annotation },
  });
}

/** The tags of the command line, if they are some. */
export function requireTags(tags: readonly string[]): readonly string[] {
  const bad = tags.find((tag) => !isTag(tag));
  if (bad === undefined) return tags;
  const form = 'write letters, digits, "_", "." and "-", at most 128 of them';
  throw new UsageError(`--tag ${JSON.stringify(bad)} is not a tag: ${form}`);
}

async function readContent(path: string, shown: string): Promise<Readonly<{ dir: string; tree: FileTree }>> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new FileError(`${shown}: there is no such file or folder`, [], { cause });
  });
  if (found.isDirectory()) return { dir: path, tree: await readTree(path) };
  return { dir: dirname(path), tree: treeOf(new Map([[basename(path), await readFile(path)]])) };
}
