import { type SheafError, throwFaults } from "../diagnostics/index.js";
import type { KubeObject } from "../object/index.js";
import { type Artifact, annotations, buildArtifact, type FileTree, type GitFacts } from "../oci/index.js";
import type { Module } from "./module.js";
import { isVersion } from "./module-version.js";
import { ResolveError } from "./resolve-error.js";
import { vetModule } from "./vet-module.js";

/** What a packed module is called, and what its manifest says of it. */
export type PackOptions = Readonly<{
  /** Strict SemVer 2 without build metadata: it becomes a tag. */
  version: string;
  /** What places in the module's files start with. */
  label: string;
  /** Annotations of the manifest beside those that follow from the module; they win. */
  annotations?: Readonly<Record<string, string>>;
  git?: GitFacts;
  /** Definitions of custom resources beside those of the module: to check what it renders. */
  definitions?: readonly KubeObject[];
  /** SOURCE_DATE_EPOCH: the time of all files, in seconds since 1970, instead of that of the commit. */
  sourceDateEpoch?: number | undefined;
}>;

/** An artifact that holds a module, and what vetting the module brought to light. */
export type PackedModule = Readonly<{ module: Module; artifact: Artifact; warnings: readonly SheafError[] }>;

/**
 * Vets a module and packs it as an artifact. Every byte follows from the arguments.
 *
 * @throws {SheafError} All faults of the module together: what cannot be used is not published
 */
export async function packModule(tree: FileTree, options: PackOptions): Promise<PackedModule> {
  const { version, label, definitions = [] } = options;
  requireVersion(version);
  const { module, objects, faults, warnings } = await vetModule(tree.files, { version, label, definitions });
  throwFaults(faults);
  if (module === undefined) throw new TypeError("a module without faults is there");
  const images = module.images(objects).sort();
  const artifact = await buildArtifact({
    tree,
    ...sourceFacts(options),
    annotations: {
      ...(images.length > 0 && { [annotations.images]: images.join(",") }),
      ...sourceFacts(options).annotations,
      ...options.annotations,
      [annotations.version]: version,
    },
  });
  return { module, artifact, warnings };
}

/** The time of an artifact's files, and what its annotations tell of where they come from. */
export function sourceFacts({ git = {}, sourceDateEpoch }: Pick<PackOptions, "git" | "sourceDateEpoch">): Readonly<{
  mtimeSeconds: number;
  annotations: Readonly<Record<string, string>>;
}> {
  const seconds = sourceDateEpoch ?? git.committedSeconds;
  return {
    mtimeSeconds: seconds ?? 0,
    annotations: {
      ...(seconds !== undefined && {
        [annotations.created]: new Date(seconds * 1000).toISOString().replace(".000Z", "Z"),
      }),
      ...(git.source !== undefined && { [annotations.source]: git.source }),
      ...(git.revision !== undefined && { [annotations.revision]: git.revision }),
    },
  };
}

/** @throws {ResolveError} `bad-version`, with what would be right */
export function requireVersion(version: string): void {
  if (isVersion(version)) return;
  const bare = version.replace(/^v/, "").replace(/\+.*$/, "");
  const why = version.includes("+") ? ' ("+" cannot stand in a tag)' : "";
  const right = isVersion(bare) ? `write ${bare}` : "write it as 1.2.3 or 1.2.3-rc.1";
  throw new ResolveError("bad-version", `"${version}" is not the version of a module${why}: ${right}`);
}
