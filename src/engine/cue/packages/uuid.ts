import { createHash } from "node:crypto";
import { kinds } from "../kind.js";
import type { Arguments } from "./arguments.js";
import { CallFault, fn, type PackageFunction, standardPackage, validator } from "./package.js";

const { string, int, bytes } = kinds;

const source = `
ns: {
	DNS:  "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
	URL:  "6ba7b811-9dad-11d1-80b4-00c04fd430c8"
	OID:  "6ba7b812-9dad-11d1-80b4-00c04fd430c8"
	X500: "6ba7b814-9dad-11d1-80b4-00c04fd430c8"
	Nil:  "00000000-0000-0000-0000-000000000000"
}
variants: {Invalid: 0, RFC4122: 1, Reserved: 2, Microsoft: 3, Future: 4}
`;

/** The package "uuid" (RFC 4122). */
export const uuid = standardPackage(
  "uuid",
  {
    FromInt: fn([int], (args) => {
      const digits = args.integer(0).toString(16).replace("-", "");
      const even = digits.length % 2 === 0 ? digits : `0${digits}`;
      if (even.length > 32) throw new CallFault(`invalid UUID (got ${even.length / 2} bytes)`);
      return format(Buffer.from(even.padStart(32, "0"), "hex"));
    }),
    MD5: hashed("md5", 3),
    Parse: fn([string], (args) => format(parse(args, 0))),
    SHA1: hashed("sha1", 5),
    ToInt: fn([string], (args) => BigInt(`0x${Buffer.from(args.bytes(0)).toString("hex") || "0"}`)),
    URN: fn([string], (args) => `urn:uuid:${format(parse(args, 0))}`),
    Valid: validator([string], (args) => {
      parse(args, 0);
      return true;
    }),
    Variant: fn([string], (args) => {
      const byte = parse(args, 0)[8] ?? 0;
      if ((byte & 0xc0) === 0x80) return 1;
      if ((byte & 0xe0) === 0xc0) return 3;
      return (byte & 0xe0) === 0xe0 ? 4 : 2;
    }),
    Version: fn([string], (args) => (parse(args, 0)[6] ?? 0) >> 4),
  },
  source,
);

function hashed(algorithm: string, version: number): PackageFunction {
  return fn([string, bytes | string], (args) => {
    const made = createHash(algorithm).update(parse(args, 0)).update(args.bytes(1)).digest().subarray(0, 16);
    made[6] = ((made[6] ?? 0) & 0x0f) | (version << 4);
    made[8] = ((made[8] ?? 0) & 0x3f) | 0x80;
    return format(made);
  });
}

/** One of the four forms: plain, after `urn:uuid:`, in braces, or 32 digits. */
function parse(args: Arguments, index: number): Buffer {
  const text = args.text(index);
  const plain =
    text.length === 45 && /^urn:uuid:/i.test(text) ? text.slice(9) : text.length === 38 ? text.slice(1, 37) : text;
  const digits =
    plain.length === 32 ? plain : /^.{8}-.{4}-.{4}-.{4}-.{12}$/.test(plain) ? plain.replaceAll("-", "") : "";
  if (/^[0-9a-fA-F]{32}$/.test(digits)) return Buffer.from(digits, "hex");
  throw new CallFault(digits === "" ? `invalid UUID length: ${text.length}` : "invalid UUID format");
}

function format(data: Buffer): string {
  return data.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
