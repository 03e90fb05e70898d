import { relative, resolve } from "node:path";
import { type PackedModule, packModule, readModuleFolder } from "../engine/module/index.js";
import { catalogDefinitions } from "./catalog-definitions.js";
import type { Context } from "./context.js";
import { readSourceFacts } from "./source-facts.js";
import { warn } from "./warn.js";

/** Vets and packs the module of a folder, and prints what vetting warned of. */
export async function packUserModule(
  path: string,
  version: string,
  annotations: Readonly<Record<string, string>>,
  context: Context,
): Promise<PackedModule> {
  const { cwd, terminal } = context;
  const dir = resolve(cwd, path.replace(/^file:\/\//, ""));
  const facts = await readSourceFacts(dir, context);
  const definitions = await catalogDefinitions(context);
  const label = relative(cwd, dir);
  const packed = await packModule(await readModuleFolder(dir, label), {
    version,
    label,
    annotations,
    definitions,
    ...facts,
  });
  warn(packed.warnings, terminal);
  return packed;
}
