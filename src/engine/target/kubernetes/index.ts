import type { Target } from "../target.js";
import { type ConnectionOptions, resolveConnection } from "./connection.js";
import { createHttpClient, type HttpClientOptions } from "./http.js";
import { type KubeconfigPlaces, kubeconfigPaths, loadKubeconfig } from "./kubeconfig.js";
import { KubernetesTarget } from "./kubernetes-target.js";

export type { ConnectionOptions, ConnectionOverrides } from "./connection.js";

/**
 * The names of the contexts of a kubeconfig, and what messages call it.
 *
 * @throws {TargetError} `no-kubeconfig` where an explicit file does not exist, `bad-kubeconfig` for one that cannot be used
 */
export async function kubeContexts(
  places: KubeconfigPlaces,
): Promise<Readonly<{ names: readonly string[]; kubeconfig: string }>> {
  const config = await loadKubeconfig(places);
  const files = config?.files ?? kubeconfigPaths(places);
  return { names: [...(config?.contexts.keys() ?? [])].sort(), kubeconfig: `kubeconfig ${files.join(", ")}` };
}

/** How to connect; `http` is for tuning and tests. */
export type KubernetesOptions = ConnectionOptions & Readonly<{ http?: Partial<HttpClientOptions> }>;

/** A cluster as a target, which also tells its version. */
export type ClusterTarget = Target &
  Readonly<{
    /** The namespace of its context, `default` unless that names one. */
    namespace: string;
    serverVersion(signal?: AbortSignal): Promise<string>;
  }>;

/**
 * Finds the cluster and how to speak to it. Nothing is sent yet: `check` tells whether the cluster answers.
 *
 * @throws {TargetError} `no-kubeconfig` or `bad-kubeconfig`
 * @example
 * ```ts
 * const target = await connectKubernetes({ env: process.env, home: homedir(), overrides: { context: "kind-dev" } });
 * await target.check();
 * ```
 */
export async function connectKubernetes(options: KubernetesOptions): Promise<ClusterTarget> {
  const connection = await resolveConnection(options);
  const http = await createHttpClient(connection, { userAgent: "sheaf", ...options.http });
  return new KubernetesTarget(connection, http);
}
