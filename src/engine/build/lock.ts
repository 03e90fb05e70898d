import type { Bundle, BundleModule } from "../bundle/index.js";
import { FaultsError, SheafError, throwFaults } from "../diagnostics/index.js";
import { isJsonObject, type JsonValue } from "../json/index.js";
import { ResolveError, type Resolver } from "../module/index.js";
import { evaluateSources } from "../runtime/index.js";
import { compileSchema } from "../schema/index.js";
import type { SourceInput } from "../source/index.js";
import { stringifyYaml } from "../yaml/index.js";
import { resolveModule } from "./resolve-module.js";

/** A module as a bundle names it (`wanted` is a version or `latest`), and what that was when it was locked. */
export type LockedModule = Readonly<{ url: string; wanted: string; version: string; digest: string }>;

/** What a lock file holds: every module of a bundle, each once. */
export type Lock = Readonly<{ bundle: string; modules: readonly LockedModule[] }>;

/** A difference between two locks: `from` is absent for what is new, `to` for what is not used any more. */
export type LockChange = Readonly<{ url: string; wanted: string; from?: LockedModule; to?: LockedModule }>;

const schema = {
  type: "object",
  additionalProperties: false,
  required: ["apiVersion", "kind", "bundle", "modules"],
  properties: {
    apiVersion: { const: "sheaf/v1" },
    kind: { const: "BundleLock" },
    bundle: { type: "string", description: "the name of the bundle" },
    modules: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["url", "wanted", "version", "digest"],
        properties: {
          url: { type: "string", description: "the module's URL in the bundle" },
          wanted: { type: "string", description: "its version in the bundle" },
          version: { type: "string", description: "the version that this was" },
          digest: { type: "string", format: "digest", description: "the digest that it had" },
        },
      },
    },
  },
};

/**
 * Locks the modules of a bundle: finds out what each of them is now.
 *
 * @param baseDir The folder that relative names of bundle files count from
 * @param previous What stays as it is, where the bundle still wants it; without it everything is looked up
 * @throws {SheafError} The faults of all modules together
 */
export async function lockBundle(bundle: Bundle, resolver: Resolver, baseDir: string, previous?: Lock): Promise<Lock> {
  const wanted = new Map(bundle.instances.map(({ module }) => [keyOf(module.url, module.version), module]));
  const faults: SheafError[] = [];
  const locked = await Promise.all(
    [...wanted].map(async ([key, module]) => {
      const known = entryOf(previous, key);
      if (known !== undefined && (module.digest ?? known.digest) === known.digest) return [known];
      return lockModule(module, resolver, baseDir).catch((error: unknown) => {
        faults.push(...(error instanceof FaultsError ? error.errors : [requireFault(error)]));
        return [];
      });
    }),
  );
  throwFaults(faults);
  const modules = locked.flat().sort((a, b) => (keyOf(a.url, a.wanted) < keyOf(b.url, b.wanted) ? -1 : 1));
  return { bundle: bundle.name, modules };
}

async function lockModule(module: BundleModule, resolver: Resolver, baseDir: string): Promise<LockedModule[]> {
  const { url, version: wanted } = module;
  const { version, digest } = await resolveModule(module, resolver, baseDir);
  return [{ url, wanted, version, digest }];
}

/** What is other in a lock than in the one before. */
export function compareLocks(before: Lock | undefined, after: Lock): LockChange[] {
  const keys = [before, after].flatMap((lock) => lock?.modules ?? []).map(({ url, wanted }) => keyOf(url, wanted));
  return [...new Set(keys)].sort().flatMap((key) => {
    const [from, to] = [entryOf(before, key), entryOf(after, key)];
    const { url, wanted } = from ?? to ?? { url: "", wanted: "" };
    if (from?.digest === to?.digest && from?.version === to?.version) return [];
    return [{ url, wanted, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }];
  });
}

/**
 * A resolver that gives what the lock says and nothing else.
 *
 * @param name How messages call the lock, such as the path of its file
 */
export function lockedResolver(resolver: Resolver, lock: Lock, name: string): Resolver {
  return {
    ...resolver,
    async resolve(request, baseDir) {
      const { url, version: wanted = "latest", urlPos, versionPos, digest: pinned } = request;
      const entry = entryOf(lock, keyOf(url, wanted));
      const fail = (fault: string): ResolveError =>
        new ResolveError(
          "not-locked",
          `${fault}; bring the lock up to date with sheaf bundle lock`,
          versionPos ?? urlPos,
        );
      if (entry === undefined) throw fail(`${name} does not lock ${url} ${wanted}`);
      const { version, digest } = entry;
      if (pinned !== undefined && pinned !== digest) {
        throw fail(`${name} locks ${url} ${wanted} to ${digest}, but the bundle pins ${pinned}`);
      }
      // By its digest alone: whatever its tag names now, this is what was locked.
      const { version: _, ...rest } = request;
      const found = await resolver.resolve({ ...rest, digest }, baseDir);
      if (found.version === version) return found;
      throw fail(`${name} says that ${url}@${digest} is version ${version}, but it is ${found.version}`);
    },
  };
}

/**
 * Reads a lock file.
 *
 * @throws {SheafError} All faults, at their places
 */
export async function readLock(input: SourceInput, onSource?: (name: string, text: string) => void): Promise<Lock> {
  const located = await evaluateSources([{ ...input, format: "yaml" }], [], { onSource });
  const { value, faults } = await (await compileSchema(schema)).check(located);
  throwFaults(faults);
  const modules = isJsonObject(value) && Array.isArray(value.modules) ? value.modules.filter(isJsonObject) : [];
  return {
    bundle: isJsonObject(value) ? String(value.bundle) : "",
    modules: modules.map((each) => ({
      url: String(each.url),
      wanted: String(each.wanted),
      version: String(each.version),
      digest: String(each.digest),
    })),
  };
}

/** The text of a lock file: equal locks give equal bytes. */
export function formatLock({ bundle, modules }: Lock): string {
  const entries = modules.map(({ url, wanted, version, digest }): JsonValue => ({ url, wanted, version, digest }));
  const heading = "# What sheaf bundle lock found; sheaf bundle apply --locked takes nothing else.\n";
  return heading + stringifyYaml({ apiVersion: "sheaf/v1", kind: "BundleLock", bundle, modules: entries });
}

function keyOf(url: string, wanted: string): string {
  return `${url} ${wanted}`;
}

function entryOf(lock: Lock | undefined, key: string): LockedModule | undefined {
  return lock?.modules.find(({ url, wanted }) => keyOf(url, wanted) === key);
}

function requireFault(error: unknown): SheafError {
  if (error instanceof SheafError) return error;
  throw error;
}
