import { type PublicKey, type Repository, verifySignature } from "../oci/index.js";

/** A rule that modules must be signed: those of the repository `prefix` (`host/path`) and all below it; all, if it is empty. */
export type TrustRule = Readonly<{ prefix: string; key: PublicKey }>;

/** Checks the signature of what has a digest in a repository, where a rule wants one. */
export type SignatureCheck = (repository: Repository, digest: string, signal?: AbortSignal) => Promise<void>;

/**
 * The check that the rules want of a module.
 *
 * @param name `host/repository`, as the bundle's URL has it; whatever mirror it then comes from
 */
export function signatureCheck(rules: readonly TrustRule[], name: string): SignatureCheck {
  const fitting = rules.filter(({ prefix }) => prefix === "" || name === prefix || name.startsWith(`${prefix}/`));
  const longest = Math.max(...fitting.map(({ prefix }) => prefix.length));
  const rule = fitting.find(({ prefix }) => prefix.length === longest);
  return async (repository, digest, signal) => {
    if (rule !== undefined) await verifySignature(repository, digest, rule.key, signal);
  };
}
