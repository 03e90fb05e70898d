import { createHash, createHmac } from "node:crypto";
import { kinds } from "../kind.js";
import { CallFault, fn, type PackageFunction, standardPackage } from "./package.js";

const data = kinds.bytes | kinds.string;

/** The packages "crypto/…": digests as bytes. */
export const md5 = standardPackage("md5", { Sum: digest("md5") }, "Size: 16, BlockSize: 64");
export const sha1 = standardPackage("sha1", { Sum: digest("sha1") }, "Size: 20, BlockSize: 64");
export const sha256 = standardPackage(
  "sha256",
  { Sum256: digest("sha256"), Sum224: digest("sha224") },
  "Size: 32, Size224: 28, BlockSize: 64",
);
export const sha512 = standardPackage(
  "sha512",
  {
    Sum512: digest("sha512"),
    Sum384: digest("sha384"),
    Sum512_224: digest("sha512-224"),
    Sum512_256: digest("sha512-256"),
  },
  "Size: 64, Size224: 28, Size256: 32, Size384: 48, BlockSize: 128",
);

/** Names of hashes in CUE, and in Node. */
const algorithms: ReadonlyMap<string, string> = new Map(
  ["MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "SHA512_224", "SHA512_256"].map((name) => [
    name,
    name.toLowerCase().replace("_", "-"),
  ]),
);

/** The package "crypto/hmac": codes of messages, by a key. */
export const hmac = standardPackage(
  "hmac",
  {
    Sign: fn([kinds.string, data, data], (args) => {
      const algorithm = algorithms.get(args.text(0));
      if (algorithm === undefined) throw new CallFault("unsupported hash function");
      return Uint8Array.from(createHmac(algorithm, args.bytes(1)).update(args.bytes(2)).digest());
    }),
  },
  [...algorithms.keys()].map((name) => `${name}: "${name}"`).join(", "),
);

function digest(algorithm: string): PackageFunction {
  return fn([data], (args) => Uint8Array.from(createHash(algorithm).update(args.bytes(0)).digest()));
}
