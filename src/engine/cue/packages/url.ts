/** What keeps a text from being a URL or a relative reference, by the rules of Go's parser; undefined for nothing. */
export function urlFault(text: string): string | undefined {
  if (/(?![\u0080-\u009f])\p{Cc}/u.test(text)) return "invalid control character in URL";
  const [before = ""] = text.split("#", 1);
  const fragment = text.includes("#") ? text.slice(text.indexOf("#") + 1) : "";
  if (hasBadEscape(fragment)) return "invalid URL escape";
  if (before === "*") return undefined;
  if (before.startsWith(":")) return "missing protocol scheme";
  const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*:/.exec(before)?.[0] ?? "";
  const [rest = ""] = before.slice(scheme.length).split("?", 1);
  if (scheme !== "" && !rest.startsWith("/")) return undefined;
  if (scheme === "" && (rest.split("/", 1)[0] ?? "").includes(":"))
    return "first path segment in URL cannot contain colon";
  const authority = /^\/\/(?!\/)([^/]*)/.exec(rest)?.[1] ?? /^\/\/([^/]*)/.exec(rest)?.[1];
  const path = authority === undefined ? rest : rest.slice(2 + authority.length);
  return (
    (authority === undefined ? undefined : authorityFault(authority)) ??
    (hasBadEscape(path) ? "invalid URL escape" : undefined)
  );
}

function hasBadEscape(text: string): boolean {
  return /%(?![0-9a-fA-F]{2})/.test(text);
}

function authorityFault(authority: string): string | undefined {
  const at = authority.lastIndexOf("@");
  const user = authority.slice(0, Math.max(0, at));
  if (/[^A-Za-z0-9\-._:~!$&'()*+,;=%@]/.test(user)) return "invalid userinfo";
  if (hasBadEscape(user)) return "invalid URL escape";
  const host = authority.slice(at + 1);
  if (host.startsWith("[")) {
    const close = host.lastIndexOf("]");
    if (close === -1) return "missing ']' in host";
    return /^(?::\d*)?$/.test(host.slice(close + 1)) ? undefined : "invalid port after host";
  }
  const colon = host.indexOf(":");
  if (colon !== -1 && !/^:\d*$/.test(host.slice(host.lastIndexOf(":")))) return "invalid port after host";
  if (/[ "\\^`{|}<>%](?![0-9a-fA-F]{2})/.test(host.replaceAll(/[<>"]/g, "")) || /[ \\^`{|}]/.test(host))
    return "invalid character in host name";
  return undefined;
}
