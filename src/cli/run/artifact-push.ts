import { readFile, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { sourceFacts } from "../../engine/module/index.js";
import {
  buildArtifact,
  type FileTree,
  isTag,
  openPlaceToWrite,
  parsePlace,
  pushArtifact,
  readTree,
  signArtifact,
  treeOf,
} from "../../engine/oci/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openRegistries, type RegistryArgs } from "../open-registries.js";
import { FileError } from "../read-sources.js";
import { showArtifact } from "../show-artifact.js";
import { type SignArgs, signingKey } from "../signature-keys.js";
import { readSourceFacts } from "../source-facts.js";
import { UsageError } from "../usage-error.js";

type Args = RegistryArgs &
  SignArgs & {
    url: string;
    filepath: string;
    tag: string[];
    contentType: string;
    annotation?: Record<string, string> | undefined;
    output: "table" | "json";
  };

/** `sheaf artifact push`: packs a file or folder and pushes it under tags. */
export async function artifactPush(context: Context, args: Args): Promise<ExitCode> {
  const { cwd, signal } = context;
  const [tag = "", ...more] = args.tag;
  const bad = args.tag.find((each) => !isTag(each));
  if (bad !== undefined) throw new UsageError(`--tag ${JSON.stringify(bad)} is not a tag`);
  const place = parsePlace(args.url, cwd);
  const key = await signingKey(args, context);
  const path = resolve(cwd, args.filepath);
  const { dir, tree } = await readContent(path, args.filepath);
  const facts = sourceFacts(await readSourceFacts(dir, context));
  const artifact = await buildArtifact({
    tree,
    mtimeSeconds: facts.mtimeSeconds,
    contentType: args.contentType,
    annotations: { ...facts.annotations, ...args.annotation },
  });
  const repository = await openPlaceToWrite(place, await openRegistries(args, context));
  const beforeTags = key && ((digest: string) => signArtifact(repository, digest, key, signal));
  await pushArtifact(artifact, repository, { tags: [tag, ...more], beforeTags, signal });
  showArtifact(place, artifact.descriptor.digest, { tag }, args.output, context.terminal);
  return exitCode.done;
}

/** A folder, or a file as a folder that holds it alone. */
async function readContent(path: string, shown: string): Promise<Readonly<{ dir: string; tree: FileTree }>> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new FileError(`${shown}: there is no such file or folder`, [], { cause });
  });
  if (found.isDirectory()) return { dir: path, tree: await readTree(path) };
  return { dir: dirname(path), tree: treeOf(new Map([[basename(path), await readFile(path)]])) };
}
