import { SheafError } from "../diagnostics/index.js";
import type { KubeObject } from "../object/index.js";
import { artifactSource } from "./artifact-source.js";
import { catalogLayout } from "./catalog.js";
import { CompiledStore } from "./compiled-store.js";
import { moduleCompiler } from "./module-compiler.js";

/** The module of the catalog that has the definitions of Flux. */
const fluxModule = "flux-aio";

/** Where the catalog is, and where what is compiled may be kept. */
export type CatalogPlace = Readonly<{ catalogDir: string; cacheDir: string }>;

/**
 * The custom resource definitions of Flux that the built-in catalog has: for checking what is mostly on a cluster already.
 *
 * @param version The module version whose definitions are wanted; the newest where the catalog does not have it
 * @returns Nothing without a catalog
 */
export async function loadFluxDefinitions(
  { catalogDir, cacheDir }: CatalogPlace,
  version?: string,
): Promise<readonly KubeObject[]> {
  const repository = await catalogLayout(catalogDir, fluxModule, fluxModule).catch(ignoreMissing);
  if (repository === undefined) return [];
  const source = artifactSource({
    url: fluxModule,
    repository,
    compiler: moduleCompiler,
    store: new CompiledStore(catalogDir, cacheDir, moduleCompiler.format),
    available: async () => [],
  });
  const load = (wanted?: string) => source.load({ version: wanted, digest: undefined });
  const found = version === undefined ? undefined : await load(version).catch(ignoreMissing);
  const { module } = found ?? (await load());
  return module.definitions;
}

function ignoreMissing(fault: unknown): undefined {
  if (!(fault instanceof SheafError)) throw fault;
}
