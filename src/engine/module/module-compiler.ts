/** How the files of a module become one that renders. Between the two steps stands JSON text, which can be kept. */
export type ModuleCompiler<M> = Readonly<{
  /** Changes whenever the compiled form does; fit for a file name. */
  format: string;
  compile(files: ReadonlyMap<string, Uint8Array>): Promise<string>;
  open(json: string, version: string): M;
}>;

// TODO: wire
export const moduleCompiler: ModuleCompiler<string> = {
  format: "v1",
  compile: async () => "",
  open: (json) => json,
};
