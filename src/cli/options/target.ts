import { UsageError } from "../usage-error.js";
import { grouped, list } from "./grouped.js";

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
