import type { SourcePos } from "../diagnostics/index.js";
import type { Literal } from "./ast.js";
import { compareDecimals, type Decimal, formatDecimal, parseDecimal } from "./decimal.js";
import { kinds } from "./kind.js";

/** A concrete value without parts. `pos` is the place of the literal or expression that gave it. */
export type Scalar = Readonly<{ pos: SourcePos; secret: boolean }> & ScalarValue;
export type ScalarValue = Readonly<
  | { type: "null" }
  | { type: "bool"; value: boolean }
  | { type: "number"; value: Decimal }
  | { type: "string"; value: string }
  | { type: "bytes"; value: Uint8Array }
>;

/** The scalar of a literal, or what is wrong with its number. */
export function scalarOf(literal: Literal): Scalar | string {
  const { value, pos, secret } = literal;
  // The most frequent kind; copying an unknown shape costs more than naming its parts.
  if (value.type === "string") return { type: "string", value: value.value, pos, secret };
  if (value.type !== "number") return { ...value, pos, secret };
  const decimal = parseDecimal(value.text);
  return typeof decimal === "string" ? decimal : { type: "number", value: decimal, pos, secret };
}

export function scalarKind(scalar: ScalarValue): number {
  if (scalar.type === "number") return scalar.value.isInt ? kinds.int : kinds.float;
  return kinds[scalar.type];
}

/** Equal as values: an integer differs from a float here. */
export function sameScalar(a: ScalarValue, b: ScalarValue): boolean {
  return scalarKind(a) === scalarKind(b) && compareScalars(a, b) === 0;
}

/** -1, 0 or 1 for scalars of one type, undefined for others. Booleans and null have only equal and unequal (1). */
export function compareScalars(a: ScalarValue, b: ScalarValue): number | undefined {
  if (a.type === "number" && b.type === "number") return compareDecimals(a.value, b.value);
  if (a.type === "string" && b.type === "string") return compareText(a.value, b.value);
  if (a.type === "bytes" && b.type === "bytes") return Buffer.compare(a.value, b.value);
  if (a.type === "bool" && b.type === "bool") return a.value === b.value ? 0 : 1;
  return a.type === "null" && b.type === "null" ? 0 : undefined;
}

/** By bytes of UTF-8, which for characters beyond the basic plane is another order than by UTF-16 units. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** What stands in messages for a secret. */
export const masked = "***";

/** A scalar as CUE writes it; a secret never shows. */
export function showScalar(scalar: Scalar): string {
  if (scalar.secret) return masked;
  switch (scalar.type) {
    case "null":
      return "null";
    case "bool":
      return String(scalar.value);
    case "number":
      return formatDecimal(scalar.value);
    case "string":
      return JSON.stringify(scalar.value.length > 200 ? `${scalar.value.slice(0, 200)}…` : scalar.value);
    case "bytes":
      return `'${Buffer.from(scalar.value)
        .toString("latin1")
        .slice(0, 200)
        .replaceAll(/[^ -~]/g, ".")}'`;
  }
}
