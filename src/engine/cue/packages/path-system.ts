/** The rules that a system has for its paths. */
export type PathSystem = Readonly<{
  separator: string;
  /** Characters that separate, also those that are not written. */
  isSlash: (character: string | undefined) => boolean;
  /** What stands before the path proper, such as `C:`. */
  volume: (path: string) => string;
  isAbsolute: (path: string) => boolean;
  split: (list: string) => string[];
  join: (parts: readonly string[]) => string;
  isSameWord: (a: string, b: string) => boolean;
}>;

/** The shortest path that is the same: no empty parts, no `.`, and `..` only at the start of a relative one. */
export function cleanPath(path: string, system: PathSystem): string {
  const { separator, isSlash } = system;
  const volume = system.volume(path);
  const rest = path.slice(volume.length);
  if (rest === "") return volume.length > 1 && path[1] !== ":" ? withSeparators(path, system) : `${path}.`;
  const root = isSlash(rest[0]) ? separator : "";
  const kept: string[] = [];
  for (const part of splitParts(rest, system)) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if ((kept.at(-1) ?? "..") !== "..") kept.pop();
    else if (root === "") kept.push(part);
  }
  return withSeparators(volume, system) + (root + kept.join(separator) || ".");
}

export function withSeparators(path: string, { separator }: PathSystem): string {
  return path.replaceAll("/", separator);
}

/** What stands between the separators. */
export function splitParts(path: string, { isSlash }: PathSystem): string[] {
  const parts = [""];
  for (const character of path)
    if (isSlash(character)) parts.push("");
    else parts[parts.length - 1] += character;
  return parts;
}

const slashes = {
  separator: "/",
  isSlash: (character: string | undefined) => character === "/",
  volume: () => "",
  isSameWord: (a: string, b: string) => a === b,
};

const unix: PathSystem = {
  ...slashes,
  isAbsolute: (path) => path.startsWith("/"),
  split: (list) => (list === "" ? [] : list.split(":")),
  join: (parts) => joinFilled(parts, unix),
};

const plan9: PathSystem = {
  ...slashes,
  isAbsolute: (path) => /^[/#]/.test(path),
  split: (list) => (list === "" ? [] : list.split("\0")),
  join: (parts) => joinFilled(parts, plan9),
};

const windows: PathSystem = {
  separator: "\\",
  isSlash: (character) => character === "\\" || character === "/",
  // A drive, or the server and share of `\\server\share`.
  volume: (path) =>
    /^[a-zA-Z]:/.exec(path)?.[0] ?? /^[\\/]{2}[^\\/.][^\\/]*[\\/](?![.\\/])[^\\/]+/.exec(path)?.[0] ?? "",
  isAbsolute: (path) => {
    if (/^(?:con|prn|aux|nul|(?:com|lpt)[1-9])$/i.test(path)) return true;
    const volume = windows.volume(path);
    return volume !== "" && windows.isSlash(path[volume.length]);
  },
  // Quotes keep semicolons.
  split: (list) =>
    list === "" ? [] : (list.match(/(?<=^|;)(?:"[^"]*(?:"|$)|[^";])*/g) ?? []).map((each) => each.replaceAll('"', "")),
  join: joinOnWindows,
  isSameWord: (a, b) => a.toLowerCase() === b.toLowerCase(),
};

/** The systems that CUE knows; all others are like Unix. */
export const pathSystems: ReadonlyMap<string, PathSystem> = new Map([
  ["windows", windows],
  ["plan9", plan9],
  ..."unix aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd solaris zos"
    .split(" ")
    .map((name) => [name, unix] as const),
]);

function joinFilled(parts: readonly string[], system: PathSystem): string {
  const filled = parts.filter((part) => part !== "");
  return filled.length === 0 ? "" : cleanPath(filled.join("/"), system);
}

function joinOnWindows(all: readonly string[]): string {
  const [first, ...rest] = all.slice(all.findIndex((part) => part !== ""));
  if (first === undefined || first === "") return "";
  // A drive without a slash is the current folder on it.
  if (/^.:$/.test(first)) {
    const start = rest.findIndex((part) => part !== "");
    return cleanPath(first + (start === -1 ? "" : rest.slice(start).join("\\")), windows);
  }
  const path = cleanPath([first, ...rest].join("\\"), windows);
  const head = cleanPath(first, windows);
  if (!isShare(path) || isShare(head)) return path;
  // Two paths that are no shares do not make one.
  return (head.endsWith("\\") ? head : `${head}\\`) + cleanPath(rest.join("\\"), windows);
}

function isShare(path: string): boolean {
  return windows.volume(path).length > 2;
}
