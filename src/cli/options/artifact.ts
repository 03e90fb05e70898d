import type { Options } from "yargs";
import { UsageError } from "../usage-error.js";
import { list } from "./grouped.js";

/** Reads `KEY=VALUE` options. */
function annotationsOf(given: string | string[]): Record<string, string> {
  return Object.fromEntries(
    list(given).map((text) => {
      const equals = text.indexOf("=");
      if (equals <= 0) throw new UsageError(`--annotation ${JSON.stringify(text)}: write it as KEY=VALUE`);
      return [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}

/** What is told of an artifact beside what follows from its files. */
export const annotationOption = {
  annotation: {
    alias: "a",
    type: "string",
    coerce: annotationsOf,
    requiresArg: true,
    describe: "Annotation of the artifact, KEY=VALUE; may be repeated",
  },
} as const satisfies Record<string, Options>;

/** The version of a module: the command's own --version gives way to it. */
export const versionOption = {
  version: { alias: "v", type: "string", requiresArg: true, describe: "Version of the module, such as 1.0.0" },
} as const satisfies Record<string, Options>;

/** For commands that take any version. */
export const wantedVersionOption = {
  ...versionOption.version,
  describe: "Version of the module; latest unless given",
} as const satisfies Options;

/** The tags that an artifact gets. */
export const tagOption = {
  tag: { alias: "t", type: "string", coerce: list, requiresArg: true, describe: "Tag to set; may be repeated" },
} as const satisfies Record<string, Options>;

/** Where an artifact is written that is not pushed yet, and in which form. */
export const builtOptions = {
  "output-file": {
    alias: ["o", "output"],
    type: "string",
    demandOption: true,
    requiresArg: true,
    describe: "Path of the archive or layout to write",
  },
  format: { choices: ["oci-archive", "oci-layout"], default: "oci-archive", describe: "Form of the output" },
} as const satisfies Record<string, Options>;

/** For lists that can be long. Zero means all, as for Timoni. */
export const limitOption = {
  limit: {
    type: "number",
    requiresArg: true,
    coerce: (count: number): number | undefined => {
      if (Number.isSafeInteger(count) && count >= 0) return count === 0 ? undefined : count;
      throw new UsageError("--limit: expected a whole number; 0 for all");
    },
    describe: "List the first so many; all unless given",
  },
} as const satisfies Record<string, Options>;
