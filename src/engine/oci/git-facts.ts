import { execFile } from "node:child_process";

/** What a Git repository tells of a folder in it. */
export type GitFacts = Readonly<{
  /** The address of the remote `origin`, without the password that may stand in it. */
  source?: string;
  /** The commit that is checked out. */
  revision?: string;
  /** When that was committed, in seconds since 1970. */
  committedSeconds?: number;
}>;

/** Asks Git about a folder. Where there is no Git or no repository, nothing is known. */
export async function readGitFacts(dir: string, signal?: AbortSignal): Promise<GitFacts> {
  const [commit, remote] = await Promise.all([
    git(dir, ["--no-pager", "log", "-1", "--no-show-signature", "--format=%H %ct"], signal),
    git(dir, ["config", "--get", "remote.origin.url"], signal),
  ]);
  const [, revision, seconds] = /^([0-9a-f]{40,64}) (\d+)$/.exec(commit) ?? [];
  const source = withoutPassword(remote);
  return {
    ...(source !== "" && { source }),
    ...(revision !== undefined && { revision }),
    ...(seconds !== undefined && { committedSeconds: Number(seconds) }),
  };
}

/** `https://user:token@host/repo` is how a token gets into a remote; an artifact must not carry it on. */
export function withoutPassword(remote: string): string {
  return remote.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, (whole, scheme: string) =>
    /^(?:git\+)?ssh:/i.test(scheme) && !whole.slice(scheme.length).includes(":") ? whole : scheme,
  );
}

async function git(dir: string, args: readonly string[], signal: AbortSignal | undefined): Promise<string> {
  return new Promise((resolve) => {
    const options = { cwd: dir, timeout: 10_000, ...(signal !== undefined && { signal }) };
    execFile("git", args, options, (fault, stdout) => resolve(fault === null ? stdout.trim() : ""));
  });
}
