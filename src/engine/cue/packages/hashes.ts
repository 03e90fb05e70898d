import { createHash } from "node:crypto";
import { kinds } from "../kind.js";
import { fn, type PackageFunction, standardPackage } from "./package.js";

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

function digest(algorithm: string): PackageFunction {
  return fn([kinds.bytes | kinds.string], (args) =>
    Uint8Array.from(createHash(algorithm).update(args.bytes(0)).digest()),
  );
}
