import { relative, resolve } from "node:path";
import { throwFaults } from "../../engine/diagnostics/index.js";
import { vetModule } from "../../engine/module/index.js";
import { readTree } from "../../engine/oci/index.js";
import { catalogDefinitions } from "../catalog-definitions.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { warn } from "../warn.js";

type Args = { path: string; kubeVersion?: string | undefined };

/** `sheaf mod vet`: checks a module's folder as its author wants to know it. */
export async function modVet(context: Context, args: Args): Promise<ExitCode> {
  const { terminal, cwd } = context;
  const dir = resolve(cwd, args.path.replace(/^file:\/\//, ""));
  const { files } = await readTree(dir);
  // Places start with the path as a person in this folder would write it.
  const label = relative(cwd, dir);
  for (const [path, bytes] of files)
    context.sources.set(label === "" ? path : `${label}/${path}`, Buffer.from(bytes).toString());

  const definitions = await catalogDefinitions(context);
  const { kubeVersion } = args;
  const { module, objects, faults, warnings } = await vetModule(files, { label, kubeVersion, definitions });
  warn(warnings, terminal);
  throwFaults(faults);
  terminal.say(`module ${module?.name ?? label} is valid: ${objects.length} objects with default and example values\n`);
  return exitCode.done;
}
