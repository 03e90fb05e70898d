import { type CompiledModule, compiledFormat, compileModule } from "./compile-module.js";
import { type Module, type ModuleIdentity, moduleFromCompiled } from "./module.js";
import type { ModuleFiles } from "./module-files.js";

/** How the files of a module become one that renders. Between the two steps stands JSON text, which can be kept. */
export type ModuleCompiler = Readonly<{
  /** Changes whenever the compiled form does; fit for a file name. */
  format: string;
  /** `label` is what places put before the paths of files. */
  compile(files: ModuleFiles, label: string): Promise<string>;
  open(json: string, identity: ModuleIdentity): Module;
}>;

export const moduleCompiler: ModuleCompiler = {
  format: compiledFormat,
  compile: async (files, label) => JSON.stringify(await compileModule(files, label)),
  open(json, identity) {
    const compiled: CompiledModule = JSON.parse(json);
    return moduleFromCompiled(compiled, identity);
  },
};
