/** One way in that a registry offers: the scheme in lower case, and its parameters by lower-case name. */
export type Challenge = Readonly<{ scheme: string; parameters: ReadonlyMap<string, string> }>;

/**
 * Reads a WWW-Authenticate header (RFC 9110, section 11.6.1), which may hold several challenges. What cannot be read is
 * left out.
 *
 * @example
 * ```ts
 * parseChallenges('Bearer realm="https://auth.example/token",service="registry"');
 * // [{ scheme: "bearer", parameters: Map { "realm" => "https://auth.example/token", "service" => "registry" } }]
 * ```
 */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  const part = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/g;
  for (const [, name = "", quoted, plain] of header.matchAll(part)) {
    const value = quoted?.replace(/\\(.)/g, "$1") ?? plain;
    if (value === undefined) challenges.push({ scheme: name.toLowerCase(), parameters: new Map() });
    else challenges.at(-1)?.parameters.set(name.toLowerCase(), value);
  }
  return challenges;
}
