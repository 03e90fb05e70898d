import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { throwFaults } from "../../engine/diagnostics/index.js";
import { updateReadme, vetModule } from "../../engine/module/index.js";
import { writeWhole } from "../../engine/oci/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import type { ModuleSourceArgs } from "../open-resolver.js";
import { readUserModule } from "../read-user-module.js";

type Args = ModuleSourceArgs & { path: string; check: boolean };

/** `sheaf mod docs`: writes the table of options into a module's README, or tells that it is stale. */
export async function modDocs(context: Context, args: Args): Promise<ExitCode> {
  const { terminal } = context;
  const { dir, label, files } = await readUserModule(args.path, args, context);
  const { module, faults } = await vetModule(files, { label });
  if (module === undefined) throwFaults(faults);
  const path = join(dir, "README.md");
  const before = await readFile(path, "utf8").catch(() => "");
  const after = updateReadme(before, module?.schema ?? {});
  const shown = join(label, "README.md");
  if (after === before) {
    terminal.say(`${shown} is up to date\n`);
    return exitCode.done;
  }
  if (args.check) {
    terminal.err(`${shown} has another table of options than values.schema.json; run sheaf mod docs ${args.path}\n`);
    return exitCode.changes;
  }
  await writeWhole(path, after);
  terminal.say(`${shown}: options written\n`);
  return exitCode.done;
}
