import { resolve } from "node:path";
import { compareLocks, formatLock, type LockChange, lockBundle } from "../../engine/build/index.js";
import type { Bundle } from "../../engine/bundle/index.js";
import { writeWhole } from "../../engine/oci/index.js";
import { loadUserBundle, type SourceArgs } from "../build-user-bundle.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openFleet } from "../fleet.js";
import { type LockFileArgs, loadLock, lockPath } from "../lock-file.js";
import { type ModuleArgs, openResolver } from "../open-resolver.js";
import { formatTable } from "../show-table.js";

type Args = SourceArgs &
  ModuleArgs &
  LockFileArgs & {
    upgrade: boolean;
    dryRun: boolean;
    output: "table" | "json";
  };

/** `sheaf bundle lock`: writes down which versions and digests the modules of a bundle are. */
export async function bundleLock(context: Context, args: Args): Promise<ExitCode> {
  const { terminal, cwd } = context;
  const path = lockPath(args);
  const fleet = await openFleet(args, context);
  const bundles: Bundle[] = [];
  const code = await fleet.run(async (run) => {
    bundles.push(await loadUserBundle(args, run));
    return exitCode.done;
  });
  const [first] = bundles;
  if (first === undefined || code !== exitCode.done) return code;
  // Modules may depend on values of the cluster: the lock has those of all.
  const bundle = { ...first, instances: bundles.flatMap(({ instances }) => instances) };
  const before = await loadLock(path, context);
  const lock = await lockBundle(bundle, await openResolver(args, context), cwd, args.upgrade ? undefined : before);
  const changes = compareLocks(before, lock);
  if (!args.dryRun) await writeWhole(resolve(cwd, path), formatLock(lock));
  if (args.output === "json") terminal.say(`${JSON.stringify({ file: path, ...lock, changes }, null, 2)}\n`);
  else {
    const state = changes.length === 0 ? "up to date" : args.dryRun ? "would change" : "written";
    if (changes.length > 0) terminal.say(formatTable(["MODULE", "WANTED", "FROM", "TO"], changes.map(rowOf)));
    const count = lock.modules.length;
    terminal.say(`${path}: ${count === 1 ? "1 module" : `${count} modules`}, ${state}\n`);
  }
  return args.dryRun && changes.length > 0 ? exitCode.changes : exitCode.done;
}

function rowOf({ url, wanted, from, to }: LockChange): string[] {
  const [before, after] = [from, to].map((entry) =>
    entry === undefined ? "-" : `${entry.version} ${entry.digest.slice(0, "sha256:".length + 12)}`,
  );
  return [url, wanted, before ?? "-", after ?? "-"];
}
