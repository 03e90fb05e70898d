import type { Argv } from "yargs";
import type { Context, ExitCode } from "../context.js";
import { registryOptions } from "../options/registry.js";

/** `sheaf registry …`. */
export function registryCommands(parser: Argv, context: Context, done: (code: ExitCode) => void): Argv {
  return parser.command("registry", "Log in to registries and out of them", (registry) =>
    registry
      .demandCommand(1, "Name what to do, for example: sheaf registry login ghcr.io -u NAME --password-stdin")
      .command(
        "login <host>",
        "Check credentials and keep them where Docker keeps them",
        (cmd) =>
          cmd
            .positional("host", hostArgument)
            .option("username", {
              alias: "u",
              type: "string",
              demandOption: true,
              requiresArg: true,
              describe: "Name of the user",
            })
            .option("password-stdin", {
              type: "boolean",
              default: false,
              describe: "Read the password from standard input",
            })
            .options(registryOptions)
            .example("$0 registry login ghcr.io -u me --password-stdin < token.txt", "With a token from a file"),
        async (args) => done(await (await import("../run/registry-login.js")).registryLogin(context, args)),
      )
      .command(
        "logout <host>",
        "Forget the credentials for a registry",
        (cmd) => cmd.positional("host", hostArgument).example("$0 registry logout ghcr.io", "Forget them"),
        async (args) => done(await (await import("../run/registry-logout.js")).registryLogout(context, args)),
      ),
  );
}

const hostArgument = { type: "string", demandOption: true, describe: "HOST[:PORT]" } as const;
