import { dirname, resolve } from "node:path";
import { openPlaceToWrite, parsePlace, pushArtifact, signArtifact } from "../../engine/oci/index.js";
import { type BundleFolder, isEncrypted, packBundles } from "../../engine/publish/index.js";
import { type BundleArgs, loadUserBundle, openBuilder } from "../build-user-bundle.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openFleet } from "../fleet.js";
import { openRegistries, type RegistryArgs } from "../open-registries.js";
import { requireTags } from "../pack-user-artifact.js";
import { showArtifact } from "../show-artifact.js";
import { type SignArgs, signingKey } from "../signature-keys.js";
import { readSourceFacts } from "../source-facts.js";
import { UsageError } from "../usage-error.js";

type Args = BundleArgs &
  RegistryArgs &
  Pick<SignArgs, "sign" | "signKey"> & {
    url: string;
    tag?: string[] | undefined;
    annotation?: Record<string, string> | undefined;
    withSecrets: boolean;
    createNamespace: boolean;
    output: "table" | "json";
  };

/** `sheaf bundle push`: pushes what a bundle renders as an artifact for Flux; of several clusters a folder each. */
export async function bundlePush(context: Context, args: Args): Promise<ExitCode> {
  const { cwd, signal } = context;
  const place = parsePlace(args.url, cwd);
  if (place.digest !== undefined)
    throw new UsageError(`${args.url}: a digest is what comes out of a push; leave it out`);
  const tags = requireTags([...(place.tag === undefined ? [] : [place.tag]), ...(args.tag ?? [])]);
  const [tag] = tags;
  if (tag === undefined) throw new UsageError("a tag is needed, for example --tag latest");
  const key = await signingKey(args, context, "signKey");

  const fleet = await openFleet(args, context);
  // The credentials are for the one registry that is pushed to.
  const build = await openBuilder({ ...args, creds: undefined }, context, { exempt: isEncrypted });
  const folders: BundleFolder[] = [];
  const code = await fleet.run(async (run) => {
    const bundle = await build(await loadUserBundle(args, run));
    folders.push({ folder: run.cluster?.name ?? "", bundle });
    return exitCode.done;
  });
  if (code !== exitCode.done) return code;

  const file = args.file.find((name) => name !== "-");
  const facts = await readSourceFacts(file === undefined ? cwd : dirname(resolve(cwd, file)), context);
  const artifact = await packBundles(folders, {
    ...facts,
    annotations: args.annotation,
    withSecrets: args.withSecrets,
    createNamespaces: args.createNamespace,
  });
  const repository = await openPlaceToWrite(place, await openRegistries(args, context));
  const beforeTags = key && ((digest: string) => signArtifact(repository, digest, key, signal));
  await pushArtifact(artifact, repository, { tags: [...new Set(tags)], beforeTags, signal });
  showArtifact(place, artifact.descriptor.digest, { tag }, args.output, context.terminal);
  return exitCode.done;
}
