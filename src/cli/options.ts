import type { Options } from "yargs";
import { UsageError } from "./usage-error.js";

/** Reads an option that may be given several times into a list. */
const list = (value: string | string[]): string[] => [value].flat();

/** A duration as Go writes it: `90s`, `5m`, `1h30m`. */
export function parseDuration(text: string | string[]): number {
  if (typeof text !== "string") throw new UsageError("--timeout can be given once");
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

export const runtimeOptions = {
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
} as const satisfies Record<string, Options>;

export const moduleOptions = grouped("Modules:", {
  mirror: {
    type: "string",
    coerce: list,
    requiresArg: true,
    describe: "Take modules below FROM from TO: a registry (oci://…), an image layout or a folder of modules",
  },
  "registry-insecure": { type: "boolean", default: false, describe: "Speak plain HTTP to registries" },
  "kube-version": {
    type: "string",
    requiresArg: true,
    describe: "Kubernetes version to render for, where no cluster is asked",
  },
});

export const targetOptions = grouped("Target:", {
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
  kubeconfig: { type: "string", requiresArg: true, describe: "Path of the kubeconfig file" },
  "kube-context": { type: "string", requiresArg: true, describe: "Context of the kubeconfig" },
  "kube-cluster": { type: "string", requiresArg: true, describe: "Cluster of the kubeconfig" },
  "kube-user": { type: "string", requiresArg: true, describe: "User of the kubeconfig" },
  "kube-apiserver": { type: "string", requiresArg: true, describe: "Address of the API server" },
  "kube-token": { type: "string", requiresArg: true, describe: "Bearer token for the API server" },
  "kube-as": { type: "string", requiresArg: true, describe: "User to impersonate" },
  "kube-as-group": {
    type: "string",
    requiresArg: true,
    coerce: list,
    describe: "Group to impersonate; may be repeated",
  },
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

/** The formats of a command that prints a table or data. */
export const outputOption = {
  output: { alias: "o", choices: ["table", "json"], default: "table", describe: "Form of the output" },
} as const satisfies Record<string, Options>;
