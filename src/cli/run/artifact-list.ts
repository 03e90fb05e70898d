import satisfies from "semver/functions/satisfies.js";
import validRange from "semver/ranges/valid.js";
import { isVersion, sortVersions } from "../../engine/module/index.js";
import { listArtifacts, openPlace, parsePlace } from "../../engine/oci/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openRegistries, type RegistryArgs } from "../open-registries.js";
import { formatTable } from "../show-table.js";
import { UsageError } from "../usage-error.js";

type FilterArgs = Readonly<{
  filterRegex?: string | undefined;
  filterSemver?: string | undefined;
  limit?: number | undefined;
}>;
type Args = RegistryArgs & FilterArgs & { url: string; withDigest: boolean; output: "table" | "json" };

/** `sheaf artifact list`: the tags of a repository. */
export async function artifactList(context: Context, args: Args): Promise<ExitCode> {
  const { terminal, cwd, signal } = context;
  const place = parsePlace(args.url, cwd);
  if (place.tag !== undefined || place.digest !== undefined)
    throw new UsageError(`${args.url}: all tags of a repository are listed; leave the tag or digest out`);
  const select = tagSelection(args);
  const repository = await openPlace(place, await openRegistries(args, context));
  const found = await listArtifacts(repository, { withDigest: args.withDigest, select, signal });
  if (args.output === "json") terminal.say(`${JSON.stringify(found, null, 2)}\n`);
  else {
    const rows = found.map(({ tag, digest = "-" }) => [tag, digest]);
    terminal.say(formatTable(["TAG", "DIGEST"], rows));
  }
  return exitCode.done;
}

/** Versions come first, the newest at the top, then other tags by name. */
function tagSelection({ filterRegex, filterSemver, limit }: FilterArgs): (tags: readonly string[]) => string[] {
  const pattern = filterRegex === undefined ? undefined : readPattern(filterRegex);
  if (filterSemver !== undefined && validRange(filterSemver) === null) {
    throw new UsageError(`--filter-semver ${JSON.stringify(filterSemver)} is not a range, such as ">=1.0.0 <2.0.0"`);
  }
  return (tags) => {
    const wanted = tags.filter((tag) => pattern?.test(tag) ?? true);
    const versions = sortVersions(wanted);
    if (filterSemver !== undefined) return versions.filter((tag) => satisfies(tag, filterSemver)).slice(0, limit);
    const others = wanted.filter((tag) => !isVersion(tag)).sort();
    return [...versions, ...others].slice(0, limit);
  };
}

function readPattern(text: string): RegExp {
  try {
    return new RegExp(text, "u");
  } catch (cause) {
    throw new UsageError(`--filter-regex ${JSON.stringify(text)} is not a regular expression`, [], { cause });
  }
}
