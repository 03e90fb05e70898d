import { compiledFormat, compileModule } from "./compile-module.js";
import { type Module, moduleFromCompiled } from "./module.js";

/** How the files of a module become one that renders. Between the two steps stands JSON text, which can be kept. */
export type ModuleCompiler<M> = Readonly<{
  /** Changes whenever the compiled form does; fit for a file name. */
  format: string;
  compile(files: ReadonlyMap<string, Uint8Array>): Promise<string>;
  open(json: string, version: string): M;
}>;

/** The compiler of {@link Module}s. */
export const moduleCompiler: ModuleCompiler<Module> = {
  format: compiledFormat,
  compile: async (files) => JSON.stringify(await compileModule(files)),
  open: (json, version) => moduleFromCompiled(JSON.parse(json), { version }),
};
