import type { Argv } from "yargs";
import type { Context, ExitCode } from "../context.js";
import {
  annotationOption,
  builtOptions,
  limitOption,
  versionOption,
  wantedVersionOption,
} from "../options/artifact.js";
import { kubeVersionOption, moduleOptions, moduleSourceOptions } from "../options/modules.js";
import { outputOption } from "../options/output.js";
import { credsOption, signOptions } from "../options/registry.js";
import { valuesOption, variableOptions } from "../options/sources.js";

/** `sheaf mod …`. */
export function moduleCommands(parser: Argv, context: Context, done: (code: ExitCode) => void): Argv {
  return parser.command(["mod", "module"], "Make, vet, show, publish and list modules", (mod) =>
    mod
      .demandCommand(1, "Name what to do with the module, for example: sheaf mod list oci://HOST/REPOSITORY")
      .command(
        "vet [path]",
        "Check a module folder: its files, schema, templates and a rendering with its defaults",
        (cmd) =>
          cmd
            .positional("path", { type: "string", default: ".", describe: "Folder of the module" })
            .options({ ...valuesOption, ...variableOptions, ...kubeVersionOption, ...moduleSourceOptions })
            .example("$0 mod vet ./my-module", "Check a module before it is published")
            .example("$0 mod vet ./my-module -f values.yaml", "With values of one's own")
            .example("$0 mod vet ./my-module --kube-version 1.31", "What an older API server would say"),
        async (args) => done(await (await import("../run/mod-vet.js")).modVet(context, args)),
      )
      .command(
        "test [path]",
        "Run the tests of a module folder: tests/*.yaml",
        (cmd) =>
          cmd
            .positional("path", { type: "string", default: ".", describe: "Folder of the module" })
            .option("update", {
              type: "boolean",
              default: false,
              describe: "Write snapshots as the module renders now",
            })
            .options({ ...kubeVersionOption, ...moduleSourceOptions })
            .example("$0 mod test ./my-module", "Compare what is rendered with what is expected")
            .example("$0 mod test ./my-module --update", "Take over snapshots"),
        async (args) => done(await (await import("../run/mod-test.js")).modTest(context, args)),
      )
      .command(
        "docs [path]",
        "Write the table of options into a module's README",
        (cmd) =>
          cmd
            .positional("path", { type: "string", default: ".", describe: "Folder of the module" })
            .options(moduleSourceOptions)
            .option("check", { type: "boolean", default: false, describe: "Write nothing; exit code 3 if it is stale" })
            .example("$0 mod docs ./my-module", "After a change of values.schema.json")
            .example("$0 mod docs ./my-module --check", "In CI"),
        async (args) => done(await (await import("../run/mod-docs.js")).modDocs(context, args)),
      )
      .command(
        "types <url>",
        "Write TypeScript types of a module's values",
        (cmd) =>
          cmd
            .positional("url", { type: "string", demandOption: true, describe: "oci://… or file://… or a folder" })
            .version(false)
            .options({ version: wantedVersionOption, ...moduleOptions, ...credsOption })
            .option("output-file", { alias: "o", type: "string", requiresArg: true, describe: "File to write" })
            .example(
              "$0 mod types oci://ghcr.io/stefanprodan/modules/flux-git-sync -o flux-git-sync.d.ts",
              "For defineBundle of the library",
            ),
        async (args) => done(await (await import("../run/mod-types.js")).modTypes(context, args)),
      )
      .command(
        "show <url>",
        "Show a module: its values with types and defaults, images and objects",
        (cmd) =>
          cmd
            .positional("url", { type: "string", demandOption: true, describe: "oci://… or file://… or a folder" })
            .version(false)
            .options({ version: wantedVersionOption, ...moduleOptions, ...credsOption, ...outputOption })
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
            .options({ ...limitOption, ...moduleOptions, ...credsOption, ...outputOption })
            .option("with-digest", { type: "boolean", default: true, describe: "Show the digest of every version" })
            .example("$0 mod ls oci://ghcr.io/stefanprodan/modules/flux-aio", "What can be pinned in a bundle"),
        async (args) => done(await (await import("../run/mod-list.js")).modList(context, args)),
      )
      .command(
        "init <name> [path]",
        "Make the folder of a new module, which works as it is",
        (cmd) =>
          cmd
            .positional("name", { type: "string", demandOption: true, describe: "Name of the module" })
            .positional("path", { type: "string", default: ".", describe: "Where to make its folder" })
            .example("$0 mod init my-app", "Makes ./my-app, with a bundle to try it out"),
        async (args) => done(await (await import("../run/mod-init.js")).modInit(context, args)),
      )
      .command(
        "build <path>",
        "Write a module as an OCI archive or image layout",
        (cmd) =>
          cmd
            .positional("path", { type: "string", demandOption: true, describe: "Folder of the module" })
            .version(false)
            .options({ version: { ...versionOption.version, demandOption: true } })
            .options({ ...builtOptions, ...annotationOption, ...moduleSourceOptions })
            .example("$0 mod build ./my-app -v 1.0.0 -o my-app.tar", "An archive, to be pushed with mod push"),
        async (args) => done(await (await import("../run/mod-build.js")).modBuild(context, args)),
      )
      .command(
        "push <path> <url>",
        "Vet a module and publish it",
        (cmd) =>
          cmd
            .positional("path", {
              type: "string",
              demandOption: true,
              describe: "Folder of the module, or its archive",
            })
            .positional("url", { type: "string", demandOption: true, describe: "oci://HOST/REPOSITORY" })
            .version(false)
            .options(versionOption)
            .option("latest", { type: "boolean", default: true, describe: "Set the tag latest, too" })
            .option("force", { type: "boolean", default: false, describe: "Replace a version that has other content" })
            .options({ ...annotationOption, ...signOptions, ...credsOption, ...moduleSourceOptions, ...outputOption })
            .example("$0 mod push ./my-app oci://ghcr.io/org/modules/my-app -v 1.0.0", "As 1.0.0 and latest")
            .example(
              "$0 mod push ./my-app oci://ghcr.io/org/my-app -v 1.1.0-rc.1 --latest=false",
              "As 1.1.0-rc.1 alone",
            )
            .example(
              "$0 mod push my-app.tar oci://ghcr.io/org/my-app --sign --cosign-key cosign.key",
              "Built before, signed",
            ),
        async (args) => done(await (await import("../run/mod-push.js")).modPush(context, args)),
      )
      .command(
        "pull <url>",
        "Write the files of a module into a new folder",
        (cmd) =>
          cmd
            .positional("url", { type: "string", demandOption: true, describe: "oci://HOST/REPOSITORY[@DIGEST]" })
            .version(false)
            .options({ version: wantedVersionOption })
            .option("output-dir", {
              alias: ["o", "output"],
              type: "string",
              demandOption: true,
              requiresArg: true,
              describe: "Folder to write; it must be new or empty",
            })
            .options({ ...moduleOptions, ...credsOption })
            .example(
              "$0 mod pull oci://ghcr.io/stefanprodan/modules/flux-aio -v 2.8.0-0 -o ./flux-aio",
              "To look at it",
            ),
        async (args) => done(await (await import("../run/mod-pull.js")).modPull(context, args)),
      )
      .command(
        "images <url>",
        "List the container images of a module",
        (cmd) =>
          cmd
            .positional("url", { type: "string", demandOption: true, describe: "oci://… or file://… or a folder" })
            .version(false)
            .options({ version: wantedVersionOption })
            .options({ ...moduleOptions, ...credsOption, ...outputOption })
            .example("$0 mod images oci://ghcr.io/stefanprodan/modules/flux-aio", "What a mirror of images needs"),
        async (args) => done(await (await import("../run/mod-images.js")).modImages(context, args)),
      ),
  );
}
