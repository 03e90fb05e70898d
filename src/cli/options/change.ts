import type { Options } from "yargs";

/** For commands that delete. */
export const deleteOptions = {
  wait: { type: "boolean", default: true, describe: "Wait until the objects are ready, or gone" },
  "dry-run": { type: "boolean", default: false, describe: "Ask the target what would happen; write nothing" },
  "delete-resources": {
    type: "boolean",
    default: false,
    describe: "Delete the custom resources of definitions that go, instead of stopping at them",
  },
} as const satisfies Record<string, Options>;

/** What an apply may do, and a diff shows. */
export const changeOptions = {
  force: {
    type: "boolean",
    default: false,
    describe: "Recreate objects of which an immutable field changes, and wait for those that are being deleted",
  },
  "overwrite-ownership": {
    type: "boolean",
    default: false,
    describe: "Take over instances that belong to another bundle, or to none",
  },
  "drop-fields": {
    type: "boolean",
    default: false,
    describe: "Let custom resources lose fields that a new definition does not have, instead of stopping",
  },
  "create-namespace": {
    type: "boolean",
    default: true,
    describe: "Make the namespaces of instances where they are missing",
  },
} as const satisfies Record<string, Options>;

export const pruneInstancesOption = {
  "prune-instances": {
    type: "boolean",
    default: false,
    describe: "Delete instances of the bundle that its file no longer names",
  },
} as const satisfies Record<string, Options>;

/** For commands that apply. */
export const applyOptions = {
  ...deleteOptions,
  ...changeOptions,
  diff: { type: "boolean", default: false, describe: "Show the changes; write nothing" },
} as const satisfies Record<string, Options>;

export const atomicOption = {
  atomic: {
    type: "boolean",
    default: false,
    describe: "When anything fails, take every instance back to its recorded revision, and remove new ones",
  },
} as const satisfies Record<string, Options>;
