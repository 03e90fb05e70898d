import { dirname, resolve } from "node:path";
import { type BundleFolder, isEncrypted, packBundles } from "../../engine/publish/index.js";
import { type BundleArgs, loadUserBundle, openBuilder } from "../build-user-bundle.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openFleet } from "../fleet.js";
import { type PushArgs, parsePushPlace, pushUserArtifact } from "../push-user-artifact.js";
import { type SignArgs, signingKey } from "../signature-keys.js";
import { readSourceFacts } from "../source-facts.js";

type Args = BundleArgs &
  PushArgs &
  Pick<SignArgs, "sign" | "signKey"> & {
    annotation?: Record<string, string> | undefined;
    withSecrets: boolean;
    createNamespace: boolean;
  };

/** `sheaf bundle push`: pushes what a bundle renders as an artifact for Flux; of several clusters a folder each. */
export async function bundlePush(context: Context, args: Args): Promise<ExitCode> {
  const { cwd } = context;
  const place = parsePushPlace(args, context);
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
  await pushUserArtifact(artifact, place, key, args, context);
  return exitCode.done;
}
