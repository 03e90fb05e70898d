import type { RenderedBundle } from "../engine/plan/index.js";
import type { Context } from "./context.js";

/** Says after an apply to a folder that some of its files must not be committed in clear, where that is so. */
export function warnOfSecretFiles({ instances, secrets = [] }: RenderedBundle, { terminal }: Context): void {
  const hasSecret = instances.some(({ objects }) => objects.some(({ kind }) => kind === "Secret"));
  if (!hasSecret && secrets.length === 0) return;
  terminal.err(
    `${terminal.colors.yellow("warning:")} the folder holds secrets, in its Secrets and instance records (files of mode 0600); ` +
      "do not commit these files in clear\n",
  );
}
