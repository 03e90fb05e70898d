import { kinds } from "../kind.js";
import type { Arguments } from "./arguments.js";
import { CallFault, fn, standardPackage, validator } from "./package.js";
import { codePoints, isSpace, toLowerRune, toTitleRune, toUpperRune } from "./runes.js";

const { string, int, bytes, list } = kinds;
const text = string | bytes;

/** The package "strings". Positions count bytes of UTF-8, lengths of runes code points. */
export const strings = standardPackage("strings", {
  ByteAt: fn([text, int], (args) => {
    const [data, at] = [args.bytes(0), args.int(1)];
    return data[at] ?? outOfRange();
  }),
  ByteSlice: fn([text, int, int], (args) => {
    const [data, start, end] = [args.bytes(0), args.int(1), args.int(2)];
    return start < 0 || start > end || end > data.length ? outOfRange() : data.slice(start, end);
  }),
  Compare: fn([string, string], (args) => Buffer.compare(args.bytes(0), args.bytes(1))),
  Contains: validator([string, string], (args) => args.text(0).includes(args.text(1))),
  ContainsAny: validator([string, string], (args) => indexAny(args) !== -1),
  Count: fn([string, string], (args) => {
    const part = args.text(1);
    return part === "" ? codePoints(args.text(0)).length + 1 : args.text(0).split(part).length - 1;
  }),
  Fields: fn([string], (args) => claimed(args, splitRunes(args.text(0), isSpace))),
  HasPrefix: validator([string, string], (args) => args.text(0).startsWith(args.text(1))),
  HasSuffix: validator([string, string], (args) => args.text(0).endsWith(args.text(1))),
  Index: fn([string, string], (args) => byteOffset(args.text(0), args.text(0).indexOf(args.text(1)))),
  IndexAny: fn([string, string], indexAny),
  Join: fn([list, string], (args) => {
    const parts = args.texts(0);
    const separator = args.text(1);
    args.claimText(parts.reduce((sum, part) => sum + part.length + separator.length, 0));
    return parts.join(separator);
  }),
  LastIndex: fn([string, string], (args) => byteOffset(args.text(0), args.text(0).lastIndexOf(args.text(1)))),
  LastIndexAny: fn([string, string], (args) => {
    const wanted = new Set(codePoints(args.text(1)));
    const all = codePoints(args.text(0));
    const at = all.findLastIndex((rune) => wanted.has(rune));
    return at === -1 ? -1 : Buffer.byteLength(all.slice(0, at).join(""));
  }),
  MaxRunes: validator([string, int], (args) => codePoints(args.text(0)).length <= args.int(1)),
  MinRunes: validator([string, int], (args) => codePoints(args.text(0)).length >= args.int(1)),
  Repeat: fn([string, int], (args) => {
    const [part, count] = [args.text(0), args.int(1)];
    if (count < 0) throw new CallFault("negative Repeat count");
    args.claimText(part.length * count);
    return part === "" ? "" : part.repeat(count);
  }),
  Replace: fn([string, string, string, int], (args) => replace(args, args.text(0), args.text(1), args.text(2))),
  Runes: fn([string], (args) => {
    const runes = codePoints(args.text(0));
    args.claimItems(runes.length);
    return runes.map((rune) => rune.codePointAt(0) ?? 0);
  }),
  SliceRunes: fn([string, int, int], (args) => {
    const [runes, start, end] = [codePoints(args.text(0)), args.int(1), args.int(2)];
    return start < 0 || start > end || end > runes.length ? outOfRange() : runes.slice(start, end).join("");
  }),
  Split: fn([string, string], (args) => split(args, -1, false)),
  SplitAfter: fn([string, string], (args) => split(args, -1, true)),
  SplitAfterN: fn([string, string, int], (args) => split(args, args.int(2), true)),
  SplitN: fn([string, string, int], (args) => split(args, args.int(2), false)),
  ToCamel: fn([string], (args) => mapFirstOfWords(args.text(0), toLowerRune)),
  ToLower: fn([string], (args) => codePoints(args.text(0)).map(toLowerRune).join("")),
  ToTitle: fn([string], (args) => mapFirstOfWords(args.text(0), toTitleRune)),
  ToUpper: fn([string], (args) => codePoints(args.text(0)).map(toUpperRune).join("")),
  Trim: fn([string, string], (args) => trim(args.text(0), isIn(args.text(1)), true, true)),
  TrimLeft: fn([string, string], (args) => trim(args.text(0), isIn(args.text(1)), true, false)),
  TrimPrefix: fn([string, string], (args) => {
    const [all, prefix] = [args.text(0), args.text(1)];
    return all.startsWith(prefix) ? all.slice(prefix.length) : all;
  }),
  TrimRight: fn([string, string], (args) => trim(args.text(0), isIn(args.text(1)), false, true)),
  TrimSpace: fn([string], (args) => trim(args.text(0), isSpace, true, true)),
  TrimSuffix: fn([string, string], (args) => {
    const [all, suffix] = [args.text(0), args.text(1)];
    return all.endsWith(suffix) ? all.slice(0, all.length - suffix.length) : all;
  }),
});

function outOfRange(): never {
  throw new CallFault("index out of range");
}

function claimed(args: Arguments, items: string[]): string[] {
  args.claimItems(items.length);
  return items;
}

function byteOffset(all: string, index: number): number {
  return index === -1 ? -1 : Buffer.byteLength(all.slice(0, index));
}

function indexAny(args: Arguments): number {
  const wanted = new Set(codePoints(args.text(1)));
  let offset = 0;
  for (const rune of args.text(0)) {
    if (wanted.has(rune)) return offset;
    offset += Buffer.byteLength(rune);
  }
  return -1;
}

/** At most `count` parts, where that is not negative; each with its separator where `isAfter`. */
function split(args: Arguments, count: number, isAfter: boolean): string[] {
  const [all, separator] = [args.text(0), args.text(1)];
  if (count === 0) return [];
  if (separator === "" && count < 0) args.claimItems(all.length / 2);
  const parts = separator === "" ? codePoints(all) : all.split(separator);
  const limited = count < 0 || parts.length <= count ? parts : parts.slice(0, count - 1);
  if (limited !== parts) limited.push(parts.slice(count - 1).join(separator));
  return claimed(
    args,
    isAfter ? limited.map((part, i) => (i < limited.length - 1 ? part + separator : part)) : limited,
  );
}

function splitRunes(all: string, isSeparator: (rune: string) => boolean): string[] {
  const words: string[] = [];
  let word = "";
  for (const rune of all) {
    if (!isSeparator(rune)) word += rune;
    else if (word !== "") {
      words.push(word);
      word = "";
    }
  }
  if (word !== "") words.push(word);
  return words;
}

function replace(args: Arguments, all: string, old: string, next: string): string {
  const count = args.int(3);
  const places = old === "" ? codePoints(all).length + 1 : all.split(old).length - 1;
  const times = count < 0 ? places : Math.min(count, places);
  args.claimText(all.length + times * next.length);
  if (times === 0) return all;
  if (old !== "") {
    const parts = all.split(old);
    return [parts.slice(0, times + 1).join(next), ...parts.slice(times + 1)].join(old);
  }
  const runes = codePoints(all);
  const changed = runes.slice(0, times).map((rune) => next + rune);
  return changed.join("") + (times > runes.length ? next : "") + runes.slice(times).join("");
}

function isIn(runes: string): (rune: string) => boolean {
  const wanted = new Set(codePoints(runes));
  return (rune) => wanted.has(rune);
}

function trim(all: string, isCut: (rune: string) => boolean, left: boolean, right: boolean): string {
  const runes = codePoints(all);
  let [start, end] = [0, runes.length];
  while (left && start < end && isCut(runes[start] ?? "")) start++;
  while (right && end > start && isCut(runes[end - 1] ?? "")) end--;
  return runes.slice(start, end).join("");
}

function mapFirstOfWords(all: string, map: (rune: string) => string): string {
  let before = " ";
  let result = "";
  for (const rune of all) {
    result += isSpace(before) ? map(rune) : rune;
    before = rune;
  }
  return result;
}
