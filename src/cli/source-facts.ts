import { type GitFacts, readGitFacts } from "../engine/oci/index.js";
import type { Context } from "./context.js";
import { UsageError } from "./usage-error.js";

/** Where a folder's files come from, and what time they get: Git's, or that of SOURCE_DATE_EPOCH. */
export async function readSourceFacts(
  dir: string,
  { env, signal }: Context,
): Promise<Readonly<{ git: GitFacts; sourceDateEpoch?: number }>> {
  const epoch = env.SOURCE_DATE_EPOCH;
  if (epoch !== undefined && !/^\d{1,11}$/.test(epoch)) {
    throw new UsageError(`SOURCE_DATE_EPOCH is ${JSON.stringify(epoch)}, expected seconds since 1970`);
  }
  const git = await readGitFacts(dir, signal);
  return { git, ...(epoch !== undefined && { sourceDateEpoch: Number(epoch) }) };
}
