import { environmentProxy, NetworkError, parseProxy } from "../../network/index.js";
import { TargetError } from "../errors.js";

/** The proxy to use for a server: the cluster's `proxy-url`, else that of the environment. */
export function proxyFor(
  server: URL,
  proxyUrl: string,
  env: Readonly<Record<string, string | undefined>>,
): URL | undefined {
  try {
    return proxyUrl === "" ? environmentProxy(server, env) : parseProxy(proxyUrl, "proxy-url");
  } catch (cause) {
    if (cause instanceof NetworkError) throw new TargetError("bad-kubeconfig", cause.message, { cause });
    throw cause;
  }
}
