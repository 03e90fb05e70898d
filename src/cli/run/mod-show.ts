import { describeModule } from "../../engine/module/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { moduleUrl } from "../module-url.js";
import { type ModuleArgs, openResolver } from "../open-resolver.js";
import { formatTable } from "../show-table.js";

type Args = ModuleArgs & { url: string; version?: string | undefined; output: "table" | "json" };

const maxCell = 50;

/** A default as a table shows it: that of a whole object would push all other columns out of sight. */
function clip(text: string): string {
  return text.length > maxCell ? `${text.slice(0, maxCell - 1)}…` : text;
}

/** `sheaf mod show`: what a module is, its values, images and objects. */
export async function modShow(context: Context, args: Args): Promise<ExitCode> {
  const { terminal } = context;
  const resolver = await openResolver(args, context);
  const request = {
    url: await moduleUrl(args.url, context),
    ...(args.version !== undefined && { version: args.version }),
  };
  const { module, version, digest, via } = await resolver.resolve(request, context.cwd);
  if (via !== undefined) terminal.err(terminal.colors.dim(`${args.url} ${version}: from ${via}\n`));
  const about = await describeModule(module);
  if (args.output === "json") {
    terminal.json({ ...about, version, digest }, 2);
    return exitCode.done;
  }
  const { bold } = terminal.colors;
  terminal.say(`${bold(`${about.name} ${version}`)}\n${about.description}\n`);
  terminal.say(`digest: ${digest}\n${about.kubeVersion === undefined ? "" : `kubernetes: ${about.kubeVersion}\n`}`);
  const rows = about.options.map(({ path, type, required, default: preset, description }) => [
    path,
    type,
    preset === undefined ? (required ? "(required)" : "") : clip(JSON.stringify(preset)),
    description,
  ]);
  terminal.say(`\n${formatTable(["VALUE", "TYPE", "DEFAULT", "DESCRIPTION"], rows)}`);
  if (about.images.length > 0) terminal.say(`\n${bold("IMAGES")}\n${about.images.join("\n")}\n`);
  if (about.objects.length > 0)
    terminal.say(`\n${bold("OBJECTS")} (with default and example values)\n${about.objects.join("\n")}\n`);
  return exitCode.done;
}
