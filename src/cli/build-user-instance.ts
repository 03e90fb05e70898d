import { buildInstance } from "../engine/build/index.js";
import type { RenderedBundle } from "../engine/plan/index.js";
import type { Context } from "./context.js";
import { loadUserValues, type ValuesArgs } from "./load-user-values.js";
import { moduleUrl } from "./module-url.js";
import { type ModuleArgs, openResolver } from "./open-resolver.js";
import { defaultNamespace } from "./open-target.js";
import { warn } from "./warn.js";

/** The options that say which instance is meant: see `instanceOptions`. */
export type InstanceArgs = Readonly<{ name: string; namespace?: string | undefined }>;

/** Those, and what it is built from. */
export type BuildArgs = InstanceArgs &
  ModuleArgs &
  ValuesArgs &
  Readonly<{
    module: string;
    version?: string | undefined;
    digest?: string | undefined;
    kubeVersion?: string | undefined;
    validate?: boolean | undefined;
  }>;

/**
 * Builds the instance that the options name, and says on stderr where its module came from, if not from its URL.
 *
 * @param kubeVersion That of the target, where it has one
 */
export async function buildUserInstance(
  args: BuildArgs,
  context: Context,
  kubeVersion?: string,
): Promise<RenderedBundle> {
  const { terminal, cwd } = context;
  const { name, namespace = defaultNamespace, version, digest } = args;
  const module = {
    url: await moduleUrl(args.module, context),
    ...(version !== undefined && { version }),
    ...(digest !== undefined && { digest }),
  };
  const values = await loadUserValues(args, context);
  return buildInstance({ name, namespace, module, values }, await openResolver(args, context), {
    kubeVersion: args.kubeVersion ?? kubeVersion,
    baseDir: cwd,
    onModule: (found) => {
      if (found.via === undefined) return;
      terminal.err(terminal.colors.dim(`${args.module} ${found.version}: from ${found.via}\n`));
    },
    validate: args.validate ?? kubeVersion === undefined,
    onChecked: ({ warnings }) => warn(warnings, terminal),
  });
}
