import { kinds } from "../kind.js";
import type { Arguments } from "./arguments.js";
import { CallFault, fn, type PackageFunction, type Result, standardPackage } from "./package.js";
import { matchPath } from "./path-match.js";

const { string, list } = kinds;

/** The package "path", for the paths of Unix. */
export const path = standardPackage(
  "path",
  {
    Base: onUnix([string], (args) => base(args.text(0))),
    Clean: onUnix([string], (args) => clean(args.text(0))),
    Dir: onUnix([string], (args) => clean(split(args.text(0))[0])),
    Ext: onUnix([string], (args) => /\.[^./]*$/.exec(args.text(0))?.[0] ?? ""),
    FromSlash: onUnix([string], (args) => args.text(0), false),
    IsAbs: onUnix([string], (args) => args.text(0).startsWith("/")),
    Join: onUnix([list], (args) => join(args.texts(0))),
    Match: onUnix([string, string], (args) => {
      const [pattern, name] = [args.text(0), args.text(1)];
      args.claimText(pattern.length * name.length);
      return matchPath(pattern, name);
    }),
    Rel: onUnix([string, string], (args) => relative(args.text(0), args.text(1))),
    Resolve: onUnix([string, string], (args) => {
      const sub = args.text(1);
      return sub.startsWith("/") ? clean(sub) : join([args.text(0), sub]);
    }),
    Split: onUnix([string], (args) => split(args.text(0))),
    SplitList: onUnix([string], (args) => (args.text(0) === "" ? [] : args.text(0).split(":")), false),
    ToSlash: onUnix([string], (args) => args.text(0), false),
    VolumeName: onUnix([string], () => "", false),
  },
  'Unix: "unix", Windows: "windows", Plan9: "plan9"',
);

/** Systems whose paths are those of Unix. */
const unixes = new Set(
  "unix aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd solaris zos".split(" "),
);

function onUnix(params: readonly number[], call: (args: Arguments) => Result, hasDefault = true): PackageFunction {
  const checked = (args: Arguments): Result => {
    const system = args.text(params.length);
    if (system === "windows" || system === "plan9") throw args.unsupported(`the package path for ${system}`);
    if (!unixes.has(system)) throw new CallFault(`unknown system ${JSON.stringify(system)}`);
    return call(args);
  };
  return { ...fn([...params, string], checked), ...(hasDefault && { lastDefault: "unix" }) };
}

/** Shortest path that is the same: no empty parts, no `.`, and `..` only at the start of a relative one. */
function clean(text: string): string {
  const root = text.startsWith("/") ? "/" : "";
  const parts: string[] = [];
  for (const part of text.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== ".." || (parts.at(-1) ?? "..") === "..") {
      if (part !== ".." || root === "") parts.push(part);
    } else parts.pop();
  }
  return root + parts.join("/") || ".";
}

function join(parts: readonly string[]): string {
  const filled = parts.filter((part) => part !== "");
  return filled.length === 0 ? "" : clean(filled.join("/"));
}

function split(text: string): [string, string] {
  const at = text.lastIndexOf("/") + 1;
  return [text.slice(0, at), text.slice(at)];
}

function base(text: string): string {
  if (text === "") return ".";
  const trimmed = text.replace(/\/+$/, "");
  return trimmed === "" ? "/" : split(trimmed)[1];
}

function relative(from: string, to: string): string {
  const [a, b] = [clean(from), clean(to)];
  if (a === b) return ".";
  if (a.startsWith("/") !== b.startsWith("/")) throw new CallFault(`Rel: can't make ${to} relative to ${from}`);
  const [x, y] = [a, b].map((each) => each.split("/").filter((part) => part !== "" && part !== "."));
  const [left, right] = [x ?? [], y ?? []];
  let same = 0;
  while (same < left.length && same < right.length && left[same] === right[same]) same++;
  if (left[same] === "..") throw new CallFault(`Rel: can't make ${to} relative to ${from}`);
  return [...left.slice(same).map(() => ".."), ...right.slice(same)].join("/");
}
