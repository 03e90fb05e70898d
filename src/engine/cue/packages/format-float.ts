/**
 * A double in one of the formats `e`, `E`, `f`, `g` and `G` of C, rounded half to even; the shortest digits for a
 * precision of -1. Undefined for another format.
 */
export function formatFloat(given: number, format: string, precision: number, bits: 32 | 64): string | undefined {
  if (!/^[eEfgG]$/.test(format)) return undefined;
  const value = bits === 32 ? Math.fround(given) : given;
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const shortest = bits === 32 ? shortestFloat32(Math.abs(value)) : shortestDigits(Math.abs(value));
  const isShortest = precision < 0;
  if (format === "f") {
    const { digits, exponent } = isShortest ? shortest : rounded(Math.abs(value), { places: precision });
    return sign + plain(digits, exponent, isShortest ? Math.max(0, digits.length - exponent) : precision);
  }
  if (format === "e" || format === "E") {
    const wanted = isShortest ? shortest : rounded(Math.abs(value), { digits: precision + 1 });
    return sign + scientific(wanted, isShortest ? wanted.digits.length - 1 : precision, format);
  }
  const count = isShortest ? 0 : Math.max(1, precision);
  const exact = isShortest ? shortest : rounded(Math.abs(value), { digits: count });
  const digits = exact.digits.replace(/0+$/, "") || "0";
  const exponent = exact.exponent - 1;
  const spare = count > digits.length && digits.length >= exact.exponent;
  const limit = isShortest ? 6 : spare ? digits.length : count;
  if (exponent < -4 || exponent >= limit)
    return sign + scientific({ digits, exponent: exact.exponent }, digits.length - 1, format === "g" ? "e" : "E");
  return sign + plain(digits, exact.exponent, Math.max(0, digits.length - exact.exponent));
}

/** Digits d₁d₂… of the number 0.d₁d₂… × 10^exponent. */
type Digits = Readonly<{ digits: string; exponent: number }>;

function shortestDigits(value: number): Digits {
  if (value === 0) return { digits: "0", exponent: 1 };
  const [mantissa = "", power = "0"] = value.toExponential().split("e");
  return { digits: mantissa.replace(".", ""), exponent: Number(power) + 1 };
}

function shortestFloat32(value: number): Digits {
  for (let precision = 1; precision <= 9; precision++) {
    const text = value.toPrecision(precision);
    if (Math.fround(Number(text)) === value) return shortestDigits(Number(text));
  }
  return shortestDigits(value);
}

/** The exact value of a double, rounded to so many digits or places. */
function rounded(value: number, to: { digits: number } | { places: number }): Digits {
  if (value === 0) return { digits: "0", exponent: 1 };
  // A double is an integer times a power of two: with enough decimal places it is an integer.
  const [numerator, denominatorBits] = fraction(value);
  const scaled = numerator * 5n ** BigInt(denominatorBits);
  const text = scaled.toString();
  const exponent = text.length - denominatorBits;
  const keep = "digits" in to ? to.digits : exponent + to.places;
  if (keep < 0) return { digits: "0", exponent: 1 };
  if (keep >= text.length) return { digits: text, exponent };
  const kept = BigInt(text.slice(0, keep) || "0");
  const rest = text.slice(keep);
  const half = `5${"0".repeat(rest.length - 1)}`;
  const isUp = rest > half || (rest === half && kept % 2n === 1n);
  const result = (kept + (isUp ? 1n : 0n)).toString();
  if (result === "0") return { digits: "0", exponent: 1 };
  return { digits: result, exponent: exponent + (result.length - Math.max(keep, kept === 0n ? 0 : keep)) };
}

/** A positive double as n / 2^k. */
function fraction(value: number): [bigint, number] {
  let [n, k] = [value, 0];
  while (!Number.isInteger(n)) [n, k] = [n * 2, k + 1];
  return [BigInt(n), k];
}

function plain(digits: string, exponent: number, places: number): string {
  const whole = exponent <= 0 ? "0" : digits.slice(0, exponent).padEnd(exponent, "0");
  const decimals = (exponent <= 0 ? "0".repeat(-exponent) + digits : digits.slice(exponent))
    .slice(0, places)
    .padEnd(places, "0");
  return places === 0 ? whole : `${whole}.${decimals}`;
}

function scientific({ digits, exponent }: Digits, places: number, e: string): string {
  const power = digits === "0" ? 0 : exponent - 1;
  const decimals = digits.slice(1, places + 1).padEnd(places, "0");
  const mantissa = places === 0 ? digits.charAt(0) : `${digits.charAt(0)}.${decimals}`;
  return `${mantissa}${e}${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}
