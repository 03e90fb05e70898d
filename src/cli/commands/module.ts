import type { Argv } from "yargs";
import type { Context, ExitCode } from "../context.js";
import { moduleOptions, outputOption } from "../options.js";

/** `sheaf mod …`. */
export function moduleCommands(parser: Argv, context: Context, done: (code: ExitCode) => void): Argv {
  return parser.command(["mod", "module"], "Vet, show and list modules", (mod) =>
    mod
      .demandCommand(1, "Name what to do with the module, for example: sheaf mod list oci://HOST/REPOSITORY")
      .command(
        "vet [path]",
        "Check a module folder: its files, schema, templates and a rendering with its defaults",
        (cmd) =>
          cmd
            .positional("path", { type: "string", default: ".", describe: "Folder of the module" })
            .example("$0 mod vet ./my-module", "Check a module before it is published"),
        async (args) => done(await (await import("../run/mod-vet.js")).modVet(context, args)),
      )
      .command(
        "show <url>",
        "Show a module: its values with types and defaults, images and objects",
        (cmd) =>
          cmd
            .positional("url", { type: "string", demandOption: true, describe: "oci://… or file://… or a folder" })
            .options({ ...moduleOptions, ...outputOption })
            .version(false)
            .option("version", { type: "string", requiresArg: true, describe: "Version; latest unless given" })
            .example("$0 mod show oci://ghcr.io/stefanprodan/modules/flux-aio", "The newest version")
            .example("$0 mod show ./my-module -o json", "A folder, as JSON"),
        async (args) => done(await (await import("../run/mod-show.js")).modShow(context, args)),
      )
      .command(
        ["list <url>", "ls <url>"],
        "List the versions of a module, newest first",
        (cmd) =>
          cmd
            .positional("url", { type: "string", demandOption: true, describe: "oci://HOST/REPOSITORY" })
            .options({ ...moduleOptions, ...outputOption })
            .option("with-digest", { type: "boolean", default: true, describe: "Show the digest of every version" })
            .example("$0 mod ls oci://ghcr.io/stefanprodan/modules/flux-aio", "What can be pinned in a bundle"),
        async (args) => done(await (await import("../run/mod-list.js")).modList(context, args)),
      ),
  );
}
