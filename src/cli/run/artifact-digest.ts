import { openPlace, parsePlace, referenceOf } from "../../engine/oci/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openRegistries, type RegistryArgs } from "../open-registries.js";
import { showArtifact } from "../show-artifact.js";

type Args = RegistryArgs & { url: string; output: "table" | "json" };

/** `sheaf artifact digest`: what a tag names now. */
export async function artifactDigest(context: Context, args: Args): Promise<ExitCode> {
  const place = parsePlace(args.url, context.cwd);
  const repository = await openPlace(place, await openRegistries(args, context));
  const { descriptor } = await repository.rawManifest(referenceOf(place), context.signal);
  showArtifact(place, descriptor.digest, { tag: place.tag ?? "latest" }, args.output, context.terminal);
  return exitCode.done;
}
