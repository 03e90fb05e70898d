import { dirname, resolve } from "node:path";
import type { Restore } from "../engine/apply/index.js";
import { buildRecorded } from "../engine/build/index.js";
import type { RenderedBundle } from "../engine/plan/index.js";
import type { Context } from "./context.js";
import { type ModuleArgs, openResolver } from "./open-resolver.js";

/** Makes what renders the recorded revisions of a bundle; `kubeVersion` is that of the target, where it has one. */
export type Restorer = (bundle: RenderedBundle, kubeVersion?: string) => Restore;

type RestoreArgs = ModuleArgs & Readonly<{ kubeVersion?: string | undefined }>;

/** Opens what recorded revisions are rendered with. A module from a folder is looked for beside the bundle's file. */
export async function openRestorer(args: RestoreArgs, context: Context): Promise<Restorer> {
  const resolver = await openResolver(args, context);
  return (bundle, kubeVersion) => async (revision) => {
    const { pos } = bundle.instances.find(({ name }) => name === revision.name) ?? {};
    const baseDir = pos === undefined || pos.file === "-" ? context.cwd : resolve(context.cwd, dirname(pos.file));
    return buildRecorded(revision, resolver, { kubeVersion: args.kubeVersion ?? kubeVersion, baseDir });
  };
}
