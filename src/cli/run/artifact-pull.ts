import { resolve } from "node:path";
import {
  openPlace,
  parsePlace,
  readArtifact,
  referenceOf,
  verifySignature,
  writeTree,
} from "../../engine/oci/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openRegistries, type RegistryArgs } from "../open-registries.js";
import { type VerifyArgs, verificationKey } from "../signature-keys.js";

type Args = RegistryArgs & VerifyArgs & { url: string; outputDir: string; contentType?: string | undefined };

/** `sheaf artifact pull`: writes the files of an artifact into a new folder. */
export async function artifactPull(context: Context, args: Args): Promise<ExitCode> {
  const { cwd, signal, terminal } = context;
  const place = parsePlace(args.url, cwd);
  const key = await verificationKey(args, context);
  const repository = await openPlace(place, await openRegistries(args, context));
  const { descriptor, manifest } = await repository.manifest(referenceOf(place), signal);
  if (key !== undefined) await verifySignature(repository, descriptor.digest, key, signal);
  const tree = await readArtifact(repository, manifest, args.url, { contentType: args.contentType, signal });
  await writeTree(tree, resolve(cwd, args.outputDir));
  terminal.say(`${args.url}: ${tree.files.size} files written to ${args.outputDir}\ndigest: ${descriptor.digest}\n`);
  return exitCode.done;
}
