import { writeValue } from "../../engine/cue/index.js";
import type { Located } from "../../engine/json/index.js";
import type { KubeObject } from "../../engine/object/index.js";
import { type BundleArgs, loadUserBundle, openBuilder } from "../build-user-bundle.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { counted } from "../counted.js";
import { openFleet } from "../fleet.js";

type Args = BundleArgs & { printValue: boolean; showSecrets: boolean };

/** `sheaf bundle vet`: checks a bundle without a target, as it is for every cluster of a runtime file. */
export async function bundleVet(context: Context, args: Args): Promise<ExitCode> {
  const fleet = await openFleet(args, context);
  const build = await openBuilder(args, context, { onUnchecked: (objects) => tellUnchecked(objects, context) });
  return fleet.run(
    async (run) => {
      const bundle = await loadUserBundle(args, run);
      const { instances } = await build(bundle);
      if (args.printValue) {
        const value = below("bundle", bundle.located);
        const shown = run.cluster === undefined ? value : below(run.cluster.name, value);
        context.terminal.out(writeValue(shown, "cue", args.showSecrets ? undefined : "***"));
      } else {
        const objects = instances.reduce((sum, instance) => sum + instance.objects.length, 0);
        run.context.terminal.say(
          `bundle ${bundle.name} is valid: ${counted(instances.length, "instance")}, ${counted(objects, "object")}\n`,
        );
      }
      return exitCode.done;
    },
    { keepGoing: true },
  );
}

function below(name: string, value: Located): Located {
  const { pos } = value;
  return { kind: "struct", fields: new Map([[name, { keyPos: pos, value }]]), pos };
}

/** A kind that is defined elsewhere is no fault, but its fields may be wrong. */
function tellUnchecked(objects: readonly KubeObject[], { terminal }: Context): void {
  if (objects.length === 0) return;
  const kinds = [...new Set(objects.map(({ apiVersion, kind }) => `${kind} (${apiVersion})`))].join(", ");
  terminal.err(`not checked, as nothing here defines them: ${counted(objects.length, "object")} of ${kinds}\n`);
}
