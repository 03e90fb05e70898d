import type { SourcePos } from "../diagnostics/index.js";
import type { BinaryOp } from "./ast.js";
import {
  addDecimals,
  type Decimal,
  divideDecimals,
  divMod,
  intDecimal,
  isNegative,
  isOutOfRange,
  multiplyDecimals,
  negateDecimal,
  signedZero,
  subtractDecimals,
  toBigInt,
  toNumber,
} from "./decimal.js";
import { kindName } from "./kind.js";
import { compareScalars, type Scalar, type ScalarValue, scalarKind, showScalar } from "./scalar.js";

const hugeInteger = 2n ** 4000n;

/** The result of an operator on two scalars, or what is wrong with them. */
export function binaryScalars(op: BinaryOp, left: Scalar, right: Scalar, pos: SourcePos): Scalar | string {
  const value = isComparison(op) ? compare(op, left, right) : arithmetic(op, left, right);
  if (typeof value === "string") return value;
  return { ...value, pos, secret: left.secret || right.secret };
}

export function unaryScalar(op: "+" | "-" | "!", operand: Scalar, pos: SourcePos): Scalar | string {
  const { secret } = operand;
  if (op === "!" && operand.type === "bool") return { type: "bool", value: !operand.value, pos, secret };
  if (op === "!" || operand.type !== "number")
    return `invalid operation ${op}${showScalar(operand)} (${op} ${kindName(scalarKind(operand))})`;
  return { type: "number", value: op === "-" ? negateDecimal(operand.value) : operand.value, pos, secret };
}

function isComparison(op: BinaryOp): op is "==" | "!=" | "<" | "<=" | ">" | ">=" {
  return op === "==" || op === "!=" || op === "<" || op === "<=" || op === ">" || op === ">=";
}

function compare(op: "==" | "!=" | "<" | "<=" | ">" | ">=", left: Scalar, right: Scalar): ScalarValue | string {
  const order = compareScalars(left, right);
  if (op === "==") return { type: "bool", value: order === 0 };
  if (op === "!=") return { type: "bool", value: order !== 0 };
  if (order === undefined || left.type === "null" || left.type === "bool") return mismatch(op, left, right);
  const value = op === "<" ? order < 0 : op === "<=" ? order <= 0 : op === ">" ? order > 0 : order >= 0;
  return { type: "bool", value };
}

function arithmetic(op: BinaryOp, left: Scalar, right: Scalar): ScalarValue | string {
  if (left.type === "number" && right.type === "number") {
    const value = calculate(op, left.value, right.value);
    if (value === undefined) return mismatch(op, left, right);
    if (typeof value === "string") return value;
    return isOutOfRange(value) ? "failed arithmetic: exponent out of range" : { type: "number", value };
  }
  if (op === "+" && left.type === "string" && right.type === "string")
    return { type: "string", value: left.value + right.value };
  if (op === "+" && left.type === "bytes" && right.type === "bytes")
    return { type: "bytes", value: Buffer.concat([left.value, right.value]) };
  if (op === "*") return repeat(left, right) ?? repeat(right, left) ?? mismatch(op, left, right);
  return mismatch(op, left, right);
}

function calculate(op: BinaryOp, a: Decimal, b: Decimal): Decimal | string | undefined {
  switch (op) {
    case "+":
      return addDecimals(a, b);
    case "-":
      return subtractDecimals(a, b);
    case "*":
      return multiplyDecimals(a, b);
    case "/":
      return b.coefficient === 0n ? "failed arithmetic: division by zero" : divideDecimals(a, b);
    case "div":
    case "mod":
    case "quo":
    case "rem":
      return a.isInt && b.isInt ? divideIntegers(op, a, b) : undefined;
    default:
      return undefined;
  }
}

/** `div` and `mod` are Euclidean: the modulo is never negative. `quo` and `rem` cut towards zero. */
export function divideIntegers(op: "div" | "mod" | "quo" | "rem", x: Decimal, y: Decimal): Decimal | string {
  const [a, b] = [toBigInt(x) ?? 0n, toBigInt(y) ?? 0n];
  if (b === 0n) return "division by zero";
  if (op === "div" || op === "mod") return intDecimal(divMod(a, b)[op]);
  // Of integers of 64 bits, a zero has a sign with the reference implementation.
  const isSigned = isShort(a) && isShort(b);
  if (op === "quo") return signedZero(intDecimal(a / b), isSigned && isNegative(x) !== isNegative(y));
  return signedZero(intDecimal(a % b), isSigned && isNegative(x));
}

function isShort(value: bigint): boolean {
  return BigInt.asUintN(64, value < 0n ? -value : value) === (value < 0n ? -value : value);
}

/** How long the string or bytes will be that an operator makes; of numbers, how much text takes as long. */
export function resultLength(op: BinaryOp, left: Scalar, right: Scalar): number {
  if (left.type === "number" && right.type === "number") return workOf(left.value) + workOf(right.value);
  const length = (scalar: Scalar): number =>
    scalar.type === "string" || scalar.type === "bytes" ? scalar.value.length : 0;
  if (op === "+") return length(left) + length(right);
  const times = left.type === "number" ? left.value : right.type === "number" ? right.value : undefined;
  return op === "*" && times?.isInt ? (length(left) + length(right)) * Math.max(0, toNumber(times)) : 0;
}

function workOf({ coefficient }: Decimal): number {
  // The usual number is short, and counting digits is not for free.
  if (coefficient < hugeInteger && coefficient > -hugeInteger) return 0;
  return 10 * coefficient.toString(16).length;
}

function repeat(text: Scalar, times: Scalar): ScalarValue | string | undefined {
  if ((text.type !== "string" && text.type !== "bytes") || times.type !== "number" || !times.value.isInt)
    return undefined;
  const wanted = toBigInt(times.value) ?? 0n;
  const count = text.value.length === 0 ? 0 : Number(wanted);
  if (wanted < 0n) return `cannot repeat ${text.type === "string" ? "a string" : "bytes"} a negative number of times`;
  if (text.type === "string") return { type: "string", value: text.value.repeat(count) };
  return { type: "bytes", value: Buffer.concat(Array.from({ length: count }, () => text.value)) };
}

function mismatch(op: BinaryOp, left: Scalar, right: Scalar): string {
  const types = `type ${kindName(scalarKind(left))} and ${kindName(scalarKind(right))}`;
  return `invalid operands ${showScalar(left)} and ${showScalar(right)} to '${op}' (${types})`;
}
