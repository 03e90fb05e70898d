import { throwFaults } from "../../engine/diagnostics/index.js";
import { vetModule } from "../../engine/module/index.js";
import { catalogDefinitions } from "../catalog-definitions.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { loadUserValues, type ValuesArgs } from "../load-user-values.js";
import type { ModuleSourceArgs } from "../open-resolver.js";
import { readUserModule } from "../read-user-module.js";
import { warn } from "../warn.js";

type Args = ModuleSourceArgs & ValuesArgs & { path: string; kubeVersion?: string | undefined };

/** `sheaf mod vet`: checks a module's folder as its author wants to know it. */
export async function modVet(context: Context, args: Args): Promise<ExitCode> {
  const { terminal } = context;
  const { label, files } = await readUserModule(args.path, args, context);
  const definitions = await catalogDefinitions(context);
  const { kubeVersion } = args;
  const values = await loadUserValues(args, context);
  const { module, objects, faults, warnings } = await vetModule(files, { label, kubeVersion, definitions, values });
  warn(warnings, terminal);
  throwFaults(faults);
  const sample = values === undefined ? "default and example values" : "these values";
  terminal.say(`module ${module?.name ?? label} is valid: ${objects.length} objects with ${sample}\n`);
  return exitCode.done;
}
