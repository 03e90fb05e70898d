import { resolve } from "node:path";
import { openNewLayout, pushArtifact } from "../../engine/oci/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { type PackArgs, packUserArtifact, requireTags } from "../pack-user-artifact.js";
import { showArtifact } from "../show-artifact.js";

type Args = PackArgs & { outputFile: string; format: "oci-archive" | "oci-layout"; tag: string[] };

/** `sheaf artifact build`: writes a file or folder as an OCI archive or image layout, to be copied later. */
export async function artifactBuild(context: Context, args: Args): Promise<ExitCode> {
  const tags = requireTags(args.tag);
  const artifact = await packUserArtifact(args, context);
  const kind = args.format === "oci-archive" ? "archive" : "layout";
  const place = { kind, path: resolve(context.cwd, args.outputFile) } as const;
  await pushArtifact(artifact, await openNewLayout(place), { tags, signal: context.signal });
  showArtifact(place, artifact.descriptor.digest, { tag: tags[0] ?? "" }, "table", context.terminal);
  return exitCode.done;
}
