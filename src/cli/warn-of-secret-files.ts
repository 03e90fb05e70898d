import { createMasker } from "../engine/apply/index.js";
import { formatRef, isSecret, refOf } from "../engine/object/index.js";
import type { RenderedBundle } from "../engine/plan/index.js";
import type { Context } from "./context.js";

/** Objects that are named; the rest is counted. */
const maxNamed = 5;

/** Says after an apply to a folder that some of its files must not be committed in clear, where that is so. */
export function warnOfSecretFiles({ instances, secrets = [] }: RenderedBundle, { terminal }: Context): void {
  const objects = instances.flatMap((instance) => instance.objects);
  if (secrets.length === 0 && !objects.some(isSecret)) return;
  const { holdsSecret } = createMasker(secrets);
  const others = objects
    .filter((object) => !isSecret(object) && holdsSecret(object))
    .map((object) => formatRef(refOf(object)));
  const named = others.length > maxNamed ? [...others.slice(0, maxNamed), `${others.length - maxNamed} more`] : others;
  const places = ["in its Secrets", "instance records", ...named].join(", ");
  terminal.err(
    `${terminal.colors.yellow("warning:")} the folder holds secrets (${places}: files of mode 0600); do not commit these files in clear\n`,
  );
}
