import { UsageError } from "../usage-error.js";
import { grouped, list } from "./grouped.js";
import { registryOptions, verifyOptions } from "./registry.js";

/** A Kubernetes version as people write it: `1.35`, `v1.35.2`. */
function parseKubeVersion(text: string | string[]): string {
  const [, release, patch = ".0", rest = ""] =
    (typeof text === "string" && /^v?(\d+\.\d+)(\.\d+)?([-+].*)?$/.exec(text)) || [];
  if (release !== undefined) return `${release}${patch}${rest}`;
  throw new UsageError(`--kube-version ${JSON.stringify(text)}: write for example 1.35 or 1.35.2`);
}

export const kubeVersionOption = grouped("Modules:", {
  "kube-version": {
    type: "string",
    requiresArg: true,
    coerce: parseKubeVersion,
    describe: "Kubernetes version to render for and to check against, where no cluster is asked",
  },
});

export const validateOption = grouped("Modules:", {
  validate: {
    type: "boolean",
    describe: "Check objects offline against the API of the Kubernetes version; on, unless a cluster does it",
  },
});

/** For commands on the folder of a module: where the modules come from that it renders inside. */
export const moduleSourceOptions = {
  ...grouped("Modules:", {
    mirror: {
      type: "string",
      coerce: list,
      requiresArg: true,
      describe: "Take modules below FROM from TO: a registry (oci://…), an image layout or a folder of modules",
    },
    offline: {
      type: "boolean",
      default: false,
      describe: "Ask no registry; take what the cache has of earlier runs",
    },
  }),
  ...registryOptions,
};

export const moduleOptions = { ...kubeVersionOption, ...verifyOptions, ...moduleSourceOptions };

/** Where a bundle's lock file is. */
export const lockFileOption = grouped("Modules:", {
  "lock-file": {
    type: "string",
    requiresArg: true,
    describe: "Lock file; beside the bundle file unless given, with the ending .lock",
  },
});

export const lockOptions = {
  ...grouped("Modules:", {
    locked: { type: "boolean", default: false, describe: "Take the modules that the lock file says, and no others" },
  }),
  ...lockFileOption,
};
