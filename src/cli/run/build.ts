import { checkRenderings } from "../../engine/build/index.js";
import { SourceError, throwFaults } from "../../engine/diagnostics/index.js";
import type { LocatedStruct } from "../../engine/json/index.js";
import { defaultKubeVersion } from "../../engine/kube-schema/index.js";
import { evaluateSources } from "../../engine/runtime/index.js";
import { stringifyYaml } from "../../engine/yaml/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { moduleUrl } from "../module-url.js";
import { type ModuleArgs, openResolver } from "../open-resolver.js";
import { readSources, runtimeLookup, sourceOptions, type VariableArgs } from "../read-sources.js";
import { warn } from "../warn.js";

type Args = ModuleArgs &
  VariableArgs & {
    name: string;
    module: string;
    namespace: string;
    version?: string | undefined;
    values?: string[] | undefined;
    kubeVersion?: string | undefined;
    validate: boolean;
  };

/** `sheaf build`: prints the objects of one instance of a module. */
export async function build(context: Context, args: Args): Promise<ExitCode> {
  const { terminal, cwd } = context;
  const { name, namespace } = args;
  const resolver = await openResolver(args, context);
  const request = {
    url: await moduleUrl(args.module, context),
    ...(args.version !== undefined && { version: args.version }),
  };
  const { module, version, via } = await resolver.resolve(request, cwd);
  if (via !== undefined) terminal.err(terminal.colors.dim(`${args.module} ${version}: from ${via}\n`));
  const kube = { version: args.kubeVersion ?? defaultKubeVersion };
  await module.checkKubeVersion(kube.version);
  const given = await readValues(args, context);
  const pos = given?.pos ?? { file: args.module, offset: 0, line: 1, column: 1 };
  const { values, faults } = await module.values(given, { path: ["values"], pos });
  throwFaults(faults);
  // Outside a bundle an instance is its own bundle, as far as templates can see.
  const input = { values, instance: { name, namespace }, bundle: { name }, kube };
  const objects = module.render(input);
  if (args.validate) {
    const { faults: wrong, warnings } = await checkRenderings([{ module, input, objects }], kube.version, resolver);
    throwFaults(wrong);
    warn(warnings, terminal);
  }
  terminal.out(objects.map((object) => `---\n${stringifyYaml(object)}`).join(""));
  return exitCode.done;
}

/** The values of files, which stand below a field `values` as in a bundle's instance; several files are unified. */
async function readValues(args: Args, context: Context): Promise<LocatedStruct | undefined> {
  if (args.values === undefined) return undefined;
  const found = await evaluateSources(await readSources(args.values, context), ["values"], {
    runtime: await runtimeLookup(args, context),
    ...sourceOptions(args, context),
  });
  if (found.kind === "struct") return found;
  throw new SourceError("wrong-type", "values: expected an object", found.pos);
}
