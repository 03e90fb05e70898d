import type { Options } from "yargs";
import { UsageError } from "../usage-error.js";
import { grouped, list } from "./grouped.js";

/** Options that the commands share, by subject, so that the same thing has the same name everywhere. */
export const fileOptions = {
  file: {
    alias: "f",
    type: "string",
    coerce: list,
    demandOption: true,
    requiresArg: true,
    describe: "Bundle file (CUE, YAML or JSON), - for standard input; several are unified",
  },
} as const satisfies Record<string, Options>;

/** For commands that take the bundle by its name, too. */
export const optionalFileOption = {
  file: { ...fileOptions.file, demandOption: false, describe: "Bundle file to take the name from" },
} as const satisfies Record<string, Options>;

/** For commands that render one module. */
export const valuesOption = {
  values: {
    ...fileOptions.file,
    demandOption: false,
    describe: "File (CUE, YAML or JSON) with the values below a field values; of several, later ones win",
  },
} as const satisfies Record<string, Options>;

/** For every command that evaluates files: where variables and imports come from. */
export const variableOptions = {
  "runtime-from-env": {
    type: "boolean",
    default: false,
    describe: "Fill @timoni(runtime:…) attributes from environment variables",
  },
  "env-file": {
    type: "string",
    coerce: list,
    requiresArg: true,
    describe: "Fill @timoni(runtime:…) attributes from a .env file; the environment wins with --runtime-from-env",
  },
  workdir: {
    type: "string",
    requiresArg: true,
    describe:
      "Folder in or above which cue.mod names the module whose packages files import; the current one unless given",
  },
} as const satisfies Record<string, Options>;

function countOf(given: number | number[]): number {
  if (typeof given === "number" && Number.isInteger(given) && given > 0) return given;
  throw new UsageError("--parallel: expected a number of clusters, 1 or more");
}

/** For commands that go by a runtime file: which clusters, and where their values come from. */
export const runtimeOptions = {
  ...variableOptions,
  ...grouped("Clusters:", {
    runtime: {
      alias: "r",
      type: "string",
      coerce: list,
      requiresArg: true,
      describe: "Runtime file (CUE, YAML or JSON) with clusters and values to read from them; several are unified",
    },
    "runtime-cluster": { type: "string", requiresArg: true, describe: "Only the cluster of this name" },
    "runtime-group": { type: "string", requiresArg: true, describe: "Only the clusters of this group" },
  }),
} as const satisfies Record<string, Options>;

/** For those that change clusters, or ask them much. */
export const parallelOption = grouped("Clusters:", {
  parallel: {
    type: "number",
    default: 1,
    coerce: countOf,
    requiresArg: true,
    describe: "Clusters of one group to work on at once",
  },
});
