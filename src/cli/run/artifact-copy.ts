import {
  copyArtifact,
  formatPlace,
  openPlace,
  openPlaceToWrite,
  parsePlace,
  referenceOf,
} from "../../engine/oci/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openRegistries, type RegistryArgs } from "../open-registries.js";

type Args = RegistryArgs & {
  from: string;
  to: string;
  fromCreds?: string | undefined;
  toCreds?: string | undefined;
};

/** `sheaf artifact copy`: copies an artifact with its signatures, byte for byte. */
export async function artifactCopy(context: Context, args: Args): Promise<ExitCode> {
  const { cwd, signal, terminal } = context;
  const [from, to] = [parsePlace(args.from, cwd), parsePlace(args.to, cwd)];
  const one = args.fromCreds === args.toCreds;
  const sources = await openRegistries({ ...args, creds: args.fromCreds }, context);
  // With the same credentials it is the same client, which can link blobs within one registry.
  const targets = one ? sources : await openRegistries({ ...args, creds: args.toCreds }, context);
  const reference = referenceOf(from);
  const tag = to.tag ?? (from.digest === undefined ? (from.tag ?? "latest") : undefined);
  const repository = await openPlaceToWrite(to, targets);
  const copied = await copyArtifact(await openPlace(from, sources), reference, repository, {
    tags: tag === undefined ? [] : [tag],
    signal,
  });
  terminal.say(`${args.from} copied to ${formatPlace({ ...to, tag, digest: undefined })}\ndigest: ${copied.digest}\n`);
  return exitCode.done;
}
