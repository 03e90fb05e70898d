import type { Argv } from "yargs";
import type { Context, ExitCode } from "../context.js";
import { wantedVersionOption } from "../options/artifact.js";
import { applyOptions, atomicOption, deleteOptions } from "../options/change.js";
import { moduleOptions, validateOption } from "../options/modules.js";
import { documentOption, outputOption, printOptions } from "../options/output.js";
import { credsOption } from "../options/registry.js";
import { valuesOption, variableOptions } from "../options/sources.js";
import { targetOptions } from "../options/target.js";

const nameArgument = { type: "string", demandOption: true, describe: "Name of the instance" } as const;

const instanceOptions = {
  namespace: {
    alias: "n",
    type: "string",
    requiresArg: true,
    describe: "Namespace of the instance; that of the kubeconfig's context unless given, else default",
  },
} as const;

/** What an instance is built from. */
const sourceOptions = {
  ...instanceOptions,
  version: wantedVersionOption,
  digest: { type: "string", requiresArg: true, describe: "Digest that the module must have" },
  ...valuesOption,
  ...variableOptions,
  ...moduleOptions,
  ...validateOption,
  ...credsOption,
} as const;

/** `sheaf apply`, `build`, `delete`, `status` and `inspect`: single instances, outside of bundles. */
export function instanceCommands(parser: Argv, context: Context, done: (code: ExitCode) => void): Argv {
  return parser
    .command(
      ["apply <name> <module>", "install <name> <module>", "upgrade <name> <module>"],
      "Install or upgrade one instance of a module",
      (cmd) =>
        cmd
          .positional("name", nameArgument)
          .positional("module", moduleArgument)
          .version(false)
          .options({ ...sourceOptions, ...targetOptions })
          .options({ ...applyOptions, ...atomicOption, ...outputOption })
          .example("$0 apply web ./my-app -n apps -f values.yaml", "A module's folder with values")
          .example(
            "$0 apply flux oci://ghcr.io/stefanprodan/modules/flux-aio -v 2.9.4-0 -n flux-system --diff",
            "Show what a version would change",
          ),
      async (args) => done(await (await import("../run/apply.js")).apply(context, args)),
    )
    .command(
      "build <name> <module>",
      "Print the objects of one instance of a module",
      (cmd) =>
        cmd
          .positional("name", nameArgument)
          .positional("module", moduleArgument)
          .version(false)
          .options({ ...sourceOptions, ...printOptions })
          .example("$0 build my-app ./my-app -f values.yaml -n apps", "A module's folder with values")
          .example(
            "$0 build flux oci://ghcr.io/stefanprodan/modules/flux-aio -v 2.8.0-0",
            "A version with its defaults",
          ),
      async (args) => done(await (await import("../run/build.js")).build(context, args)),
    )
    .command(
      ["delete <name>", "uninstall <name>"],
      "Delete one instance and everything that it owns",
      (cmd) =>
        cmd
          .positional("name", nameArgument)
          .options({ ...instanceOptions, ...targetOptions, ...deleteOptions, ...outputOption })
          .example("$0 delete web -n apps", "Delete and wait until all is gone")
          .example("$0 delete web -n apps --dry-run", "Show what would be deleted"),
      async (args) => done(await (await import("../run/delete.js")).deleteOne(context, args)),
    )
    .command(
      "status <name>",
      "Show one instance and the state of its objects",
      (cmd) =>
        cmd
          .positional("name", nameArgument)
          .options({ ...instanceOptions, ...targetOptions, ...outputOption })
          .example("$0 status web -n apps", "Its objects and how they are"),
      async (args) => done(await (await import("../run/status.js")).status(context, args)),
    )
    .command("inspect", "Show what is recorded of an instance", (inspect) =>
      inspect
        .demandCommand(1, "Name what to show, for example: sheaf inspect values web -n apps")
        .command(
          "module <name>",
          "Print which module an instance was made from",
          (cmd) =>
            cmd
              .positional("name", nameArgument)
              .options({ ...instanceOptions, ...targetOptions, ...documentOption })
              .example("$0 inspect module web -n apps", "Its repository, version and digest"),
          async (args) => done(await (await import("../run/inspect.js")).inspectModule(context, args)),
        )
        .command(
          "values <name>",
          "Print the values that an instance was made with",
          (cmd) =>
            cmd
              .positional("name", nameArgument)
              .options({ ...instanceOptions, ...targetOptions, ...documentOption })
              .option("show-secrets", {
                type: "boolean",
                default: false,
                describe: "Print runtime values instead of ***",
              })
              .example("$0 inspect values web -n apps", "Runtime values as ***")
              .example("$0 inspect values web -n apps --show-secrets > values.yaml", "For sheaf apply -f"),
          async (args) => done(await (await import("../run/inspect.js")).inspectValues(context, args)),
        )
        .command(
          "resources <name>",
          "Print the objects that an instance owns",
          (cmd) =>
            cmd
              .positional("name", nameArgument)
              .options({ ...instanceOptions, ...targetOptions, ...outputOption })
              .example("$0 inspect resources web -n apps", "In the order in which they are applied"),
          async (args) => done(await (await import("../run/inspect.js")).inspectResources(context, args)),
        ),
    );
}

const moduleArgument = {
  type: "string",
  demandOption: true,
  describe: "oci://… or file://… or a folder",
} as const;
