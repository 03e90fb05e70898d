/**
 * An exact decimal: coefficient × 10^exponent. An integer of CUE and a float of the same size are different values, so the
 * kind goes with the number; and the exponent is kept as written, since `1.0` prints as `1.0`.
 */
export type Decimal = Readonly<{ isInt: boolean; coefficient: bigint; exponent: number; isNegativeZero?: true }>;

/** Arithmetic keeps this many digits and rounds half up, as the reference implementation does. */
const precision = 34;
/** Larger exponents are refused: their digits alone would fill the memory. */
const maxExponent = 100_000;

/** Exponents that differ by more are not made equal, where that can be helped. */
const farApart = 500;

const multipliers: Readonly<Record<string, bigint>> = {
  ...{ K: 10n ** 3n, M: 10n ** 6n, G: 10n ** 9n, T: 10n ** 12n, P: 10n ** 15n },
  ...{ Ki: 2n ** 10n, Mi: 2n ** 20n, Gi: 2n ** 30n, Ti: 2n ** 40n, Pi: 2n ** 50n },
};

/**
 * Reads a number literal of CUE or JSON, with an optional sign.
 *
 * @returns The number, or what is wrong with the text
 * @example
 * ```ts
 * parseDecimal("1.5Ki"); // { isInt: true, coefficient: 1536n, exponent: 0 }
 * ```
 */
export function parseDecimal(text: string): Decimal | string {
  const plain = text.replaceAll("_", "");
  if (/^\d{1,15}$/.test(plain)) return intDecimal(BigInt(plain));
  if (plain.length > maxExponent) return `the number ${text.slice(0, 40)}… has more than ${maxExponent} digits`;
  const sign = plain.startsWith("-") ? -1n : 1n;
  const digits = plain.replace(/^[+-]/, "");
  if (/^0(?:[xX][\da-fA-F]+|o[0-7]+|b[01]+)$/.test(digits)) return intDecimal(sign * BigInt(digits.toLowerCase()));
  const match = /^(\d*)(?:(\.)(\d*))?(?:[eE]([+-]?\d+)|([KMGTP]i?))?$/.exec(digits);
  if (match === null || digits === "") return `invalid number ${text}`;
  const [, whole = "", point, fraction = "", power, multiplier] = match;
  const coefficient = sign * BigInt(whole + fraction || "0");
  if (multiplier !== undefined) return scaled(coefficient, fraction.length, multipliers[multiplier] ?? 1n, text);
  if (point === undefined && power === undefined) return intDecimal(coefficient);
  const exponent = Number(power ?? 0) - fraction.length;
  if (Math.abs(exponent) > maxExponent) return `the exponent of ${text.slice(0, 40)} is out of range`;
  return { isInt: false, coefficient, exponent };
}

function scaled(coefficient: bigint, places: number, factor: bigint, text: string): Decimal | string {
  const unit = 10n ** BigInt(places);
  if ((coefficient * factor) % unit !== 0n) return `the number ${text} is no integer; a multiplier makes integers only`;
  return intDecimal((coefficient * factor) / unit);
}

export function intDecimal(value: bigint | number): Decimal {
  return { isInt: true, coefficient: BigInt(value), exponent: 0 };
}

/** The text of a number as CUE exports it: plain digits where they are short, otherwise scientific. */
export function formatDecimal({ coefficient, exponent, isNegativeZero }: Decimal): string {
  const sign = coefficient < 0n || isNegativeZero ? "-" : "";
  const digits = abs(coefficient).toString();
  if (exponent === 0) return sign + digits;
  const adjusted = exponent + digits.length - 1;
  // A zero shows its places, however many.
  if (exponent < 0 && (adjusted >= -6 || coefficient === 0n)) {
    const padded = digits.padStart(1 - exponent, "0");
    return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
  }
  const mantissa = digits.length === 1 ? digits : `${digits.charAt(0)}.${digits.slice(1)}`;
  return `${sign}${mantissa}E${adjusted < 0 ? "" : "+"}${adjusted}`;
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  if (isFarApart(a, b)) {
    const [large, small] = magnitude(a) > magnitude(b) ? [a, b] : [b, a];
    if (magnitude(large) - magnitude(small) > farApart / 2) return addTiny(large, small);
  }
  const [x, y, exponent] = align(a, b);
  const sum = roundDecimal({ isInt: a.isInt && b.isInt, coefficient: x + y, exponent });
  return signedZero(sum, isNegative(a) && isNegative(b));
}

/** `a - b`: that of a negative zero and zero is negative, too. */
export function subtractDecimals(a: Decimal, b: Decimal): Decimal {
  return addDecimals(a, signedZero(negateDecimal(b), !isNegative(b)));
}

/** The sum with a number that is too small for the digits that are kept: only its sign tells how they are rounded. */
function addTiny(large: Decimal, tiny: Decimal): Decimal {
  const shift = Math.max(1, precision + 3 - digitCount(large.coefficient));
  const sign = tiny.coefficient === 0n ? 0n : tiny.coefficient < 0n ? -1n : 1n;
  const coefficient = large.coefficient * 10n ** BigInt(shift) + sign;
  return roundDecimal({ isInt: large.isInt && tiny.isInt, coefficient, exponent: large.exponent - shift });
}

/** Tells of a result whose first digit is further from the point than arithmetic goes. */
export function isOutOfRange(decimal: Decimal): boolean {
  // The usual number is far from that, and counting digits is not for free.
  return Math.abs(decimal.exponent) > maxExponent / 2 && Math.abs(magnitude(decimal) - 1) > maxExponent;
}

export function negateDecimal({ isInt, coefficient, exponent }: Decimal): Decimal {
  return { isInt, coefficient: -coefficient, exponent };
}

export function multiplyDecimals(a: Decimal, b: Decimal): Decimal {
  const coefficient = a.coefficient * b.coefficient;
  const product = roundDecimal({ isInt: a.isInt && b.isInt, coefficient, exponent: a.exponent + b.exponent });
  return signedZero(product, isNegative(a) !== isNegative(b));
}

/** A zero that came out of a negative number keeps the sign in its text, as with the reference implementation. */
export function signedZero(result: Decimal, isBelow: boolean): Decimal {
  return result.coefficient === 0n && isBelow ? { ...result, isNegativeZero: true } : result;
}

export function isNegative({ coefficient, isNegativeZero }: Decimal): boolean {
  return coefficient < 0n || isNegativeZero === true;
}

/** `a / b`, always a float; the divisor is not zero. */
export function divideDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.coefficient === 0n) return { isInt: false, coefficient: 0n, exponent: a.exponent < b.exponent ? -1 : 0 };
  // Two digits more than are kept, and a last one that tells whether anything is left below.
  const shift = Math.max(0, precision + 2 - digitCount(a.coefficient) + digitCount(b.coefficient));
  const dividend = abs(a.coefficient) * 10n ** BigInt(shift);
  const divisor = abs(b.coefficient);
  const sticky = dividend % divisor === 0n ? 0n : 1n;
  const sign = a.coefficient < 0n === b.coefficient < 0n ? 1n : -1n;
  const quotient = sign * ((dividend / divisor) * 10n + sticky);
  const rounded = roundDecimal({ isInt: false, coefficient: quotient, exponent: a.exponent - b.exponent - shift - 1 });
  const reduced = withoutTrailingZeros(rounded);
  // A quotient shows that it is a float, where a digit is left for it.
  const { coefficient, exponent } = reduced;
  if (exponent < 0 || digitCount(coefficient) + exponent + 1 > precision) return reduced;
  return { isInt: false, coefficient: coefficient * 10n, exponent: exponent - 1 };
}

export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.exponent === b.exponent) return a.coefficient < b.coefficient ? -1 : Number(a.coefficient > b.coefficient);
  if (isFarApart(a, b)) {
    const [sign, other] = [a.coefficient < 0n ? -1 : 1, b.coefficient < 0n ? -1 : 1];
    const size = magnitude(a) - magnitude(b);
    if (sign !== other) return sign;
    if (size !== 0) return size > 0 ? sign : -sign;
  }
  const [x, y] = align(a, b);
  return x < y ? -1 : Number(x > y);
}

/** The number for JavaScript: exact up to 2^53, the nearest double otherwise. */
export function toNumber(decimal: Decimal): number {
  if (decimal.exponent === 0) return Number(decimal.coefficient);
  return Number(`${decimal.coefficient}e${decimal.exponent}`);
}

/** The integer that a number is, or undefined for a fraction. */
export function toBigInt(decimal: Decimal): bigint | undefined {
  const { coefficient, exponent } = decimal;
  if (exponent >= 0) return coefficient * 10n ** BigInt(exponent);
  const unit = 10n ** BigInt(-exponent);
  return coefficient % unit === 0n ? coefficient / unit : undefined;
}

/** Floored division: the modulo has the sign of the divisor's absolute value, so it is never negative. */
export function divMod(a: bigint, b: bigint): { div: bigint; mod: bigint } {
  const size = abs(b);
  const mod = ((a % size) + size) % size;
  return { div: (a - mod) / b, mod };
}

/** Exponents so far apart that digits at both ends would take long to make; zero has none. */
function isFarApart(a: Decimal, b: Decimal): boolean {
  return Math.abs(a.exponent - b.exponent) > farApart && a.coefficient !== 0n && b.coefficient !== 0n;
}

/** The exponent of the first digit, and one. */
function magnitude({ coefficient, exponent }: Decimal): number {
  return digitCount(coefficient) + exponent;
}

function align(a: Decimal, b: Decimal): [bigint, bigint, number] {
  const exponent = Math.min(a.exponent, b.exponent);
  const lift = (d: Decimal): bigint => d.coefficient * 10n ** BigInt(d.exponent - exponent);
  return [lift(a), lift(b), exponent];
}

/** The number with so many digits at most, rounded half up. */
export function roundDecimal(decimal: Decimal, digits = precision): Decimal {
  const { coefficient } = decimal;
  // The usual number is far below the precision, and counting digits is not for free.
  if (coefficient < 10n ** 18n && coefficient > -(10n ** 18n)) return decimal;
  const surplus = digitCount(coefficient) - digits;
  if (surplus <= 0) return decimal;
  const unit = 10n ** BigInt(surplus);
  const size = abs(coefficient);
  const rounded = size / unit + (size % unit >= unit / 2n ? 1n : 0n);
  // Rounding up may have made one digit more: 99.5 becomes 100.
  const next = { ...decimal, coefficient: coefficient < 0n ? -rounded : rounded, exponent: decimal.exponent + surplus };
  return roundDecimal(next, digits);
}

function withoutTrailingZeros(decimal: Decimal): Decimal {
  let { coefficient, exponent } = decimal;
  while (coefficient % 10n === 0n) [coefficient, exponent] = [coefficient / 10n, exponent + 1];
  return { ...decimal, coefficient, exponent };
}

function digitCount(value: bigint): number {
  return abs(value).toString().length;
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}
