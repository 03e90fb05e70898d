import { isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { OciError, parseReference, type Reference } from "../oci/index.js";
import { ResolveError } from "./resolve-error.js";

/** A rule that takes modules from another place than their URL says. */
export type Mirror = Readonly<{
  /** `host[/path]`: the rule is for this repository and all below it. */
  from: string;
  to: MirrorTarget;
}>;

/** Where a rule leads. A folder is an image layout when it holds an `oci-layout` file, else a folder of modules. */
export type MirrorTarget =
  | Readonly<{ kind: "catalog" }>
  | Readonly<{ kind: "registry"; host: string; path: string }>
  | Readonly<{ kind: "layout"; dir: string }>
  | Readonly<{ kind: "folder"; dir: string }>;

/** The rule that holds where no other does: the Flux modules come from the catalog that sheaf carries. */
export const catalogMirror: Mirror = { from: "ghcr.io/stefanprodan/modules", to: { kind: "catalog" } };

/**
 * Reads a rule as the option `--mirror` and the config file have it.
 *
 * @param text `FROM=TO`: FROM is `[oci://]host[/path]`; TO is `oci://host[/path]`, `oci-layout:PATH`, `catalog`, or the
 *   path of a layout or of a folder of modules
 * @param baseDir The folder that a relative PATH counts from
 * @throws {ResolveError} `bad-mirror`
 * @example
 * ```ts
 * parseMirror("ghcr.io/stefanprodan/modules=oci://registry.local/flux", process.cwd());
 * ```
 */
export function parseMirror(text: string, baseDir: string): Mirror {
  const fail = (fault: string): ResolveError =>
    new ResolveError("bad-mirror", `The mirror ${JSON.stringify(text)} is not a rule FROM=TO: ${fault}`);
  const equals = text.indexOf("=");
  if (equals <= 0 || equals === text.length - 1) {
    throw fail("write it as ghcr.io/org/modules=oci://registry.example/modules, or with a folder after the =");
  }
  const [from, to] = [text.slice(0, equals).replace(/^oci:\/\//, ""), text.slice(equals + 1)];
  const { host, path } = parsePrefix(from, fail);
  return { from: path === "" ? host : `${host}/${path}`, to: parseTarget(to, baseDir, fail) };
}

function parseTarget(to: string, baseDir: string, fail: (fault: string) => ResolveError): MirrorTarget {
  if (to === "catalog") return { kind: "catalog" };
  if (to.startsWith("oci://")) return { kind: "registry", ...parsePrefix(to.slice("oci://".length), fail) };
  if (to.startsWith("oci-layout:")) return { kind: "layout", dir: resolve(baseDir, to.slice("oci-layout:".length)) };
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(to) && !to.startsWith("file://")) {
    throw fail(`"${to}" must start with oci:// or oci-layout:, or be the path of a folder`);
  }
  return { kind: "folder", dir: filePath(to, baseDir) };
}

function parsePrefix(text: string, fail: (fault: string) => ResolveError): { host: string; path: string } {
  try {
    const { host, repository, tag, digest } = parseReference(`oci://${text}/x`);
    if (tag === undefined && digest === undefined) return { host, path: repository.slice(0, -2) };
  } catch (fault) {
    if (!(fault instanceof OciError)) throw fault;
  }
  throw fail(`"${text}" must be host[/path] of lower-case parts, without tag or digest`);
}

/** The path that `file://PATH` or a plain path means. `file:///PATH` is absolute, all else counts from the folder. */
export function filePath(url: string, baseDir: string): string {
  if (/^file:\/\/\/[A-Za-z]:/.test(url)) return fileURLToPath(url);
  const path = url.startsWith("file://") ? url.slice("file://".length) : url;
  return isAbsolute(path) ? path : join(baseDir, path);
}

/**
 * The rule for a repository and the rest of its name below the rule's FROM: the longest FROM wins, and of equals the
 * first in the list.
 */
export function findMirror(
  mirrors: readonly Mirror[],
  { host, repository }: Reference,
): Readonly<{ mirror: Mirror; rest: string }> | undefined {
  const name = `${host}/${repository}`;
  const fitting = mirrors.filter(({ from }) => name === from || name.startsWith(`${from}/`));
  const longest = Math.max(...fitting.map(({ from }) => from.length));
  const mirror = fitting.find(({ from }) => from.length === longest);
  return mirror && { mirror, rest: name.slice(mirror.from.length + 1) };
}

/** What messages call a rule's target: `the built-in catalog`, `the registry oci://localhost:5000/flux`. */
export function describeTarget(target: MirrorTarget): string {
  switch (target.kind) {
    case "catalog":
      return "the built-in catalog";
    case "registry":
      return `the registry oci://${[target.host, target.path].filter(Boolean).join("/")}`;
    case "layout":
      return `the image layout ${target.dir}`;
    case "folder":
      return `the folder ${target.dir}`;
  }
}
