import { type Context, type ExitCode, exitCode } from "../context.js";
import { type PackArgs, packUserArtifact } from "../pack-user-artifact.js";
import { type PushArgs, parsePushPlace, pushUserArtifact } from "../push-user-artifact.js";
import { type SignArgs, signingKey } from "../signature-keys.js";

/** `sheaf artifact push`: packs a file or folder and pushes it under tags. */
export async function artifactPush(context: Context, args: PushArgs & SignArgs & PackArgs): Promise<ExitCode> {
  const place = parsePushPlace(args, context);
  const key = await signingKey(args, context);
  await pushUserArtifact(await packUserArtifact(args, context), place, key, args, context);
  return exitCode.done;
}
