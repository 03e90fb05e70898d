export { checkRendering, type Rendering, type RenderingContext } from "./check-rendering.js";
export { type CompiledModule, compileModule } from "./compile-module.js";
export { compiledDir, compiledName } from "./compiled-store.js";
export { describeModule, type ModuleDescription } from "./describe-module.js";
export { loadFluxDefinitions } from "./flux-definitions.js";
export type { ApplySetRule, ModuleManifest } from "./manifest.js";
export { type Mirror, type MirrorTarget, parseMirror } from "./mirror.js";
export {
  type CheckedValues,
  loadModule,
  Module,
  type ModuleIdentity,
  moduleFromCompiled,
  type RenderInput,
  type ValuesPlace,
} from "./module.js";
export { type ModuleCompiler, moduleCompiler } from "./module-compiler.js";
export { ModuleError, type ModuleErrorCode } from "./module-error.js";
export type { ModuleFiles } from "./module-files.js";
export type { VersionsOptions } from "./module-source.js";
export { isVersion, type ModuleVersion, sortVersions } from "./module-version.js";
export { ObjectError } from "./object-error.js";
export { optionTable, updateReadme } from "./option-table.js";
export { type PackedModule, type PackOptions, packModule, requireVersion, sourceFacts } from "./pack-module.js";
export { readLocatedFile } from "./read-located-file.js";
export { readModuleFolder } from "./read-module-folder.js";
export {
  createResolver,
  type FoundFiles,
  type FoundVersions,
  type ModuleRequest,
  type ResolvedModule,
  type Resolver,
  type ResolverOptions,
} from "./resolve.js";
export { ResolveError, type ResolveErrorCode } from "./resolve-error.js";
export { listOptions, type ModuleOption, resolveRef } from "./schema-options.js";
export { skeletonOf } from "./skeleton.js";
export { type SignatureCheck, signatureCheck, type TrustRule } from "./trust.js";
export { type VetOptions, type VettedModule, vetModule } from "./vet-module.js";
