import type { Options } from "yargs";
import { UsageError } from "./usage-error.js";

/** Reads an option that may be given several times into a list. */
const list = (value: string | string[]): string[] => [value].flat();

/** A duration as Go writes it: `90s`, `5m`, `1h30m`. */
export function parseDuration(text: string | string[]): number {
  if (typeof text !== "string") throw new UsageError("a duration can be given once");
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) {
    throw new UsageError(`${JSON.stringify(text)} is no duration; write for example 90s, 5m or 1h30m`);
  }
  return parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (units[unit] ?? 0), 0);
}

/** Puts options under a heading of their own in the help. */
function grouped<const T extends Record<string, Options>>(group: string, options: T) {
  for (const option of Object.values(options)) Object.assign(option, { group });
  return options;
}

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

/** For every command that may speak with a registry. */
export const registryOptions = grouped("Registry:", {
  "registry-insecure": { type: "boolean", default: false, describe: "Speak plain HTTP to registries" },
  "registry-ca": {
    type: "string",
    requiresArg: true,
    describe: "File of certificate authorities (PEM) to trust beside the usual ones",
  },
});

/** For commands that speak with one registry; others take what `registry login` keeps. */
export const credsOption = grouped("Registry:", {
  creds: {
    type: "string",
    requiresArg: true,
    describe: "Credentials for the registry, USER[:PASSWORD]; else those of registry login (or docker login)",
  },
});

const cosignKeyOption = { alias: "key", type: "string", requiresArg: true } as const;

/** Timoni names a provider of signatures; there is one. */
function signatureProvider(flag: string) {
  return (value: string): "cosign" => {
    if (value === "" || value === "cosign") return "cosign";
    throw new UsageError(`${flag}: expected cosign or nothing, not ${JSON.stringify(value)}`);
  };
}

export const signOptions = grouped("Signature:", {
  sign: {
    type: "string",
    coerce: signatureProvider("--sign"),
    describe: "Sign as cosign does with a key, before a tag is set",
  },
  "cosign-key": {
    ...cosignKeyOption,
    describe: "File of the private key (PEM); the password of an encrypted one is taken from COSIGN_PASSWORD",
  },
});

/** For what takes modules, too: `--cosign-key` says there by whom these are signed. */
export const bundleSignOptions = grouped("Signature:", {
  sign: signOptions.sign,
  "sign-key": { type: "string", requiresArg: true, describe: signOptions["cosign-key"].describe },
});

export const verifyOptions = grouped("Signature:", {
  verify: {
    type: "string",
    coerce: signatureProvider("--verify"),
    describe: "Take only what is signed with the key",
  },
  "cosign-key": { ...cosignKeyOption, describe: "File of the public key (PEM)" },
});

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

/** How to reach a cluster. */
export const kubeOptions = grouped("Target:", {
  kubeconfig: { type: "string", requiresArg: true, describe: "Path of the kubeconfig file" },
  "kube-context": { type: "string", requiresArg: true, describe: "Context of the kubeconfig" },
  "kube-cluster": { type: "string", requiresArg: true, describe: "Cluster of the kubeconfig" },
  "kube-user": { type: "string", requiresArg: true, describe: "User of the kubeconfig" },
  "kube-apiserver": {
    alias: "kube-server",
    type: "string",
    requiresArg: true,
    describe: "Address of the API server",
  },
  "kube-token": { type: "string", requiresArg: true, describe: "Bearer token for the API server" },
  "kube-as": { type: "string", requiresArg: true, describe: "User to impersonate" },
  "kube-as-group": {
    type: "string",
    requiresArg: true,
    coerce: list,
    describe: "Group to impersonate; may be repeated",
  },
  "kube-as-uid": { type: "string", requiresArg: true, describe: "UID to impersonate" },
  "kube-client-certificate": { type: "string", requiresArg: true, describe: "Path of the client's certificate" },
  "kube-client-key": { type: "string", requiresArg: true, describe: "Path of the client certificate's key" },
  "kube-certificate-authority": {
    type: "string",
    requiresArg: true,
    describe: "Path of the API server's CA certificate",
  },
  "kube-tls-server-name": {
    type: "string",
    requiresArg: true,
    describe: "Name to expect in the API server's certificate",
  },
  "kube-insecure-skip-tls-verify": { type: "boolean", describe: "Do not check the API server's certificate" },
});

export const targetOptions = {
  ...grouped("Target:", {
    target: {
      type: "string",
      default: "kubernetes",
      requiresArg: true,
      describe: "Where to apply: kubernetes, or dir:PATH for a folder",
    },
    timeout: {
      type: "string",
      default: "5m",
      requiresArg: true,
      coerce: parseDuration,
      describe: "How long to wait for one instance",
    },
    "run-timeout": {
      type: "string",
      requiresArg: true,
      coerce: parseDuration,
      describe: "How long to wait for all instances of a cluster together",
    },
  }),
  ...kubeOptions,
};

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
