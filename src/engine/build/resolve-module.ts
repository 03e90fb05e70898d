import { dirname, resolve } from "node:path";
import type { BundleModule } from "../bundle/index.js";
import type { ResolvedModule, Resolver } from "../module/index.js";

/**
 * Finds the module that a bundle names: a relative path counts from the bundle's file.
 *
 * @param baseDir The folder that relative names of bundle files count from, and what standard input names
 */
export function resolveModule(
  module: BundleModule,
  resolver: Pick<Resolver, "resolve">,
  baseDir: string,
): Promise<ResolvedModule> {
  const { file } = module.urlPos;
  return resolver.resolve(module, file === "-" ? baseDir : resolve(baseDir, dirname(file)));
}
