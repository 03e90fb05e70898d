import type { Choice, DefaultMode } from "./vertex.js";

type Choices = ReadonlyMap<string, Choice>;
/** Alternatives that were left out, since another one is the same value. */
export type Equals = ReadonlyMap<Choices, Choices>;
/** What an alternative chose, and the disjunction that it met next, if any. */
export type Tried = Readonly<{ choices: Choices; next?: Pick<Choice, "within"> }>;
/** Alternatives that have the same disjuncts so far, and what they are by then. */
type Entry = Readonly<{ members: readonly Tried[]; mode: DefaultMode; own: DefaultMode }>;

/**
 * Says which alternatives are defaults. The disjunctions of a value are unified one after the other, and those in a disjunct
 * before the next one. A disjunction of which no default is left, has none; marks that meet combine, and "not" wins: the
 * rules of the specification, with the reference implementation's order, which matters where defaults get lost.
 */
export function defaultModes(tried: readonly Tried[], equals: Equals): Map<Choices, DefaultMode> {
  const modes = new Map<Choices, DefaultMode>();
  for (const { members, mode } of unified(tried, { within: undefined, mode: "maybe", own: "maybe", equals }))
    for (const { choices } of members) modes.set(choices, mode);
  return modes;
}

type Start = Readonly<{ within: string | undefined; mode: DefaultMode; own: DefaultMode; equals: Equals }>;

/** Unifies the disjunctions that stand in the disjunct `within`, or in none. */
function unified(all: readonly Tried[], { within, mode, own, equals }: Start): readonly Entry[] {
  let entries: readonly Entry[] = [{ members: all, mode, own }];
  for (const key of keysWithin(all, within)) entries = merged(unifiedWith(entries, key, equals), equals);
  // What no disjunct of the next disjunction goes with ends here.
  return entries.flatMap((entry) => {
    const members = entry.members.filter(({ next }) => next === undefined || next.within !== within);
    return members.length === 0 ? [] : [{ ...entry, members }];
  });
}

/** Makes one of those that are equal values; it is a default where one of them is. */
function merged(entries: readonly Entry[], equals: Equals): readonly Entry[] {
  if (equals.size === 0) return entries;
  const byValue = new Map<object, Entry>();
  for (const entry of entries) {
    const value = sharedValue(entry, equals);
    const known = byValue.get(value);
    const mode = entry.mode === "default" ? entry.mode : (known?.mode ?? entry.mode);
    byValue.set(value, known ? { ...known, members: [...known.members, ...entry.members], mode } : entry);
  }
  return [...byValue.values()];
}

/** What stands for the value of alternatives that are equal. */
function sharedValue(entry: Entry, equals: Equals): object {
  const [first] = entry.members;
  // What shows before the next disjunction is met.
  if (first?.next !== undefined) return standFor(first.choices, equals);
  const values = new Set(entry.members.map(({ choices }) => standFor(choices, equals)));
  const [value, another] = values;
  return another === undefined && value !== undefined ? value : entry;
}

function standFor(choices: Choices, equals: Equals): Choices {
  let at = choices;
  for (let other = equals.get(at); other !== undefined; other = equals.get(at)) at = other;
  return at;
}

function keysWithin(all: readonly Tried[], within: string | undefined): Set<string> {
  const keys = new Set<string>();
  for (const { choices } of all) for (const [key, choice] of choices) if (choice.within === within) keys.add(key);
  return keys;
}

function unifiedWith(before: readonly Entry[], key: string, equals: Equals): readonly Entry[] {
  const steps: { left: Entry; own: DefaultMode; inner: readonly Entry[] }[] = [];
  for (const left of before)
    for (const [own, members] of byDisjunct(left.members, key)) {
      const inner = unified(members, { within: key, mode: left.mode, own, equals });
      if (inner.length > 0) steps.push({ left, own, inner });
    }
  const keepsLeft = steps.some(({ left }) => left.mode === "default" || left.own === "default");
  const keepsRight = steps.some(({ own }) => own === "default");
  const entries: Entry[] = [];
  let hasMarks = false;
  for (const { left, own, inner } of steps)
    for (const { members, mode, own: innermost } of inner) {
      const isNested = inner.length > 1;
      const before = keepsLeft ? (isNested ? left.mode : mode) : "maybe";
      const here = isNested ? combined(own, mode) : keepsRight ? own : "maybe";
      const result = combined(before, here);
      if (isNested && result !== "maybe") hasMarks = true;
      entries.push({ members, mode: result, own: isNested ? innermost : own });
    }
  if (!hasMarks) return entries;
  return entries.map((entry) => (entry.mode === "maybe" ? { ...entry, mode: "not" } : entry));
}

/** Those that chose each of the disjuncts. What has no such disjunction has nothing to say about it. */
function byDisjunct(all: readonly Tried[], key: string): Iterable<[DefaultMode, readonly Tried[]]> {
  const groups = new Map<number, [DefaultMode, Tried[]]>();
  for (const tried of all) {
    const choice = tried.choices.get(key);
    if (choice === undefined && tried.next !== undefined) continue;
    const { index, mode } = choice ?? { index: -1, mode: "maybe" };
    const known = groups.get(index);
    if (known === undefined) groups.set(index, [mode, [tried]]);
    else known[1].push(tried);
  }
  return groups.values();
}

const weights = { maybe: 0, default: 1, not: 2 } as const;

function combined(a: DefaultMode, b: DefaultMode): DefaultMode {
  return weights[a] > weights[b] ? a : b;
}
