import { decodeUtf8 } from "../decode-utf8.js";
import { kinds, numberKind } from "../kind.js";
import { parse } from "../parser.js";
import { formatFloat } from "./format-float.js";
import { CallFault, fn, standardPackage, validator } from "./package.js";
import { isGraphic, isPrint, quoteRune, quoteText } from "./quote.js";

const { string, int, bool } = kinds;

/** The package "strconv". */
export const strconv = standardPackage(
  "strconv",
  {
    Atoi: fn([string], (args) => parseInteger(args.text(0), 10)),
    FormatBool: fn([bool], (args) => String(args.bool(0))),
    FormatFloat: fn([numberKind, int, int, int], (args) => {
      const bits = args.int(3);
      if (bits !== 32 && bits !== 64) throw new CallFault(`illegal number of bits ${bits}: write 32 or 64`);
      const format = String.fromCharCode(Number(args.unsigned(1, 8)));
      const text = formatFloat(args.number(0), format, args.int(2), bits);
      if (text === undefined) throw args.unsupported(`strconv.FormatFloat with the format ${args.int(1)}`);
      args.claimText(text.length);
      return text;
    }),
    FormatInt: fn([int, int], (args) => formatInteger(args.integer(0), args.int(1))),
    FormatUint: fn([int, int], (args) => formatInteger(args.integer(0), args.int(1))),
    IsGraphic: validator([int], (args) => isGraphic(args.rune(0) ?? "")),
    IsPrint: validator([int], (args) => isPrint(args.rune(0) ?? "")),
    ParseBool: validator([string], (args) => {
      const text = args.text(0);
      if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
      if (/^(?:0|f|F|FALSE|false|False)$/.test(text)) return false;
      throw new CallFault(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
    }),
    ParseFloat: fn([string, int], (args) => {
      const text = args.text(0);
      if (!floatText.test(text))
        throw new CallFault(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
      const number = Number(text.replaceAll("_", ""));
      const value = args.int(1) === 32 ? Math.fround(number) : number;
      if (!Number.isFinite(value))
        throw new CallFault(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: value out of range`);
      return { float: value };
    }),
    ParseInt: fn([string, int, int], (args) => {
      const [value, bits] = [parseInteger(args.text(0), args.int(1)), args.int(2)];
      const fits = bits === 0 || (bits > 0 && BigInt.asIntN(Math.min(bits, 100_000), value) === value);
      return fits ? value : outOfRange(args.text(0));
    }),
    ParseUint: fn([string, int, int], (args) => {
      const [value, bits] = [parseInteger(args.text(0), args.int(1)), args.int(2)];
      const fits =
        value >= 0n && (bits === 0 || (bits > 0 && BigInt.asUintN(Math.min(bits, 100_000), value) === value));
      return fits ? value : outOfRange(args.text(0));
    }),
    Quote: fn([string], (args) => quoteText(args.text(0), isPrint)),
    QuoteRune: fn([int], (args) => quoteRune(args.rune(0), isPrint)),
    QuoteRuneToASCII: fn([int], (args) => quoteRune(args.rune(0), isPlainAscii)),
    QuoteRuneToGraphic: fn([int], (args) => quoteRune(args.rune(0), isGraphic)),
    QuoteToASCII: fn([string], (args) => quoteText(args.text(0), isPlainAscii)),
    QuoteToGraphic: fn([string], (args) => quoteText(args.text(0), isGraphic)),
    Unquote: fn([string], (args) => {
      const { file, errors } = parse(args.text(0), "quoted");
      const [decl] = file.decls;
      const literal = decl?.kind === "embedding" && decl.expr.kind === "literal" ? decl.expr.value : undefined;
      if (errors.length === 0 && file.decls.length === 1 && literal?.type === "string") return literal.value;
      if (errors.length === 0 && literal?.type === "bytes") return decodeUtf8(literal.value);
      throw new CallFault("invalid syntax: no quoted text");
    }),
  },
  "IntSize: 64",
);

const floatText = /^[-+]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][-+]?\d+(?:_\d+)*)?$/;

function isPlainAscii(char: string): boolean {
  return /^[ -~]$/.test(char);
}

/** Each digit goes through all before it. */
const maxDigits = 10_000;

/** Digits of a base up to 62; base 0 reads prefixes and underscores as Go's literals have them. */
function parseInteger(text: string, base: number): bigint {
  const [, sign = "", rest = ""] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  let [digits, radix] = [rest, base];
  if (base === 0) {
    const [, prefix = "", tail = ""] = /^(0[xX]|0[oO]|0[bB]|0(?=[0-7_]))?(.*)$/s.exec(rest) ?? [];
    radix = { "": 10, "0": 8, "0o": 8, "0b": 2, "0x": 16 }[prefix.toLowerCase()] ?? 10;
    if (/^_|__|_$/.test(tail) && !(prefix !== "" && /^_[^_]/.test(tail))) throw syntaxFault(text);
    digits = tail.replaceAll("_", "");
  }
  if (radix < 2 || radix > 62 || digits === "") throw syntaxFault(text);
  if (digits.length > maxDigits) throw new CallFault(`the number has more than ${maxDigits} digits`);
  let value = 0n;
  for (const char of digits) {
    const digit = digitOf(char, radix);
    if (digit >= radix) throw syntaxFault(text);
    value = value * BigInt(radix) + BigInt(digit);
  }
  return sign === "-" ? -value : value;
}

const alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

function digitOf(char: string, radix: number): number {
  const at = alphabet.indexOf(radix <= 36 ? char.toLowerCase() : char);
  return at === -1 || char.length !== 1 ? 99 : at;
}

function formatInteger(value: bigint, base: number): string {
  if (base < 2 || base > 62) throw new CallFault(`invalid base ${base}`);
  if (base <= 36) return value.toString(base);
  let digits = "";
  for (let rest = value < 0n ? -value : value; rest > 0n || digits === ""; rest /= BigInt(base))
    digits = alphabet.charAt(Number(rest % BigInt(base))) + digits;
  return value < 0n ? `-${digits}` : digits;
}

function syntaxFault(text: string): CallFault {
  return new CallFault(`parsing ${JSON.stringify(text)}: invalid syntax`);
}

function outOfRange(text: string): never {
  throw new CallFault(`parsing ${JSON.stringify(text)}: value out of range`);
}
