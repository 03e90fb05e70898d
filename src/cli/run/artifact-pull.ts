import { resolve } from "node:path";
import { signatureCheck } from "../../engine/module/index.js";
import { openPlace, parsePlace, readArtifact, referenceOf, writeTree } from "../../engine/oci/index.js";
import { loadConfig } from "../config.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openRegistries, type RegistryArgs } from "../open-registries.js";
import { type VerifyArgs, verificationRules } from "../signature-keys.js";

type Args = RegistryArgs & VerifyArgs & { url: string; outputDir: string; contentType?: string | undefined };

/** `sheaf artifact pull`: writes the files of an artifact into a new folder. */
export async function artifactPull(context: Context, args: Args): Promise<ExitCode> {
  const { cwd, signal, terminal } = context;
  const place = parsePlace(args.url, cwd);
  const name = place.kind === "registry" ? `${place.host}/${place.repository}` : "";
  const { trust } = await loadConfig(context);
  const verify = signatureCheck([...trust, ...(await verificationRules(args, context))], name);
  const repository = await openPlace(place, await openRegistries(args, context));
  const { descriptor, manifest } = await repository.manifest(referenceOf(place), signal);
  await verify(repository, descriptor.digest, signal);
  const tree = await readArtifact(repository, manifest, args.url, { contentType: args.contentType, signal });
  await writeTree(tree, resolve(cwd, args.outputDir));
  terminal.say(`${args.url}: ${tree.files.size} files written to ${args.outputDir}\ndigest: ${descriptor.digest}\n`);
  return exitCode.done;
}
