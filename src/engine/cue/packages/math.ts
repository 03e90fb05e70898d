import {
  addDecimals,
  compareDecimals,
  type Decimal,
  divideDecimals,
  intDecimal,
  isNegative,
  negateDecimal,
  roundDecimal,
  signedZero,
  toBigInt,
} from "../decimal.js";
import { kinds, numberKind } from "../kind.js";
import type { Arguments } from "./arguments.js";
import { CallFault, fn, type PackageFunction, standardPackage, validator } from "./package.js";
import { exp, ln, log10, power } from "./transcendental.js";

const { int } = kinds;
const number = numberKind;

const source = `
MaxExp: 2147483647, MinExp: -2147483648, MaxPrec: 4294967295, MaxBase: 62
ToNearestEven: 0, ToNearestAway: 1, ToZero: 2, AwayFromZero: 3, ToNegativeInf: 4, ToPositiveInf: 5
Below: -1, Exact: 0, Above: 1
E:       2.71828182845904523536028747135266249775724709369995957496696763
Pi:      3.14159265358979323846264338327950288419716939937510582097494459
Phi:     1.61803398874989484820458683436563811772030917980576286213544861
Sqrt2:   1.41421356237309504880168872420969807856967187537694807317667974
SqrtE:   1.64872127070012814684865078781416357165377610071014801157507931
SqrtPi:  1.77245385090551602729816748334114518279754945612238712821380779
SqrtPhi: 1.27201964951406896425242246173749149171560804184009624861664038
Ln2:     0.693147180559945309417232121458176568075500134360255254120680009
Log2E:   1.442695040888963407359924681001892137426645954152985934135449408
Ln10:    2.3025850929940456840179914546843642076011014886287729760333278
Log10E:  0.43429448190325182765112891891660508229439700580366656611445378
`;

/** On these the last digits differ from one machine to the next. */
const inexact = [
  ...["Acosh", "Asin", "Acos", "Asinh", "Atan", "Atanh", "Erf", "Erfc", "Erfinv", "Erfcinv", "Expm1", "Gamma"],
  ...["J0", "Y0", "J1", "Y1", "Log1p", "Cos", "Sin", "Sinh", "Cosh", "Tan", "Tanh"],
];

/** The package "math": exact decimals of 34 digits, and doubles for what works on floats. */
export const math = standardPackage(
  "math",
  {
    ...Object.fromEntries(inexact.map((name) => [name, refused(name, [number])])),
    Atan2: refused("Atan2", [number, number]),
    Jn: refused("Jn", [int, number]),
    Yn: refused("Yn", [int, number]),
    Abs: fn([number], (args) => absolute(args.decimal(0))),
    Cbrt: fn([number], (args) => {
      const x = args.decimal(0);
      const root = x.coefficient === 0n ? x : power(absolute(x), divideDecimals(intDecimal(1), intDecimal(3)));
      return x.coefficient < 0n ? negateDecimal(root) : root;
    }),
    Ceil: fn([number], (args) => {
      const x = args.decimal(0);
      return rounded(x, -floor(negateDecimal(x)));
    }),
    Copysign: fn([number, number], (args) => {
      const size = absolute(args.decimal(0));
      return args.decimal(1).coefficient < 0n ? negateDecimal(size) : size;
    }),
    Dim: fn([number, number], (args) => {
      const difference = addDecimals(args.decimal(0), negateDecimal(args.decimal(1)));
      return difference.coefficient < 0n ? 0n : difference;
    }),
    Exp: fn([number], (args) => exp(args.decimal(0))),
    Exp2: fn([number], (args) => raise(intDecimal(2), args.decimal(0))),
    Floor: fn([number], (args) => floor(args.decimal(0))),
    Hypot: fn([number, number], (args) => {
      const [p, q] = [Math.abs(args.number(0)), Math.abs(args.number(1))].sort((a, b) => b - a);
      const [large, ratio] = [p ?? 0, (q ?? 0) / (p || 1)];
      return { float: large * Math.sqrt(1 + ratio * ratio) };
    }),
    Ilogb: fn([number], (args) => binaryExponent(args)),
    Jacobi: fn([int, int], (args) => jacobi(args.integer(0), args.integer(1))),
    Ldexp: fn([number, int], (args) => ({ float: scale(args.number(0), args.int(1)) })),
    Log: fn([number], (args) => ln(args.decimal(0))),
    Log10: fn([number], (args) => log10(args.decimal(0))),
    Log2: fn([number], (args) => divideDecimals(ln(args.decimal(0)), ln(intDecimal(2)))),
    Logb: fn([number], (args) => ({ float: binaryExponent(args) })),
    Mod: fn([number, number], (args) => ({ float: args.number(0) % args.number(1) })),
    MultipleOf: validator([number, number], (args) => {
      const divisor = args.decimal(1);
      if (divisor.coefficient === 0n) throw new CallFault("division by zero");
      return toBigInt(divideDecimals(args.decimal(0), divisor)) !== undefined;
    }),
    Pow: fn([number, number], (args) => raise(args.decimal(0), args.decimal(1))),
    Pow10: fn([int], (args) => {
      const places = args.int(0);
      if (Math.abs(places) > 100_000) throw new CallFault("the exponent is out of range");
      return { isInt: false, coefficient: 1n, exponent: places };
    }),
    Remainder: fn([number, number], (args) => ({ float: remainder(args.number(0), args.number(1)) })),
    Round: fn([number], (args) => round(args.decimal(0), () => true)),
    RoundToEven: fn([number], (args) => round(args.decimal(0), (below) => below % 2n === 1n)),
    Signbit: validator([number], (args) => args.decimal(0).coefficient < 0n),
    Sqrt: fn([number], (args) => ({ float: Math.sqrt(args.number(0)) })),
    Trunc: fn([number], (args) => {
      const x = args.decimal(0);
      return rounded(x, x.coefficient < 0n ? -floor(negateDecimal(x)) : floor(x));
    }),
  },
  source,
);

function refused(name: string, params: readonly number[]): PackageFunction {
  return fn(params, (args) => {
    throw args.unsupported(`math.${name}, whose last digits differ between machines,`);
  });
}

function absolute(x: Decimal): Decimal {
  return x.coefficient < 0n ? negateDecimal(x) : x;
}

/** An integer that came out of `x`: where that is below zero, a zero keeps the sign. */
function rounded(x: Decimal, value: bigint): Decimal {
  return signedZero(intDecimal(value), isNegative(x));
}

function floor({ coefficient, exponent }: Decimal): bigint {
  if (exponent >= 0) return coefficient * 10n ** BigInt(exponent);
  const unit = 10n ** BigInt(-exponent);
  const quotient = coefficient / unit;
  return coefficient < 0n && quotient * unit !== coefficient ? quotient - 1n : quotient;
}

/** To the nearest integer; of two equally near ones the upper in size, where `isUp` says so. */
function round(x: Decimal, isUp: (below: bigint) => boolean): Decimal {
  const size = absolute(x);
  const below = floor(size);
  const rest = addDecimals(size, intDecimal(-below));
  const order = compareDecimals(rest, { isInt: false, coefficient: 5n, exponent: -1 });
  const nearest = order > 0 || (order === 0 && isUp(below)) ? below + 1n : below;
  return rounded(x, x.coefficient < 0n ? -nearest : nearest);
}

function raise(x: Decimal, y: Decimal): Decimal {
  const whole = toBigInt(y);
  if (whole === undefined) {
    if (x.coefficient < 0n) throw new CallFault("a negative number has no power that is no integer");
    return x.coefficient === 0n ? x : power(x, y);
  }
  if (whole === 0n && x.coefficient === 0n) throw new CallFault("0 to the power of 0 is not defined");
  if (x.coefficient === 0n && whole < 0n) throw new CallFault("division by zero");
  if (whole > 1_000_000n || whole < -1_000_000n) throw new CallFault("the exponent is out of range");
  const size = wholePower(x, whole < 0n ? -whole : whole);
  if (whole >= 0n) return size;
  const inverse = divideDecimals(intDecimal(1), size);
  const missing = 34 - absolute(inverse).coefficient.toString().length;
  return {
    ...inverse,
    coefficient: inverse.coefficient * 10n ** BigInt(missing),
    exponent: inverse.exponent - missing,
  };
}

function wholePower(x: Decimal, power: bigint): Decimal {
  let result = intDecimal(1);
  let square: Decimal = { ...x, isInt: false };
  for (let rest = power; rest > 0n; rest /= 2n) {
    if (rest % 2n === 1n) result = wider(result, square);
    square = wider(square, square);
    if (Math.abs(square.exponent) > 1_000_000) throw new CallFault("the result is out of range");
  }
  return roundDecimal(result);
}

/** A product with digits to spare, so that rounding many times does not show. */
function wider(a: Decimal, b: Decimal): Decimal {
  return roundDecimal(
    { isInt: false, coefficient: a.coefficient * b.coefficient, exponent: a.exponent + b.exponent },
    80,
  );
}

function binaryExponent(args: Arguments): number {
  const value = Math.abs(args.number(0));
  if (value === 0) throw new CallFault("0 has no exponent");
  let exponent = Math.floor(Math.log2(value));
  if (scale(1, exponent) > value) exponent--;
  if (scale(1, exponent + 1) <= value) exponent++;
  return exponent;
}

/** x × 2^exponent, without overflow on the way. */
function scale(x: number, exponent: number): number {
  let [value, rest] = [x, Math.max(-4000, Math.min(4000, exponent))];
  for (; rest > 1000; rest -= 1000) value *= 2 ** 1000;
  for (; rest < -1000; rest += 1000) value *= 2 ** -1000;
  return value * 2 ** rest;
}

/** IEEE 754's remainder: of the quotient that is nearest, and even of two. */
function remainder(x: number, y: number): number {
  const size = Math.abs(y);
  let rest = Math.abs(x);
  if (size <= Number.MAX_VALUE / 2) rest %= 2 * size;
  if (size < 2 ** -1021) {
    if (rest + rest > size) {
      rest -= size;
      if (rest + rest >= size) rest -= size;
    }
  } else if (rest > size / 2) {
    rest -= size;
    if (rest >= size / 2) rest -= size;
  }
  return x < 0 ? -rest : rest;
}

function jacobi(x: bigint, y: bigint): number {
  if (y % 2n === 0n) throw new CallFault(`invalid 2nd argument to Jacobi: need an odd integer but got ${y}`);
  let sign = x < 0n && y < 0n ? -1 : 1;
  let b = y < 0n ? -y : y;
  let a = ((x % b) + b) % b;
  while (a !== 0n) {
    while (a % 2n === 0n) {
      a /= 2n;
      if (b % 8n === 3n || b % 8n === 5n) sign = -sign;
    }
    [a, b] = [b, a];
    if (a % 4n === 3n && b % 4n === 3n) sign = -sign;
    a %= b;
  }
  return b === 1n ? sign : 0;
}
