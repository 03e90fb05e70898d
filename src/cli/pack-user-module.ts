import { type PackedModule, packModule } from "../engine/module/index.js";
import { catalogDefinitions } from "./catalog-definitions.js";
import type { Context } from "./context.js";
import type { ModuleSourceArgs } from "./open-resolver.js";
import { readUserModule } from "./read-user-module.js";
import { readSourceFacts } from "./source-facts.js";
import { warn } from "./warn.js";

/** Vets and packs the module of a folder, and prints what vetting warned of. */
export async function packUserModule(
  args: ModuleSourceArgs & Readonly<{ path: string; annotation?: Readonly<Record<string, string>> | undefined }>,
  version: string,
  context: Context,
): Promise<PackedModule> {
  const folder = await readUserModule(args.path, args, context);
  const facts = await readSourceFacts(folder.dir, context);
  const definitions = await catalogDefinitions(context);
  const { label } = folder;
  const packed = await packModule(folder, {
    version,
    label,
    annotations: args.annotation ?? {},
    definitions,
    ...facts,
  });
  warn(packed.warnings, context.terminal);
  return packed;
}
