import { RE2JS } from "re2js";
import type { Evaluator } from "../evaluator.js";
import { LimitExceeded } from "../fault.js";
import { kinds } from "../kind.js";
import type { Arguments } from "./arguments.js";
import { CallFault, fn, standardPackage, validator } from "./package.js";

const { string, int } = kinds;

/** The package "regexp": expressions of RE2's syntax, linear in time. */
export const regexp = standardPackage("regexp", {
  Find: fn([string, string], (args) => found(matches(args, 1))[0]?.[0] ?? ""),
  FindAll: fn([string, string, int], (args) => found(matches(args, args.int(2))).map(([all = ""]) => all)),
  FindAllNamedSubmatch: fn([string, string, int], (args) => {
    const names = groupNames(args);
    return found(matches(args, args.int(2))).map((groups) => named(groups, names));
  }),
  FindAllSubmatch: fn([string, string, int], (args) => found(matches(args, args.int(2)))),
  FindNamedSubmatch: fn([string, string], (args) => {
    const names = groupNames(args);
    return named(found(matches(args, 1))[0] ?? [], names);
  }),
  FindSubmatch: fn([string, string], (args) => found(matches(args, 1))[0] ?? []),
  Match: validator([string, string], (args) => {
    const regexp = compile(args);
    return regexp.matcher(subject(args, regexp)).find();
  }),
  QuoteMeta: fn([string], (args) => args.text(0).replaceAll(/[\\.+*?()|[\]{}^$]/g, "\\$&")),
  ReplaceAll: fn([string, string, string], (args) => {
    const template = args.text(2);
    const names = groupNames(args);
    return replaceAll(args, (groups) => expand(template, groups, names));
  }),
  ReplaceAllLiteral: fn([string, string, string], (args) => {
    const text = args.text(2);
    return replaceAll(args, () => text);
  }),
  Valid: validator([string], (args) => compile(args) !== undefined),
});

/** Expressions that calls of one evaluation have compiled. */
const compiled = new WeakMap<Evaluator, Map<string, RE2JS>>();

function compile(args: Arguments): RE2JS {
  const pattern = args.text(0);
  const known = compiled.get(args.evaluator) ?? new Map<string, RE2JS>();
  compiled.set(args.evaluator, known);
  const regexp = known.get(pattern) ?? compileNew(args, pattern);
  known.set(pattern, regexp);
  return regexp;
}

function compileNew(args: Arguments, pattern: string): RE2JS {
  try {
    args.evaluator.budget.claimRegexp(pattern.length, args.place(0));
    const regexp = RE2JS.compile(pattern);
    args.evaluator.budget.claimRegexp(regexp.programSize(), args.place(0));
    return regexp;
  } catch (error) {
    if (error instanceof LimitExceeded) throw error;
    throw new CallFault(error instanceof Error ? error.message : String(error));
  }
}

/** The text to match. */
function subject(args: Arguments, regexp: RE2JS): string {
  const text = args.text(1);
  args.evaluator.budget.claimMatch(regexp.programSize(), text, args.place(0));
  return text;
}

type Match = Readonly<{ start: number; end: number; groups: string[] }>;

/** At most `count` matches that do not overlap, all where that is negative. One of nothing does not follow another match. */
function* eachMatch(args: Arguments, count: number): Generator<Match> {
  const regexp = compile(args);
  const text = subject(args, regexp);
  const matcher = regexp.matcher(text);
  let at = 0;
  let last = -1;
  for (let n = 0; (count < 0 || n < count) && at <= text.length && matcher.find(at); ) {
    const [start, end] = [matcher.start(), matcher.end()];
    args.evaluator.budget.step(args.place(0));
    if (end > start || start !== last) {
      const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i) ?? "");
      yield { start, end, groups };
      n++;
    }
    last = end;
    at = end > start ? end : end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1);
  }
}

function matches(args: Arguments, count: number): string[][] {
  const all = [...eachMatch(args, count)].map(({ groups }) => groups);
  args.claimItems(all.length);
  return all;
}

function found(all: string[][]): string[][] {
  if (all.length === 0) throw new CallFault("no match");
  return all;
}

function groupNames(args: Arguments): ReadonlyMap<string, number> {
  const groups = Object.entries(compile(args).namedGroups());
  return new Map(groups.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function named(groups: readonly string[], names: ReadonlyMap<string, number>): ReadonlyMap<string, string> {
  return new Map([...names].map(([name, index]) => [name, groups[index] ?? ""]));
}

function replaceAll(args: Arguments, replacement: (groups: readonly string[]) => string): string {
  const text = args.text(1);
  let result = "";
  let at = 0;
  for (const { start, end, groups } of eachMatch(args, -1)) {
    const part = text.slice(at, start) + replacement(groups);
    args.claimText(part.length);
    result += part;
    at = end;
  }
  return result + text.slice(at);
}

/** `$1`, `$name` and `${name}` of a replacement; a name is as long as it can be, and `$$` is a dollar sign. */
function expand(template: string, groups: readonly string[], names: ReadonlyMap<string, number>): string {
  return template.replaceAll(
    /\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu,
    (all, bare: string, braced: string) => {
      if (all === "$$") return "$";
      const name = bare ?? braced;
      const index = /^\d+$/.test(name) ? Number(name) : names.get(name);
      return index === undefined ? "" : (groups[index] ?? "");
    },
  );
}
