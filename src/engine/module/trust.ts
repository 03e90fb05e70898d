import { type PublicKey, type Repository, verifySignature } from "../oci/index.js";

/**
 * A rule that modules must be signed: those of the repository `prefix` (`host/path`) and all below it. With an empty prefix it holds
 * for all, beside what another rule wants.
 */
export type TrustRule = Readonly<{ prefix: string; key: PublicKey }>;

/** Checks the signatures of what has a digest in a repository, where rules want some. */
export type SignatureCheck = (repository: Repository, digest: string, signal?: AbortSignal) => Promise<void>;

/**
 * The check that the rules want of a module: the one with the longest prefix that fits, and those for all.
 *
 * @param name `host/repository`, as the bundle's URL has it; whatever mirror it then comes from
 */
export function signatureCheck(rules: readonly TrustRule[], name: string): SignatureCheck {
  const wanted = rulesFor(rules, name);
  return async (repository, digest, signal) => {
    for (const { key } of wanted) await verifySignature(repository, digest, key, signal);
  };
}

/** The rules that hold for a module. */
export function rulesFor(rules: readonly TrustRule[], name: string): TrustRule[] {
  const fitting = rules.filter(({ prefix }) => name === prefix || name.startsWith(`${prefix}/`));
  const longest = Math.max(...fitting.map(({ prefix }) => prefix.length));
  const particular = fitting.find(({ prefix }) => prefix !== "" && prefix.length === longest);
  return [...(particular === undefined ? [] : [particular]), ...rules.filter(({ prefix }) => prefix === "")];
}
