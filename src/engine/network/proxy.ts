import type { Agent as HttpAgent } from "node:http";
import { BlockList, isIP } from "node:net";
import { NetworkError } from "./errors.js";

const protocols = ["http:", "https:", "socks5:", "socks5h:", "socks:"];

/**
 * The proxy that the environment names for a server: `HTTPS_PROXY`/`HTTP_PROXY` (either case) unless `NO_PROXY` exempts the
 * host, as Go's clients decide it. Loopback addresses never go through it.
 *
 * @throws {NetworkError} `bad-proxy`
 * @example
 * ```ts
 * environmentProxy(new URL("https://ghcr.io"), { HTTPS_PROXY: "proxy.local:3128" })?.href; // "http://proxy.local:3128/"
 * ```
 */
export function environmentProxy(server: URL, env: Readonly<Record<string, string | undefined>>): URL | undefined {
  const name = server.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const text = env[name] || env[name.toLowerCase()];
  if (!text || isExempt(server, env.NO_PROXY || env.no_proxy || "")) return undefined;
  return parseProxy(text.includes("://") ? text : `http://${text}`, name);
}

/** @param where The name of the setting, for the error */
export function parseProxy(text: string, where: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && protocols.includes(url.protocol)) return url;
  // The text may hold a password, so it is not shown.
  throw new NetworkError("bad-proxy", `${where} is not the URL of a proxy (http://, https:// or socks5://)`);
}

function isExempt(server: URL, noProxy: string): boolean {
  const host = server.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (host === "localhost" || isWithin(host, "127.0.0.0", 8) || isWithin(host, "::1", 128)) return true;
  const port = server.port || (server.protocol === "https:" ? "443" : "80");
  return noProxy
    .split(",")
    .map((rule) => rule.trim().toLowerCase())
    .some((rule) => matchesRule(rule, host, port));
}

/** One rule of NO_PROXY: `*`, `host[:port]` with its subdomains, `.domain`, an address `10.0.0.1` or `[::1]:443`, a range `10.0.0.0/8`. */
function matchesRule(rule: string, host: string, port: string): boolean {
  if (rule === "*") return true;
  const [, network, bits] = /^(.*)\/(\d+)$/.exec(rule) ?? [];
  if (network !== undefined) return isWithin(host, network, Number(bits));
  const [, name = "", rulePort] = isIP(rule) > 0 ? ["", rule] : (/^(.*?)(?::(\d+))?$/.exec(rule) ?? []);
  if (name === "" || (rulePort !== undefined && rulePort !== port)) return false;
  const address = name.replace(/^\[|\]$/g, "");
  if (isIP(address) > 0) return isWithin(host, address, isIP(address) === 6 ? 128 : 32);
  return host === name || host.endsWith(`.${name.replace(/^\*?\./, "")}`);
}

/** Whether a host is an address of a network; names are not looked up. */
function isWithin(host: string, network: string, bits: number): boolean {
  if (isIP(host) === 0 || isIP(network) === 0 || bits > (isIP(network) === 6 ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, bits, isIP(network) === 6 ? "ipv6" : "ipv4");
  return list.check(host, isIP(host) === 6 ? "ipv6" : "ipv4");
}

/** `ca` is for a proxy that is spoken to over https. */
export type ProxyAgentOptions = Readonly<{ keepAlive: boolean; maxSockets: number; ca?: string[] | undefined }>;

/** An agent that tunnels every connection through the proxy. Its library is loaded only here. */
export async function proxyAgent(proxy: URL, { ca, ...options }: ProxyAgentOptions): Promise<HttpAgent> {
  if (proxy.protocol.startsWith("socks")) {
    const { SocksProxyAgent } = await import("socks-proxy-agent");
    return new SocksProxyAgent(proxy, options);
  }
  const { HttpsProxyAgent } = await import("https-proxy-agent");
  return new HttpsProxyAgent(proxy, ca === undefined ? options : { ...options, ca });
}
