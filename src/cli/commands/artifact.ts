import type { Argv, Options } from "yargs";
import type { Context, ExitCode } from "../context.js";
import { annotationOption, builtOptions, limitOption, tagOption } from "../options/artifact.js";
import { outputOption } from "../options/output.js";
import { credsOption, registryOptions, signOptions, verifyOptions } from "../options/registry.js";

/** `sheaf artifact …`. */
export function artifactCommands(parser: Argv, context: Context, done: (code: ExitCode) => void): Argv {
  return parser.command("artifact", "Push, pull, list, tag and copy artifacts of any content", (artifact) =>
    artifact
      .demandCommand(1, "Name what to do with the artifact, for example: sheaf artifact list oci://HOST/REPOSITORY")
      .command(
        "build",
        "Write a file or folder as an OCI archive or image layout",
        (cmd) =>
          cmd
            .options({ ...contentOptions, ...builtOptions, ...annotationOption })
            .options({ tag: { ...tagOption.tag, default: ["latest"] } })
            .example("$0 artifact build -f ./bundles -t 1.0.0 -o bundles.tar", "An archive, for artifact copy"),
        async (args) => done(await (await import("../run/artifact-build.js")).artifactBuild(context, args)),
      )
      .command(
        "push <url>",
        "Push a file or folder as an artifact",
        (cmd) =>
          cmd
            .positional("url", urlArgument)
            .options({ ...contentOptions, ...tagOption, ...annotationOption, ...signOptions })
            .options({ ...credsOption, ...registryOptions, ...outputOption })
            .example("$0 artifact push oci://ghcr.io/org/bundles -f ./bundles -t 1.0.0 -t latest", "A folder"),
        async (args) => done(await (await import("../run/artifact-push.js")).artifactPush(context, args)),
      )
      .command(
        "pull <url>",
        "Write the files of an artifact into a new folder",
        (cmd) =>
          cmd
            .positional("url", urlArgument)
            .option("output-dir", {
              alias: ["o", "output"],
              type: "string",
              demandOption: true,
              requiresArg: true,
              describe: "Folder to write; it must be new or empty",
            })
            .option("content-type", {
              type: "string",
              requiresArg: true,
              describe: "Take only content that is called so",
            })
            .options({ ...verifyOptions, ...credsOption, ...registryOptions })
            .example(
              "$0 artifact pull oci://ghcr.io/org/bundles:1.0.0 -o ./bundles",
              "By its tag; latest unless given",
            ),
        async (args) => done(await (await import("../run/artifact-pull.js")).artifactPull(context, args)),
      )
      .command(
        ["list <url>", "ls <url>"],
        "List the tags of a repository",
        (cmd) =>
          cmd
            .positional("url", urlArgument)
            .option("with-digest", { type: "boolean", default: true, describe: "Show the digest of every tag" })
            .option("filter-regex", { type: "string", requiresArg: true, describe: "Only tags that match" })
            .option("filter-semver", { type: "string", requiresArg: true, describe: "Only versions of this range" })
            .options({ ...limitOption, ...credsOption, ...registryOptions, ...outputOption })
            .example("$0 artifact list oci://ghcr.io/org/bundles", "Tags and digests, the newest version first")
            .example("$0 artifact list oci://ghcr.io/org/bundles --filter-semver '>=1.0.0 <2.0.0'", "Some versions")
            .example("$0 artifact list oci-layout:./out --with-digest=false", "Tags of an image layout"),
        async (args) => done(await (await import("../run/artifact-list.js")).artifactList(context, args)),
      )
      .command(
        "tag <url>",
        "Give an artifact more tags",
        (cmd) =>
          cmd
            .positional("url", urlArgument)
            .options({ tag: { ...tagOption.tag, demandOption: true } })
            .options({ ...credsOption, ...registryOptions })
            .example("$0 artifact tag oci://ghcr.io/org/bundles:1.0.0 -t 1.0 -t latest", "Two more tags"),
        async (args) => done(await (await import("../run/artifact-tag.js")).artifactTag(context, args)),
      )
      .command(
        "digest <url>",
        "Print the digest of what a tag names",
        (cmd) =>
          cmd
            .positional("url", urlArgument)
            .options({ ...credsOption, ...registryOptions, ...outputOption })
            .example("$0 artifact digest oci://ghcr.io/org/bundles:1.0.0", "To pin it"),
        async (args) => done(await (await import("../run/artifact-digest.js")).artifactDigest(context, args)),
      )
      .command(
        ["delete <url>", "rm <url>"],
        "Take a tag away, or delete what a digest names with all of its tags",
        (cmd) =>
          cmd
            .positional("url", urlArgument)
            .options({ ...credsOption, ...registryOptions })
            .example("$0 artifact delete oci://ghcr.io/org/bundles:1.0.0-rc.1", "One tag, where the registry can")
            .example("$0 artifact delete oci://ghcr.io/org/bundles@sha256:…", "An artifact"),
        async (args) => done(await (await import("../run/artifact-delete.js")).artifactDelete(context, args)),
      )
      .command(
        ["copy <from> <to>", "cp <from> <to>"],
        "Copy an artifact and its signatures between registries, layouts and archives",
        (cmd) =>
          cmd
            .positional("from", urlArgument)
            .positional("to", { ...urlArgument, describe: "Where to; the same tag unless given" })
            .option("from-creds", { type: "string", requiresArg: true, describe: "USER[:PASSWORD] for where it is" })
            .option("to-creds", { type: "string", requiresArg: true, describe: "USER[:PASSWORD] for where it goes" })
            .options(registryOptions)
            .example("$0 artifact copy oci://ghcr.io/org/app:1.0.0 oci://registry.internal/app", "Mirror a version")
            .example("$0 artifact copy oci://ghcr.io/org/app:1.0.0 oci-archive:./app.tar", "Take it along in a file"),
        async (args) => done(await (await import("../run/artifact-copy.js")).artifactCopy(context, args)),
      ),
  );
}

/** What is packed. */
const contentOptions = {
  filepath: { alias: "f", type: "string", default: ".", requiresArg: true, describe: "File or folder to pack" },
  "content-type": {
    type: "string",
    default: "generic",
    requiresArg: true,
    describe: "What the content is called, for pulls that ask for it",
  },
} as const satisfies Record<string, Options>;

const urlArgument = {
  type: "string",
  demandOption: true,
  describe: "oci://HOST/REPOSITORY[:TAG][@DIGEST], oci-layout:FOLDER[:TAG] or oci-archive:FILE[:TAG]",
} as const;
