import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compiledDir, compiledName } from "../src/engine/module/compiled-store.js";
import { type ModuleCompiler, moduleCompiler } from "../src/engine/module/module-compiler.js";
import { annotations, buildArtifact, type LayoutEntry, treeOf, writeLayout } from "../src/engine/oci/index.js";
import { type ModuleVersion, moduleVersions } from "./module-versions.js";

export type CatalogOptions = Readonly<{
  modulesDir: string;
  outDir: string;
  /** SOURCE_DATE_EPOCH: the time of all files, in seconds since 1970. Without it that is 0, and no time is told. */
  sourceDateEpoch?: number | undefined;
}>;

/** Builds the catalog of the repository's modules. */
export async function buildCatalog({ modulesDir, outDir, sourceDateEpoch }: CatalogOptions): Promise<void> {
  await writeCatalog(moduleVersions(modulesDir), moduleCompiler, outDir, sourceDateEpoch);
}

/**
 * Writes module versions as an OCI image layout, with the compiled form of each beside it, so that none has to be
 * compiled when it is used. Every byte follows from the arguments: neither a clock nor the repository's history counts,
 * so that a version whose files stay keeps its digest from one release of sheaf to the next.
 *
 * @param versions Those of one module in a row, the newest first: it becomes `latest`
 */
export async function writeCatalog(
  versions: readonly ModuleVersion[],
  compiler: Pick<ModuleCompiler, "compile">,
  outDir: string,
  sourceDateEpoch?: number,
): Promise<void> {
  rmSync(outDir, { recursive: true, force: true });
  mkdirSync(compiledDir(outDir), { recursive: true });
  const created = sourceDateEpoch === undefined ? {} : { [annotations.created]: rfc3339(sourceDateEpoch) };
  const entries: LayoutEntry[] = [];
  const blobs: Uint8Array[] = [];
  for (const { module, version, files } of versions) {
    const { descriptor, blobs: own } = await buildArtifact({
      tree: treeOf(files),
      mtimeSeconds: sourceDateEpoch ?? 0,
      annotations: { ...created, [annotations.version]: version },
    });
    const isNewest = !entries.some(({ repository }) => repository === module);
    for (const tag of isNewest ? [version, "latest"] : [version]) entries.push({ repository: module, tag, descriptor });
    blobs.push(...own);
    writeFileSync(join(compiledDir(outDir), compiledName(descriptor.digest)), await compiler.compile(files, module));
  }
  await writeLayout(outDir, { entries, blobs });
}

function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
