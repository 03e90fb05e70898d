import type { Agent as HttpAgent } from "node:http";
import { TargetError } from "../errors.js";

const protocols = ["http:", "https:", "socks5:", "socks5h:", "socks:"];

/**
 * The proxy to use for a server: the cluster's `proxy-url`, else `HTTPS_PROXY`/`HTTP_PROXY` (either case) unless `NO_PROXY`
 * exempts the host, as Go's clients decide it. Loopback addresses never go through a proxy of the environment.
 */
export function proxyFor(
  server: URL,
  proxyUrl: string,
  env: Readonly<Record<string, string | undefined>>,
): URL | undefined {
  if (proxyUrl !== "") return parseProxy(proxyUrl, "proxy-url");
  const name = server.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const text = env[name] || env[name.toLowerCase()];
  if (!text || isExempt(server, env.NO_PROXY ?? env.no_proxy ?? "")) return undefined;
  return parseProxy(text.includes("://") ? text : `http://${text}`, name);
}

function parseProxy(text: string, where: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && protocols.includes(url.protocol)) return url;
  // The text may hold a password, so it is not shown.
  throw new TargetError("bad-kubeconfig", `${where} is not the URL of a proxy (http://, https:// or socks5://)`);
}

function isExempt(server: URL, noProxy: string): boolean {
  const host = server.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (host === "localhost" || host === "::1" || /^127(\.\d+){3}$/.test(host)) return true;
  return noProxy
    .split(",")
    .map((rule) => rule.trim().toLowerCase())
    .some((rule) => rule !== "" && matchesRule(rule, host, server.port || "443"));
}

/** One rule of NO_PROXY: `*`, `host[:port]` with its subdomains, `.domain`, an address, an IPv4 range `10.0.0.0/8`. */
function matchesRule(rule: string, host: string, port: string): boolean {
  if (rule === "*") return true;
  const range = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(rule);
  if (range !== null) {
    const [, network = "", bits = ""] = range;
    const [a, b] = [ipv4Number(network), ipv4Number(host)];
    const shift = 32 - Number(bits);
    return a !== undefined && b !== undefined && Math.floor(a / 2 ** shift) === Math.floor(b / 2 ** shift);
  }
  const [, name = "", rulePort] = /^(.*?)(?::(\d+))?$/.exec(rule) ?? [];
  if (rulePort !== undefined && rulePort !== port) return false;
  const bare = name.replace(/^\*?\./, "");
  return (host === bare && !name.startsWith(".")) || host.endsWith(`.${bare}`);
}

function ipv4Number(text: string): number | undefined {
  const parts = text.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** An agent that tunnels every connection through the proxy. Its library is loaded only here. */
export async function proxyAgent(proxy: URL, options: { keepAlive: boolean; maxSockets: number }): Promise<HttpAgent> {
  if (proxy.protocol.startsWith("socks")) {
    const { SocksProxyAgent } = await import("socks-proxy-agent");
    return new SocksProxyAgent(proxy, options);
  }
  const { HttpsProxyAgent } = await import("https-proxy-agent");
  return new HttpsProxyAgent(proxy, options);
}
