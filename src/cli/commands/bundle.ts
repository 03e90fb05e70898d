import type { Argv } from "yargs";
import type { Context, ExitCode } from "../context.js";
import { annotationOption, tagOption } from "../options/artifact.js";
import { applyOptions, atomicOption, changeOptions, deleteOptions, pruneInstancesOption } from "../options/change.js";
import { lockFileOption, lockOptions, moduleOptions, validateOption } from "../options/modules.js";
import { outputOption, printOptions } from "../options/output.js";
import { bundleSignOptions, credsOption } from "../options/registry.js";
import { fileOptions, optionalFileOption, parallelOption, runtimeOptions } from "../options/sources.js";
import { kubeOptions, targetOptions } from "../options/target.js";

const namespaceOption = {
  "instance-namespace": {
    type: "string",
    array: true,
    requiresArg: true,
    describe: "A namespace of its instances, where you may not list Secrets in all; may be repeated",
  },
} as const;

/** `sheaf bundle …`. What a command does is loaded when it runs. */
export function bundleCommands(parser: Argv, context: Context, done: (code: ExitCode) => void): Argv {
  return parser.command("bundle", "Vet, build, apply and delete bundles", (bundle) =>
    bundle
      .demandCommand(1, "Name what to do with the bundle, for example: sheaf bundle apply -f bundle.cue")
      .command(
        "vet",
        "Check a bundle: its files, its modules and the values of every instance",
        (cmd) =>
          cmd
            .options({ ...fileOptions, ...runtimeOptions, ...moduleOptions, ...lockOptions, ...kubeOptions })
            .option("print-value", {
              type: "boolean",
              default: false,
              describe: "Print the bundle as CUE with everything filled in, runtime values as ***",
            })
            .option("show-secrets", {
              type: "boolean",
              default: false,
              describe: "Print runtime values instead of ***",
            })
            .example("$0 bundle vet -f bundle.cue", "Check a bundle")
            .example("$0 bundle vet -f bundle.cue --runtime-from-env --print-value", "Show what it comes to"),
        async (args) => done(await (await import("../run/bundle-vet.js")).bundleVet(context, args)),
      )
      .command(
        "build",
        "Print the objects of a bundle as YAML",
        (cmd) =>
          cmd
            .options({
              ...fileOptions,
              ...runtimeOptions,
              ...moduleOptions,
              ...lockOptions,
              ...kubeOptions,
              ...validateOption,
            })
            .options(printOptions)
            .option("output-dir", {
              type: "string",
              requiresArg: true,
              describe: "Write one file per object instead, in one folder per instance below this one",
            })
            .example("$0 bundle build -f bundle.cue", "Print the objects")
            .example("$0 bundle build -f bundle.cue --runtime-from-env --mask-secrets", "Without showing secrets")
            .example("$0 bundle build -f bundle.cue -o json | jq '.items[].kind'", "As a List in JSON")
            .example("$0 bundle build -f a.cue -f b.yaml --output-dir ./out", "Unify two files and write the objects"),
        async (args) => done(await (await import("../run/bundle-build.js")).bundleBuild(context, args)),
      )
      .command(
        "schema",
        "Write a JSON Schema of a bundle file with the values of its modules, for editors",
        (cmd) =>
          cmd
            .options({ ...fileOptions, ...moduleOptions })
            .option("output-file", { alias: "o", type: "string", requiresArg: true, describe: "File to write" })
            .example("$0 bundle schema -f bundle.yaml -o bundle.schema.json", "What an editor completes and checks by"),
        async (args) => done(await (await import("../run/bundle-schema.js")).bundleSchema(context, args)),
      )
      .command(
        "diff",
        "Show what apply would change; exit code 3 if anything",
        (cmd) =>
          cmd
            .options({
              ...fileOptions,
              ...runtimeOptions,
              ...parallelOption,
              ...moduleOptions,
              ...lockOptions,
              ...targetOptions,
              ...validateOption,
              ...outputOption,
              ...changeOptions,
              ...pruneInstancesOption,
            })
            .example("$0 bundle diff -f bundle.cue", "Compare with the current cluster")
            .example("$0 bundle diff -f bundle.cue --target dir:./cluster", "Compare with a folder"),
        async (args) => done(await (await import("../run/bundle-diff.js")).bundleDiff(context, args)),
      )
      .command(
        "apply",
        "Install or upgrade the instances of a bundle",
        (cmd) =>
          cmd
            .options({
              ...fileOptions,
              ...runtimeOptions,
              ...parallelOption,
              ...moduleOptions,
              ...lockOptions,
              ...targetOptions,
              ...validateOption,
            })
            .options({ ...applyOptions, ...atomicOption, ...pruneInstancesOption, ...outputOption })
            .example("$0 bundle apply -f flux-aio.cue", "Apply to the current cluster")
            .example("$0 bundle apply -f flux-aio.cue --target dir:./cluster", "Apply to a folder")
            .example("$0 bundle apply -f podinfo.cue --runtime-from-env", "Fill secrets from the environment")
            .example(
              "$0 bundle apply -f bundle.cue --locked",
              "With the modules of bundle.lock, whatever tags name now",
            )
            .example("$0 bundle apply -f bundle.cue --atomic --prune-instances", "All of it, or nothing")
            .example("$0 bundle apply -f bundle.cue --dry-run --diff", "Show what would change"),
        async (args) => done(await (await import("../run/bundle-apply.js")).bundleApply(context, args)),
      )
      .command(
        "lock",
        "Write down which versions and digests the modules of a bundle are",
        (cmd) =>
          cmd
            .options({ ...fileOptions, ...runtimeOptions, ...moduleOptions, ...lockFileOption })
            .options({ ...kubeOptions, ...outputOption })
            .option("upgrade", {
              type: "boolean",
              default: false,
              describe: "Look up what is locked already, too, and show what moves",
            })
            .option("dry-run", {
              type: "boolean",
              default: false,
              describe: "Show what would change, write nothing; exit code 3 if anything",
            })
            .example("$0 bundle lock -f bundle.cue", "Writes bundle.lock, for bundle apply --locked")
            .example("$0 bundle lock -f bundle.cue --upgrade --dry-run", "What latest would move to"),
        async (args) => done(await (await import("../run/bundle-lock.js")).bundleLock(context, args)),
      )
      .command(
        "push <url>",
        "Push the objects of a bundle as an artifact that Flux pulls",
        (cmd) =>
          cmd
            .positional("url", { type: "string", demandOption: true, describe: "oci://HOST/REPOSITORY[:TAG]" })
            .options({ ...fileOptions, ...runtimeOptions, ...moduleOptions, ...lockOptions, ...kubeOptions })
            .options({ ...validateOption, ...tagOption, ...annotationOption, ...bundleSignOptions, ...credsOption })
            .options({ "create-namespace": changeOptions["create-namespace"], ...outputOption })
            .option("with-secrets", {
              type: "boolean",
              default: false,
              describe: "Push secrets in clear, too: whoever may pull the artifact can read them",
            })
            .example("$0 bundle push oci://ghcr.io/org/fleet:latest -f bundle.cue", "For flux-oci-sync to pull")
            .example(
              "$0 bundle push oci://ghcr.io/org/fleet:latest -f b.cue -r fleet.cue",
              "A folder for each cluster",
            ),
        async (args) => done(await (await import("../run/bundle-push.js")).bundlePush(context, args)),
      )
      .command(
        "status [name]",
        "Show the instances of a bundle and their objects",
        (cmd) =>
          cmd
            .options({ ...runtimeOptions, ...parallelOption, ...targetOptions, ...outputOption })
            .options({ ...optionalFileOption, ...namespaceOption })
            .positional("name", { type: "string", describe: "Name of the bundle" })
            .example("$0 bundle status flux-aio", "By the bundle's name")
            .example("$0 bundle status -f flux-aio.cue", "By its file"),
        async (args) => done(await (await import("../run/bundle-status.js")).bundleStatus(context, args)),
      )
      .command(
        ["delete [name]", "rm [name]"],
        "Delete the instances of a bundle and everything that they own",
        (cmd) =>
          cmd
            .options({ ...runtimeOptions, ...parallelOption, ...targetOptions, ...deleteOptions, ...outputOption })
            .options({ ...optionalFileOption, ...namespaceOption })
            .positional("name", { type: "string", describe: "Name of the bundle" })
            .example("$0 bundle delete dev-team", "Off-board a tenant")
            .example("$0 bundle delete -f dev-team.cue --dry-run", "Show what would be deleted"),
        async (args) => done(await (await import("../run/bundle-delete.js")).bundleDelete(context, args)),
      ),
  );
}
