import { kinds } from "../kind.js";
import type { Arguments } from "./arguments.js";
import { CallFault, fn, type PackageFunction, type Result, standardPackage } from "./package.js";
import { matchPath } from "./path-match.js";
import { cleanPath, type PathSystem, pathSystems, splitParts, withSeparators } from "./path-system.js";

const { string, list } = kinds;

/** The package "path". The last argument is the system, Unix unless given. */
export const path = standardPackage(
  "path",
  {
    Base: onSystem([string], (args, system) => base(args.text(0), system)),
    Clean: onSystem([string], (args, system) => cleanPath(args.text(0), system)),
    Dir: onSystem([string], (args, system) => folder(args.text(0), system)),
    Ext: onSystem(
      [string],
      (args, system) => /\.[^.]*$/.exec(splitParts(args.text(0), system).at(-1) ?? "")?.[0] ?? "",
    ),
    FromSlash: onSystem([string], (args, system) => withSeparators(args.text(0), system), null),
    IsAbs: onSystem([string], (args, system) => system.isAbsolute(args.text(0))),
    Join: onSystem([list], (args, system) => system.join(args.texts(0))),
    Match: onSystem([string, string], (args, { separator }) => {
      const [pattern, name] = [args.text(0), args.text(1)];
      args.claimText(pattern.length * name.length);
      return matchPath(pattern, name, separator);
    }),
    Rel: onSystem([string, string], (args, system) => relative(args.text(0), args.text(1), system)),
    Resolve: onSystem([string, string], (args, system) => {
      const sub = args.text(1);
      if (system.isAbsolute(sub)) return cleanPath(sub, system);
      return system.join([cleanPath(args.text(0), system), sub]);
    }),
    Split: onSystem([string], (args, system) => split(args.text(0), system)),
    SplitList: onSystem([string], (args, { split }) => split(args.text(0)), null),
    ToSlash: onSystem([string], (args, { separator }) => args.text(0).replaceAll(separator, "/"), null),
    VolumeName: onSystem([string], (args, { volume }) => volume(args.text(0)), "windows"),
  },
  'Unix: "unix", Windows: "windows", Plan9: "plan9"',
);

/** A function with a system as its last argument, which may be left out unless `lastDefault` is null. */
function onSystem(
  params: readonly number[],
  call: (args: Arguments, system: PathSystem) => Result,
  lastDefault: string | null = "unix",
): PackageFunction {
  const checked = (args: Arguments): Result => {
    const name = args.text(params.length);
    const system = pathSystems.get(name);
    if (system === undefined) throw new CallFault(`unknown system ${JSON.stringify(name)}`);
    return call(args, system);
  };
  return { ...fn([...params, string], checked), ...(lastDefault !== null && { lastDefault }) };
}

/** The path up to its last separator, and what follows. */
function split(path: string, system: PathSystem): [string, string] {
  const file = splitParts(path.slice(system.volume(path).length), system).at(-1) ?? "";
  return [path.slice(0, path.length - file.length), file];
}

function folder(path: string, system: PathSystem): string {
  const volume = system.volume(path);
  const cleaned = cleanPath(split(path, system)[0].slice(volume.length), system);
  return cleaned === "." && volume.length > 2 ? volume : volume + cleaned;
}

function base(path: string, system: PathSystem): string {
  if (path === "") return ".";
  let end = path.length;
  while (system.isSlash(path[end - 1])) end--;
  const trimmed = path.slice(0, end);
  return splitParts(trimmed.slice(system.volume(trimmed).length), system).at(-1) || system.separator;
}

function relative(from: string, to: string, system: PathSystem): string {
  const { separator, isSameWord } = system;
  const [a, b] = [cleanPath(from, system), cleanPath(to, system)];
  if (isSameWord(a, b)) return ".";
  const [volumeA, volumeB] = [system.volume(from), system.volume(to)];
  const [restA, restB] = [a.slice(volumeA.length), b.slice(volumeB.length)];
  if (restA.startsWith(separator) !== restB.startsWith(separator) || !isSameWord(volumeA, volumeB)) throw unrelated();
  // Only in the path that it starts from, `.` is nothing.
  const above = restA === "." ? [] : filled(restA);
  const below = filled(restB);
  let same = 0;
  while (same < above.length && same < below.length && isSameWord(above[same] ?? "", below[same] ?? "")) same++;
  if (above[same] === "..") throw unrelated();
  return [...above.slice(same).map(() => ".."), ...below.slice(same)].join(separator);

  function filled(rest: string): string[] {
    return rest.split(separator).filter((part) => part !== "");
  }

  function unrelated(): CallFault {
    return new CallFault(`Rel: can't make ${to} relative to ${from}`);
  }
}
