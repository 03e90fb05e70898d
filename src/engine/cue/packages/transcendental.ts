import { type Decimal, roundDecimal, toNumber } from "../decimal.js";
import { CallFault } from "./package.js";

/** Exponential and logarithm to more digits than decimals keep: fixed-point integers with so many places. */
const places = 80;
const one = 10n ** BigInt(places);
const ln10 = parse("2.30258509299404568401799145468436420760110148862877297603332790096757260967735248023599");

/** e^x, rounded. */
export function exp(x: Decimal): Decimal {
  // So far goes the reference implementation.
  if (Math.abs(toNumber(x)) >= 23_000) throw new CallFault("the result is out of range");
  return fromFixed(...expFixed(toFixed(x)));
}

/** ln x, rounded. */
export function ln(x: Decimal): Decimal {
  return fromFixed(lnFixed(x), 0);
}

export function log10(x: Decimal): Decimal {
  return fromFixed((lnFixed(x) * one) / ln10, 0);
}

/** x^y for a positive x, rounded. */
export function power(x: Decimal, y: Decimal): Decimal {
  if (Math.abs(toNumber(y) * toNumber(ln(x))) > 100_000) throw new CallFault("the result is out of range");
  const { coefficient, exponent } = y;
  const product = lnFixed(x) * coefficient;
  const scaled = exponent >= 0 ? product * 10n ** BigInt(exponent) : product / 10n ** BigInt(-exponent);
  return fromFixed(...expFixed(scaled));
}

/** The mantissa of e^x as a fixed-point number, and the power of ten that goes with it. */
function expFixed(x: bigint): [bigint, number] {
  const tens = (2n * x + ln10) / (2n * ln10) - (x < 0n ? 1n : 0n);
  const rest = x - tens * ln10;
  let [sum, term] = [one, one];
  for (let n = 1n; term !== 0n; n++) {
    term = (term * rest) / (n * one);
    sum += term;
  }
  return [sum, Number(tens)];
}

/** With x = m × 10^k and m near 1: ln x = 2 artanh((m-1)/(m+1)) + k ln 10. */
function lnFixed({ coefficient, exponent }: Decimal): bigint {
  if (coefficient <= 0n) throw new CallFault("the logarithm takes a positive number");
  const digits = coefficient.toString().length;
  let tens = exponent + digits - 1;
  let mantissa = (coefficient * one) / 10n ** BigInt(digits - 1);
  if (mantissa > 3n * one) [mantissa, tens] = [mantissa / 10n, tens + 1];
  const ratio = ((mantissa - one) * one) / (mantissa + one);
  const square = (ratio * ratio) / one;
  let sum = 0n;
  let power = ratio;
  for (let n = 1n; power !== 0n; n += 2n) {
    sum += power / n;
    power = (power * square) / one;
  }
  return 2n * sum + BigInt(tens) * ln10;
}

function toFixed({ coefficient, exponent }: Decimal): bigint {
  const shift = exponent + places;
  return shift >= 0 ? coefficient * 10n ** BigInt(shift) : coefficient / 10n ** BigInt(-shift);
}

function fromFixed(value: bigint, tens: number): Decimal {
  return roundDecimal({ isInt: false, coefficient: value, exponent: tens - places });
}

function parse(text: string): bigint {
  const [whole = "", fraction = ""] = text.split(".");
  return BigInt(whole + fraction.slice(0, places).padEnd(places, "0"));
}
