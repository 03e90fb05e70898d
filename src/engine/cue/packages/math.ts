import {
  addDecimals,
  compareDecimals,
  type Decimal,
  divideDecimals,
  intDecimal,
  isNegative,
  isOutOfRange,
  negateDecimal,
  roundDecimal,
  signedZero,
  subtractDecimals,
  toBigInt,
} from "../decimal.js";
import { kinds, numberKind } from "../kind.js";
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
    Abs: fn([number], (args) => roundDecimal(absolute(args.decimal(0)))),
    Cbrt: fn([number], (args) => {
      const x = args.decimal(0);
      const root = cubeRoot(absolute(x));
      return x.coefficient < 0n ? negateDecimal(root) : signedZero(root, isNegative(x));
    }),
    Ceil: fn([number], (args) => {
      const x = args.decimal(0);
      return rounded(x, -kept(floor(negateDecimal(x))));
    }),
    Copysign: fn([number, number], (args) => {
      const size = absolute(args.decimal(0));
      const isBelow = isNegative(args.decimal(1));
      return signedZero(isBelow ? negateDecimal(size) : size, isBelow);
    }),
    Dim: fn([number, number], (args) => {
      const difference = subtractDecimals(args.decimal(0), args.decimal(1));
      return isNegative(difference) ? 0n : difference;
    }),
    Exp: fn([number], (args) => exp(args.decimal(0))),
    Exp2: fn([number], (args) => raise(intDecimal(2), args.decimal(0))),
    Floor: fn([number], (args) => kept(floor(args.decimal(0)))),
    Hypot: fn([number, number], (args) => {
      const [p, q] = [Math.abs(args.number(0)), Math.abs(args.number(1))].sort((a, b) => b - a);
      const [large, ratio] = [p ?? 0, (q ?? 0) / (p || 1)];
      return { float: large * Math.sqrt(1 + ratio * ratio) };
    }),
    Ilogb: fn([number], (args) => binaryExponent(args.number(0)) ?? -(2 ** 31)),
    Jacobi: fn([int, int], (args) => jacobi(args.integer(0), args.integer(1))),
    Ldexp: fn([number, int], (args) => ({ float: scale(args.number(0), args.int(1)) })),
    Log: fn([number], (args) => ln(args.decimal(0))),
    Log10: fn([number], (args) => log10(args.decimal(0))),
    Log2: fn([number], (args) => divideDecimals(ln(args.decimal(0)), ln(intDecimal(2)))),
    Logb: fn([number], (args) => {
      const exponent = binaryExponent(args.number(0));
      if (exponent === undefined) throw new CallFault("0 has no exponent");
      return { float: exponent };
    }),
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
    Signbit: validator([number], (args) => isNegative(args.decimal(0))),
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

/** The reference implementation makes 0 of what has more digits than it keeps: no value that anybody wants. */
function kept(value: bigint): bigint {
  if (value < 10n ** 34n && value > -(10n ** 34n)) return value;
  throw new CallFault("the result has more than 34 digits; math.Trunc and math.Round keep them all");
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
  // The reference implementation keeps ten digits to spare.
  const digits = Math.max(34, absolute(x).coefficient.toString().length) + 10;
  const result = wholePower(x, whole < 0n ? -whole : whole, digits);
  return roundDecimal(whole < 0n ? inverse(result, digits) : result);
}

function wholePower(x: Decimal, power: bigint, digits: number): Decimal {
  let result = intDecimal(1);
  let square: Decimal = { ...x, isInt: false };
  for (let rest = power; rest > 0n; rest /= 2n) {
    if (rest % 2n === 1n) result = product(result, square, digits);
    if (rest > 1n) square = product(square, square, digits);
  }
  return result;
}

function product(a: Decimal, b: Decimal, digits: number): Decimal {
  const { coefficient, exponent } = { coefficient: a.coefficient * b.coefficient, exponent: a.exponent + b.exponent };
  return inRange(roundDecimal({ isInt: false, coefficient, exponent }, digits));
}

/** 1 / x, with at least so many digits. */
function inverse({ coefficient, exponent }: Decimal, digits: number): Decimal {
  const shift = absolute({ isInt: true, coefficient, exponent }).coefficient.toString().length + digits;
  return inRange({ isInt: false, coefficient: 10n ** BigInt(shift) / coefficient, exponent: -exponent - shift });
}

function inRange(value: Decimal): Decimal {
  if (isOutOfRange(value)) throw new CallFault("exponent out of range");
  return value;
}

/** The root of a number that is not negative, by Newton's method on integers. */
function cubeRoot({ coefficient, exponent }: Decimal): Decimal {
  if (coefficient === 0n) return intDecimal(0);
  const shift = 120 + (((exponent % 3) + 3) % 3);
  const cube = coefficient * 10n ** BigInt(shift);
  let root = 10n ** BigInt(Math.ceil(cube.toString().length / 3));
  for (let next = root - 1n; next < root; next = (2n * root + cube / (root * root)) / 3n) root = next;
  return roundDecimal({ isInt: false, coefficient: root, exponent: (exponent - shift) / 3 });
}

function binaryExponent(x: number): number | undefined {
  const value = Math.abs(x);
  if (value === 0) return undefined;
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
