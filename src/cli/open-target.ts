import { homedir } from "node:os";
import { resolve } from "node:path";
import type { Target } from "../engine/target/index.js";
import type { ClusterTarget } from "../engine/target/kubernetes/index.js";
import type { Context } from "./context.js";
import { UsageError } from "./usage-error.js";

/** The options that say where to apply: see `targetOptions`. */
export type TargetArgs = KubeArgs & Readonly<{ target: string; namespace?: string | undefined }>;

/** Those that say how to reach a cluster: see `kubeOptions`. */
export type KubeArgs = Readonly<{
  kubeconfig?: string | undefined;
  kubeContext?: string | undefined;
  kubeCluster?: string | undefined;
  kubeUser?: string | undefined;
  kubeApiserver?: string | undefined;
  kubeToken?: string | undefined;
  kubeAs?: string | undefined;
  kubeAsGroup?: string[] | undefined;
  kubeAsUid?: string | undefined;
  kubeClientCertificate?: string | undefined;
  kubeClientKey?: string | undefined;
  kubeCertificateAuthority?: string | undefined;
  kubeTlsServerName?: string | undefined;
  kubeInsecureSkipTlsVerify?: boolean | undefined;
}>;

/** Kubernetes' own, where nothing names another. */
export const defaultNamespace = "default";

/** A target, the namespace that the options or the kubeconfig's context name, and its Kubernetes version, where it has one. */
export type OpenTarget = Readonly<{ target: Target; namespace: string; kubeVersion?: string }>;

/**
 * Opens the target that the options name. A cluster is asked for its version, so an unreachable one fails here.
 *
 * @throws {UsageError} For a target of an unknown form
 * @throws {TargetError} For one that cannot be used
 */
export async function openTarget(args: TargetArgs, context: Context): Promise<OpenTarget> {
  const { namespace } = args;
  if (args.target.startsWith("dir:")) {
    const { openDirectory } = await import("../engine/target/directory/index.js");
    // A shell expands ~ only at the start of a word.
    const path = args.target.slice("dir:".length).replace(/^~(?=\/|$)/, context.env.HOME ?? homedir());
    if (path === "") throw new UsageError("--target dir: needs a path, for example dir:./cluster");
    const target = openDirectory(resolve(context.cwd, path), { now: context.now });
    return { target, namespace: namespace ?? defaultNamespace };
  }
  if (args.target !== "kubernetes") {
    throw new UsageError(`--target ${args.target}: expected kubernetes, or dir:PATH for a folder`);
  }
  const target = await openCluster(args, context);
  return { target, namespace: namespace ?? target.namespace, kubeVersion: await target.serverVersion(context.signal) };
}

/** Finds the cluster that the options name. Nothing is sent yet. */
export async function openCluster(args: KubeArgs, context: Context): Promise<ClusterTarget> {
  const { connectKubernetes } = await import("../engine/target/kubernetes/index.js");
  return connectKubernetes({
    env: context.env,
    home: context.env.HOME ?? homedir(),
    interactive: context.terminal.interactive,
    overrides: {
      kubeconfig: args.kubeconfig,
      context: args.kubeContext,
      cluster: args.kubeCluster,
      user: args.kubeUser,
      server: args.kubeApiserver,
      token: args.kubeToken,
      as: args.kubeAs,
      asGroup: args.kubeAsGroup,
      asUid: args.kubeAsUid,
      clientCertificate: args.kubeClientCertificate,
      clientKey: args.kubeClientKey,
      certificateAuthority: args.kubeCertificateAuthority,
      insecureSkipTlsVerify: args.kubeInsecureSkipTlsVerify,
      tlsServerName: args.kubeTlsServerName,
    },
  });
}
