import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { TrustRule } from "../engine/module/index.js";
import { type PublicKey, readPublicKey, readSigningKey, type SigningKey } from "../engine/oci/index.js";
import type { Context } from "./context.js";
import { FileError } from "./read-sources.js";
import { UsageError } from "./usage-error.js";

/** The options that say what must be signed: see `verifyOptions`. */
export type VerifyArgs = Readonly<{ verify?: "cosign" | undefined; cosignKey?: string | undefined }>;
/** Those that say what to sign with: see `signOptions`. */
export type SignArgs = Readonly<{
  sign?: "cosign" | undefined;
  cosignKey?: string | undefined;
  /** In its place where `cosignKey` says by whom modules are signed: see `bundleSignOptions`. */
  signKey?: string | undefined;
}>;

/** The rule that the options are: everything must be signed with their key; none where they want nothing. */
export async function verificationRules(args: VerifyArgs, { cwd }: Context): Promise<readonly TrustRule[]> {
  const path = keyPath("--verify", args.verify, args.cosignKey);
  return path === undefined ? [] : [{ prefix: "", key: await loadPublicKey(resolve(cwd, path)) }];
}

/**
 * The key to sign with, or undefined where nothing is to be signed.
 *
 * @param option The one that names the key
 */
export async function signingKey(
  args: SignArgs,
  { cwd, env, terminal }: Context,
  option: "cosignKey" | "signKey" = "cosignKey",
): Promise<SigningKey | undefined> {
  const path = keyPath("--sign", args.sign, args[option], option === "signKey" ? "--sign-key" : "--cosign-key");
  if (path === undefined) return undefined;
  return readSigningKey(await readKey(resolve(cwd, path)), path, () => {
    const password = env.COSIGN_PASSWORD;
    if (password !== undefined) terminal.redactor.add(password);
    return password;
  });
}

/** Reads the file of a public key. */
export async function loadPublicKey(path: string): Promise<PublicKey> {
  return readPublicKey(await readKey(path), path);
}

function keyPath(
  flag: string,
  given: "cosign" | undefined,
  path: string | undefined,
  keyFlag = "--cosign-key",
): string | undefined {
  if (given !== undefined && path === undefined) {
    throw new UsageError(`${flag} needs a key: ${keyFlag} FILE (signatures without keys are not supported)`);
  }
  if (given === undefined && path !== undefined) throw new UsageError(`${keyFlag} is for ${flag}, which is not given`);
  return path;
}

async function readKey(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: unknown) => {
    throw new FileError(`${path}: the key cannot be read`, [], { cause });
  });
}
