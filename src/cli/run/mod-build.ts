import { resolve } from "node:path";
import { openNewLayout, pushArtifact } from "../../engine/oci/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import type { ModuleSourceArgs } from "../open-resolver.js";
import { packUserModule } from "../pack-user-module.js";
import { showArtifact } from "../show-artifact.js";

type Args = ModuleSourceArgs & {
  path: string;
  version: string;
  outputFile: string;
  format: "oci-archive" | "oci-layout";
  annotation?: Record<string, string> | undefined;
};

/** `sheaf mod build`: writes a module as an OCI archive or image layout, to be pushed later. */
export async function modBuild(context: Context, args: Args): Promise<ExitCode> {
  const { version } = args;
  const { artifact } = await packUserModule(args, version, context);
  const path = resolve(context.cwd, args.outputFile);
  const kind = args.format === "oci-archive" ? "archive" : "layout";
  const place = { kind, path } as const;
  const repository = await openNewLayout(place);
  await pushArtifact(artifact, repository, { tags: [version], signal: context.signal });
  showArtifact(place, artifact.descriptor.digest, { version }, "table", context.terminal);
  return exitCode.done;
}
