import { sourceFacts } from "../module/index.js";
import { refKey, refOf } from "../object/index.js";
import { type Artifact, annotations, buildArtifact, type GitFacts, treeOf } from "../oci/index.js";
import type { RenderedBundle } from "../plan/index.js";
import { objectFileName } from "../target/directory/index.js";
import { stringifyYaml } from "../yaml/index.js";
import { SecretsInClearError } from "./errors.js";
import { forFlux, namespaceForFlux } from "./for-flux.js";
import { secretsInClear } from "./secrets-in-clear.js";

/** What `flux push artifact` writes, and source-controller reads (https://fluxcd.io/flux/components/source/ocirepositories/). */
export const fluxMediaTypes = {
  config: "application/vnd.cncf.flux.config.v1+json",
  content: "application/vnd.cncf.flux.content.v1.tar+gzip",
} as const;

/** A bundle, and the folder of the artifact that it gets: empty for the top, a cluster's name where there are several. */
export type BundleFolder = Readonly<{ folder: string; bundle: RenderedBundle }>;

/** What goes into an artifact beside the objects, and what may. */
export type PackBundleOptions = Readonly<{
  git?: GitFacts;
  /** SOURCE_DATE_EPOCH: the time of all files, in seconds since 1970, instead of that of the commit. */
  sourceDateEpoch?: number | undefined;
  /** Annotations of the manifest; they win over those that follow from Git. */
  annotations?: Readonly<Record<string, string>> | undefined;
  /** Pack secrets in clear, too. */
  withSecrets?: boolean | undefined;
  /** Add the namespaces of instances that the bundle does not render (true unless given). */
  createNamespaces?: boolean | undefined;
}>;

/**
 * Packs rendered bundles as an artifact that Flux's OCIRepository takes: `<folder>/<instance>/<file>`, one file per object. Every byte
 * follows from the arguments.
 *
 * @throws {SecretsInClearError} Where an object holds a secret that is not encrypted
 * @example
 * ```ts
 * const artifact = await packBundles([{ folder: "", bundle: await buildBundle(bundle, resolver) }], { git: await readGitFacts(".") });
 * await pushArtifact(artifact, repository, { tags: ["latest"] });
 * ```
 */
export async function packBundles(
  folders: readonly BundleFolder[],
  options: PackBundleOptions = {},
): Promise<Artifact> {
  if (options.withSecrets !== true) {
    const found = folders.flatMap(({ bundle }) => secretsInClear(bundle)).map(refOf);
    const refs = [...new Map(found.map((ref) => [refKey(ref), ref])).values()];
    if (refs.length > 0) throw new SecretsInClearError(refs);
  }
  const files = folders.flatMap((each) => filesOf(each, options.createNamespaces ?? true));
  const { mtimeSeconds, annotations: facts } = sourceFacts(options);
  const revision = facts[annotations.revision];
  return buildArtifact({
    tree: treeOf(new Map(files)),
    mtimeSeconds,
    mediaTypes: fluxMediaTypes,
    annotations: {
      ...facts,
      // Flux writes revisions as ALGORITHM:HASH, and its notifications find the commit by that.
      ...(revision !== undefined && {
        [annotations.revision]: `${revision.length > 40 ? "sha256" : "sha1"}:${revision}`,
      }),
      ...options.annotations,
    },
  });
}

function filesOf({ folder, bundle: { instances } }: BundleFolder, createNamespaces: boolean): [string, Uint8Array][] {
  const below = folder === "" ? "" : `${folder}/`;
  const objects = instances.flatMap(({ name, namespace, objects }) =>
    objects.map((object) => ({
      path: `${below}${name}/${objectFileName(refOf(object), namespace)}`,
      object: forFlux(object),
    })),
  );
  const rendered = new Set(objects.map(({ object }) => refKey(refOf(object))));
  const namespaces = createNamespaces ? [...new Set(instances.map(({ namespace }) => namespace))] : [];
  const missing = namespaces
    .map(namespaceForFlux)
    .filter((object) => !rendered.has(refKey(refOf(object))))
    .map((object) => ({ path: `${below}${objectFileName(refOf(object), "")}`, object }));
  return [...missing, ...objects].map(({ path, object }) => [path, Buffer.from(stringifyYaml(object))]);
}
