import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { requireVersion } from "../../engine/module/index.js";
import {
  type ArtifactPlace,
  annotations,
  copyArtifact,
  isLayoutUrl,
  openPlace,
  openPlaceToWrite,
  parsePlace,
  pushArtifact,
  type Repository,
  requireFree,
  signArtifact,
  type WritableRepository,
} from "../../engine/oci/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openRegistries } from "../open-registries.js";
import type { ModuleSourceArgs } from "../open-resolver.js";
import { packUserModule } from "../pack-user-module.js";
import { showArtifact } from "../show-artifact.js";
import { type SignArgs, signingKey } from "../signature-keys.js";
import { UsageError } from "../usage-error.js";

type Args = ModuleSourceArgs &
  SignArgs & {
    path: string;
    url: string;
    version?: string | undefined;
    latest: boolean;
    force: boolean;
    annotation?: Record<string, string> | undefined;
    output: "table" | "json";
  };

/** What every way of pushing needs. */
type Push = Readonly<{ repository: WritableRepository; tags: (version: string) => string[]; sign?: Sign }>;
type Sign = (digest: string) => Promise<void>;

/** `sheaf mod push`: publishes a module's folder, or an archive of it that `mod build` wrote. */
export async function modPush(context: Context, args: Args): Promise<ExitCode> {
  const { cwd, signal } = context;
  const to = placeWithoutTag(args.url, cwd);
  if (args.version !== undefined) requireVersion(args.version);
  const key = await signingKey(args, context);
  const registries = await openRegistries(args, context);
  const repository = await openPlaceToWrite(to, registries);
  const push: Push = {
    repository,
    tags: (version) => (args.latest ? [version, "latest"] : [version]),
    ...(key !== undefined && { sign: (digest: string) => signArtifact(repository, digest, key, signal) }),
  };
  const built = await builtPlace(args.path, cwd);
  const { digest, version } =
    built === undefined
      ? await pushFolder(args, push, context)
      : await pushBuilt(await openPlace(built, registries), built, args, push, context);
  showArtifact(to, digest, { version }, args.output, context.terminal);
  return exitCode.done;
}

type Pushed = Readonly<{ digest: string; version: string }>;

async function pushFolder(args: Args, { repository, tags, sign }: Push, context: Context): Promise<Pushed> {
  const { version } = args;
  if (version === undefined) throw new UsageError("--version is needed to push a folder, for example --version 1.0.0");
  const { artifact } = await packUserModule(args, version, context);
  const fixedTag = args.force ? undefined : version;
  await pushArtifact(artifact, repository, { tags: tags(version), fixedTag, beforeTags: sign, signal: context.signal });
  return { digest: artifact.descriptor.digest, version };
}

/** Pushes what was built before, byte for byte. */
async function pushBuilt(
  from: Repository,
  place: ArtifactPlace,
  args: Args,
  { repository, tags, sign }: Push,
  { signal }: Context,
): Promise<Pushed> {
  if (args.annotation !== undefined) throw new UsageError("--annotation is for folders: an archive is pushed as it is");
  const reference = place.digest ?? place.tag ?? args.version ?? (await onlyTag(from));
  const { descriptor, manifest } = await from.manifest(reference, signal);
  const version = manifest.annotations[annotations.version] ?? "";
  requireVersion(version);
  if (args.version !== undefined && args.version !== version) {
    throw new UsageError(`--version ${args.version}: the archive says that it is version ${version}`);
  }
  if (!args.force) await requireFree(repository, version, descriptor.digest, signal);
  await copyArtifact(from, reference, repository, { tags: tags(version), beforeTags: sign, signal });
  return { digest: descriptor.digest, version };
}

async function onlyTag(repository: Repository): Promise<string> {
  const [first, ...others] = (await repository.listTags()).filter((tag) => !tag.endsWith(".sig"));
  if (first !== undefined && others.length === 0) return first;
  throw new UsageError(`${repository.name} holds several versions; name one with --version`);
}

/** The place of a built module that the command line means, or undefined for a folder of a module. */
async function builtPlace(path: string, cwd: string): Promise<ArtifactPlace | undefined> {
  if (isLayoutUrl(path)) return parsePlace(path, cwd);
  const found = await stat(resolve(cwd, path)).catch(() => undefined);
  return found?.isFile() ? { kind: "archive", path: resolve(cwd, path) } : undefined;
}

function placeWithoutTag(url: string, cwd: string): ArtifactPlace {
  const place = parsePlace(url, cwd);
  if (place.tag === undefined && place.digest === undefined) return place;
  throw new UsageError(`${url}: the tag of a module is its version; leave it out and write --version`);
}
