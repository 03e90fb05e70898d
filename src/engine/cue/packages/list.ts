import {
  addDecimals,
  compareDecimals,
  type Decimal,
  divideDecimals,
  intDecimal,
  multiplyDecimals,
} from "../decimal.js";
import { Stop } from "../fault.js";
import { anyKind, kinds, numberKind } from "../kind.js";
import type { Vertex } from "../vertex.js";
import { view } from "../view.js";
import type { Arguments } from "./arguments.js";
import { equalData } from "./equal-data.js";
import { isSorted, sortBy } from "./list-sort.js";
import { CallFault, fn, Invalid, type PackageFunction, standardPackage, validator } from "./package.js";
import { matchesValue } from "./schema-match.js";

const { list: listKind, int } = kinds;

const source = `
Comparer: {
	T:    _
	x:    T
	y:    T
	less: bool
}
Ascending: {
	Comparer
	T:    number | string
	x:    T
	y:    T
	less: x < y
}
Descending: {
	Comparer
	T:    number | string
	x:    T
	y:    T
	less: x > y
}
`;

/** The package "list". Items go through as they are: they keep what they are made of, and their places. */
export const list = standardPackage(
  "list",
  {
    Avg: fn([listKind], (args) => {
      const numbers = nonEmpty(args);
      return divideDecimals(sum(numbers), intDecimal(numbers.length));
    }),
    Concat: fn([listKind], (args) => {
      const all = args.list(0).flatMap((item) => itemsOf(args, item));
      args.claimItems(all.length);
      return all;
    }),
    Contains: validator([listKind, anyKind], (args) => {
      const wanted = args.data(1);
      return args.list(0).some((item) => equalData(args.dataOf(item), wanted));
    }),
    Drop: fn([listKind, int], (args) => args.list(0).slice(index(args, 1))),
    FlattenN: fn([anyKind, int], (args) => {
      const flat: Vertex[] = [];
      flatten(args, itemsOf(args, args.value(0)), args.int(1), flat);
      args.claimItems(flat.length);
      return flat;
    }),
    IsSorted: validator([listKind, anyKind], isSorted),
    IsSortedStrings: validator([listKind], (args) => {
      const texts = args.texts(0);
      return texts.every((text, i) => i === 0 || compareText(texts[i - 1] ?? "", text) <= 0);
    }),
    MatchN: { ...validator([listKind, anyKind, anyKind], matchN), takesSchemas: true },
    Max: fn([listKind], (args) => nonEmpty(args).reduce((a, b) => (compareDecimals(a, b) < 0 ? b : a))),
    MaxItems: validator([listKind, int], (args) => {
      const [{ length }, limit] = [args.list(0), args.int(1)];
      if (length > limit) throw new Invalid(`len(list) > MaxItems(${limit}) (${length} > ${limit})`);
      return true;
    }),
    Min: fn([listKind], (args) => nonEmpty(args).reduce((a, b) => (compareDecimals(a, b) > 0 ? b : a))),
    MinItems: validator([listKind, int], (args) => {
      const [{ length }, limit] = [args.list(0), args.int(1)];
      if (length >= limit) return true;
      const { lists } = view(args.evaluator, args.value(0));
      const isOpen = lists?.every((shape) => shape.isOpen) ?? false;
      throw new Invalid(`len(list) < MinItems(${limit}) (${length} < ${limit})`, isOpen);
    }),
    Product: fn([listKind], (args) => args.decimals(0).reduce(multiplyDecimals, intDecimal(1))),
    Range: fn([numberKind, numberKind, numberKind], range),
    Repeat: fn([listKind, int], (args) => {
      const [items, count] = [args.list(0), args.int(1)];
      if (count < 0) throw new CallFault("negative count");
      args.claimItems(items.length * count);
      return items.length === 0 ? [] : Array.from({ length: count }, () => items).flat();
    }),
    Reverse: fn([listKind], (args) => args.list(0).toReversed()),
    Slice: fn([listKind, int, int], (args) => {
      const [items, from, to] = [args.list(0), index(args, 1), args.int(2)];
      if (from > to) throw new CallFault(`invalid index: ${from} > ${to}`);
      if (to > items.length) throw new CallFault("slice bounds out of range");
      return items.slice(from, to);
    }),
    Sort: fn([listKind, anyKind], sortBy),
    SortStable: fn([listKind, anyKind], sortBy),
    SortStrings: fn([listKind], (args) => args.texts(0).sort(compareText)),
    Sum: fn([listKind], (args) => sum(args.decimals(0))),
    Take: fn([listKind, int], (args) => args.list(0).slice(0, index(args, 1))),
    UniqueItems: validator([listKind], uniqueItems),
  } satisfies Record<string, PackageFunction>,
  source,
);

function index(args: Arguments, at: number): number {
  const value = args.int(at);
  if (value < 0) throw new CallFault("negative index");
  return value;
}

function nonEmpty(args: Arguments): Decimal[] {
  const numbers = args.decimals(0);
  if (numbers.length === 0) throw new CallFault("empty list");
  return numbers;
}

function sum(numbers: readonly Decimal[]): Decimal {
  return numbers.reduce(addDecimals, intDecimal(0));
}

function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** The items of a value that has to be a list. */
function itemsOf(args: Arguments, value: Vertex): readonly Vertex[] {
  const base = view(args.evaluator, value);
  if (base.kinds === kinds.list && base.state === "done") return base.items ?? [];
  args.dataOf(value);
  throw new CallFault("cannot use a value that is no list as a list");
}

function flatten(args: Arguments, items: readonly Vertex[], depth: number, into: Vertex[]): void {
  for (const item of items) {
    const isList = view(args.evaluator, item).kinds === kinds.list;
    if (!isList || depth === 0) into.push(item);
    else args.evaluator.budget.nested(args.place(0), () => flatten(args, itemsOf(args, item), depth - 1, into));
  }
}

function range(args: Arguments): Decimal[] {
  const [start, limit, step] = [args.decimal(0), args.decimal(1), args.decimal(2)];
  const direction = Math.sign(Number(step.coefficient > 0n) - Number(step.coefficient < 0n));
  if (direction === 0) throw new CallFault("step must be non zero");
  if (compareDecimals(start, limit) * direction > 0) {
    const [order, sign] = direction > 0 ? ["greater", "positive"] : ["less", "negative"];
    throw new CallFault(`end must be ${order} than start when step is ${sign}`);
  }
  const numbers: Decimal[] = [];
  for (let at = start; compareDecimals(at, limit) * direction < 0; at = addDecimals(at, step)) {
    args.claimItems(1);
    numbers.push(at);
  }
  return numbers;
}

function uniqueItems(args: Arguments): boolean {
  const known = args.list(0).flatMap((item) => {
    try {
      return [args.dataOf(item)];
    } catch (stop) {
      // What is not known yet may still become different.
      if (stop instanceof Stop && stop.fault.kind === "incomplete") return [];
      throw stop;
    }
  });
  for (const [i, a] of known.entries())
    for (let j = i + 1; j < known.length; j++) {
      args.evaluator.budget.step(args.place(0));
      if (equalData(a, known[j])) throw new Invalid(`equal values at position ${i} and ${j}`);
    }
  return true;
}

function matchN(args: Arguments): boolean {
  const count = args.list(0).filter((item) => matchesValue(args, args.value(2), item)).length;
  if (matchesValue(args, args.value(1), count)) return true;
  throw new Invalid(`the number of matched elements is ${count}`);
}
