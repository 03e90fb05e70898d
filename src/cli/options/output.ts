import type { Options } from "yargs";

/** The formats of a command that prints a table or data. */
export const outputOption = {
  output: { alias: "o", choices: ["table", "json"], default: "table", describe: "Form of the output" },
} as const satisfies Record<string, Options>;

/** The formats of a command that prints one document. */
export const documentOption = {
  output: { alias: "o", choices: ["yaml", "json"], default: "yaml", describe: "Form of the output" },
} as const satisfies Record<string, Options>;

/** For commands that print objects. */
export const printOptions = {
  output: { ...documentOption.output, describe: "Form of the output: YAML documents, or a List in JSON" },
  "mask-secrets": {
    type: "boolean",
    default: false,
    describe: "Show the data of Secrets and runtime values as ***",
  },
} as const satisfies Record<string, Options>;
