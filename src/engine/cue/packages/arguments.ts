import type { SourcePos } from "../../diagnostics/index.js";
import { type Decimal, formatDecimal, toBigInt, toNumber } from "../decimal.js";
import { decodeUtf8 } from "../decode-utf8.js";
import type { Evaluator } from "../evaluator.js";
import { errorAt, incompleteAt, Stop } from "../fault.js";
import { kindName, kinds, numberKind } from "../kind.js";
import { isRegularKey } from "../label.js";
import { type Scalar, showScalar } from "../scalar.js";
import { presences, type Vertex } from "../vertex.js";
import { completeIn, scalarIn, view } from "../view.js";
import { CallFault } from "./package.js";

/** Data of which everything is known. `text` is a number as it was written, where that is not the value of a field. */
export type Data = (Scalar & { readonly text?: string }) | readonly Data[] | ReadonlyMap<string, Data>;

/** The values that a function is called with, read as what it needs. Values that are not known yet throw a `Stop`. */
export class Arguments {
  readonly evaluator: Evaluator;
  /** The vertex that the result goes to. */
  readonly vertex: Vertex;
  readonly values: readonly Vertex[];
  readonly #places: readonly SourcePos[];
  /** A secret was read, so that the result is one. */
  isSecret = false;

  constructor(evaluator: Evaluator, vertex: Vertex, values: readonly Vertex[], places: readonly SourcePos[]) {
    this.evaluator = evaluator;
    this.vertex = vertex;
    this.values = values;
    this.#places = places;
  }

  /** The argument itself. */
  value(index: number): Vertex {
    const value = this.values[index];
    if (value === undefined) throw new TypeError(`there is no argument ${index}`);
    return value;
  }

  place(index: number): SourcePos {
    return this.#places[index] ?? this.#places[0] ?? { file: "", offset: 0, line: 1, column: 1 };
  }

  /** The argument where it is a scalar, undefined for a list or struct. */
  scalar(index: number): Scalar | undefined {
    return this.#read(this.value(index), this.place(index));
  }

  /** A string, or bytes as UTF-8. */
  text(index: number): string {
    const scalar = this.scalar(index);
    if (scalar?.type === "string") return scalar.value;
    if (scalar?.type === "bytes") return decodeUtf8(scalar.value);
    throw this.mismatch(index, kinds.string);
  }

  /** Bytes, or a string as UTF-8. */
  bytes(index: number): Uint8Array {
    const scalar = this.scalar(index);
    if (scalar?.type === "bytes") return scalar.value;
    if (scalar?.type === "string") return Buffer.from(scalar.value);
    throw this.mismatch(index, kinds.bytes);
  }

  decimal(index: number): Decimal {
    const scalar = this.scalar(index);
    if (scalar?.type === "number") return scalar.value;
    throw this.mismatch(index, numberKind);
  }

  /** The nearest double; numbers beyond the largest and below the smallest one have none. */
  number(index: number): number {
    const decimal = this.decimal(index);
    const number = toNumber(decimal);
    if (Number.isFinite(number) && (number !== 0 || decimal.coefficient === 0n)) return number === 0 ? 0 : number;
    throw new CallFault(`${formatDecimal(decimal)} in argument ${index + 1} is out of the range of a double`);
  }

  integer(index: number): bigint {
    const value = this.decimal(index);
    const integer = value.isInt ? toBigInt(value) : undefined;
    if (integer === undefined) throw this.mismatch(index, kinds.int);
    return integer;
  }

  /** An integer of 64 bits, of which JavaScript has the nearest number. */
  int(index: number): number {
    return Number(this.int64(index));
  }

  /** An integer of 64 bits. One that only its sign makes too long is the nearest, as with the reference implementation. */
  int64(index: number): bigint {
    const value = this.#within(index, 64, "int64");
    const limit = 2n ** 63n;
    return value >= limit ? limit - 1n : value < -limit ? -limit : value;
  }

  /** An integer from 0 that has so many bits at most. */
  unsigned(index: number, bits: number): bigint {
    const value = this.#within(index, bits, `uint${bits}`);
    if (value < 0n) throw this.mismatch(index, kinds.int);
    return value;
  }

  /** The character of a code point; undefined for a number that is none. */
  rune(index: number): string | undefined {
    const code = Number(BigInt.asIntN(32, this.#within(index, 32, "rune")));
    return code >= 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : undefined;
  }

  bool(index: number): boolean {
    const scalar = this.scalar(index);
    if (scalar?.type === "bool") return scalar.value;
    throw this.mismatch(index, kinds.bool);
  }

  /** The items of a list. */
  list(index: number): readonly Vertex[] {
    const value = completeIn(this.evaluator, this.vertex, this.value(index), this.place(index));
    if (value.kinds === kinds.list) return value.items ?? [];
    throw this.mismatch(index, kinds.list);
  }

  texts(index: number): string[] {
    return this.list(index).map((item, at) => {
      const scalar = this.#read(item, this.place(index));
      if (scalar?.type === "string") return scalar.value;
      throw this.#wrongItem(item, index, at, "string");
    });
  }

  decimals(index: number): Decimal[] {
    return this.list(index).map((item, at) => {
      const scalar = this.#read(item, this.place(index));
      if (scalar?.type === "number") return scalar.value;
      throw this.#wrongItem(item, index, at, "number");
    });
  }

  /** The value and all below it. */
  data(index: number): Data {
    return this.dataOf(this.value(index), this.place(index));
  }

  dataOf(value: Vertex, pos: SourcePos = this.place(0), isField = false): Data {
    const scalar = this.#read(value, pos);
    if (scalar !== undefined) {
      const text = isField || scalar.type !== "number" ? undefined : numberText(view(this.evaluator, value));
      return text === undefined ? scalar : { ...scalar, text };
    }
    const base = completeIn(this.evaluator, this.vertex, value, pos);
    return this.evaluator.budget.nested(pos, () => {
      this.evaluator.budget.step(pos);
      if (base.kinds === kinds.list) return (base.items ?? []).map((item) => this.dataOf(item, pos));
      const fields = new Map<string, Data>();
      for (const [key, arc] of base.arcs ?? []) {
        if (!isRegularKey(key) || arc.presence === presences.optional) continue;
        if (arc.presence === presences.required)
          throw new Stop(incompleteAt(arc, "field is required but not present", arc.keyPos ?? pos));
        fields.set(key.startsWith('"') ? key.slice(1) : key, this.dataOf(arc, pos, true));
      }
      return fields;
    });
  }

  /** Counts text that is about to be made. */
  claimText(length: number): void {
    this.evaluator.budget.claimText(length, this.place(0));
  }

  /** Counts the text of the arguments: going through a character takes as long as making several. */
  claimReading(): void {
    for (const value of this.values) {
      const { scalar } = view(this.evaluator, value);
      if (scalar?.type === "string" || scalar?.type === "bytes") this.claimText(4 * scalar.value.length);
    }
  }

  /** Counts a text that is about to be parsed, which takes many times its room. */
  claimParsing(text: string): void {
    this.claimText(10 * text.length);
  }

  /** Counts items that are about to be made. */
  claimItems(count: number): void {
    this.evaluator.budget.claimNodes(count, this.place(0));
  }

  /** Stops at an argument that is no concrete value of one of the kinds. */
  check(index: number, allowed: number): void {
    const place = this.place(index);
    this.#read(this.value(index), place);
    const base = view(this.evaluator, this.value(index));
    if ((base.kinds & allowed) === 0) throw this.mismatch(index, allowed);
  }

  /** Refuses what would need more than is here; no other disjunct takes its place. */
  unsupported(what: string): Stop {
    return new Stop(this.evaluator.unsupported(this.vertex, what, this.place(0)));
  }

  mismatch(index: number, wanted: number): Stop {
    const base = view(this.evaluator, this.value(index));
    const shown = base.scalar === undefined ? kindName(base.kinds) : showScalar(base.scalar);
    const detail = `cannot use ${shown} (type ${kindName(base.kinds)}) as ${kindName(wanted)} in argument ${index + 1}`;
    return new Stop(errorAt(this.vertex, "type-mismatch", detail, base.pos ?? this.place(index), [this.place(index)]));
  }

  #read(value: Vertex, pos: SourcePos): Scalar | undefined {
    const scalar = scalarIn(this.evaluator, this.vertex, value, pos);
    if (scalar?.secret) this.isSecret = true;
    return scalar;
  }

  #within(index: number, bits: number, type: string): bigint {
    const value = this.integer(index);
    if ((value < 0n ? -value : value) < 2n ** BigInt(bits)) return value;
    throw new CallFault(`int ${value} overflows ${type} in argument ${index}`);
  }

  #wrongItem(item: Vertex, index: number, at: number, wanted: string): CallFault {
    const { scalar, kinds: found } = view(this.evaluator, item);
    const shown = scalar === undefined ? kindName(found) : showScalar(scalar);
    return new CallFault(
      `invalid list element ${at} in argument ${index + 1}: cannot use value ${shown} (${kindName(found)}) as ${wanted}`,
    );
  }
}

function numberText({ conjuncts }: Vertex): string | undefined {
  for (const { code } of conjuncts) if (code.kind === "literal" && code.value.type === "number") return code.value.text;
  return undefined;
}
