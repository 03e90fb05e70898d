import { loadFluxDefinitions } from "../engine/module/index.js";
import type { KubeObject } from "../engine/object/index.js";
import type { Context } from "./context.js";
import { cacheDirOf } from "./open-resolver.js";

/** The definitions of Flux that the package carries: a module may render Flux's resources without bringing them. */
export function catalogDefinitions(context: Context): Promise<readonly KubeObject[]> {
  return loadFluxDefinitions({ catalogDir: context.catalogDir, cacheDir: cacheDirOf(context) });
}
