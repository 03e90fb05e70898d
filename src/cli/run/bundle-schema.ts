import { resolve } from "node:path";
import { bundleSchema as schemaOf } from "../../engine/build/index.js";
import { loadBundle } from "../../engine/bundle/index.js";
import { writeWhole } from "../../engine/oci/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { type ModuleArgs, openResolver } from "../open-resolver.js";
import { readSources, sourceOptions, type WorkdirArgs } from "../read-sources.js";

type Args = ModuleArgs & WorkdirArgs & { file: string[]; outputFile?: string | undefined };

/** Values of the runtime do not matter for a schema: something of their type stands for them. */
const standIns = { string: "x", number: "0", bool: "false" } as const;

/** `sheaf bundle schema`: a JSON Schema of the bundle file, for editors. */
export async function bundleSchema(context: Context, args: Args): Promise<ExitCode> {
  const { terminal, cwd } = context;
  const bundle = await loadBundle(await readSources(args.file, context), {
    runtime: (_, type) => ({ text: standIns[type], isPublic: true }),
    ...sourceOptions(args, context),
  });
  const text = `${JSON.stringify(await schemaOf(bundle, await openResolver(args, context), cwd), null, 1)}\n`;
  if (args.outputFile === undefined) terminal.say(text);
  else {
    await writeWhole(resolve(cwd, args.outputFile), text);
    terminal.say(`${args.outputFile}: schema of bundle ${bundle.name} written\n`);
  }
  return exitCode.done;
}
