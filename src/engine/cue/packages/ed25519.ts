import { createPublicKey, verify } from "node:crypto";
import { kinds } from "../kind.js";
import { CallFault, standardPackage, validator } from "./package.js";

const data = kinds.bytes | kinds.string;
const keySize = 32;

/** The package "crypto/ed25519". */
export const ed25519 = standardPackage(
  "ed25519",
  {
    Valid: validator([data, data, data], (args) => {
      const key = args.bytes(0);
      if (key.length !== keySize) throw new CallFault(`ed25519: publicKey must be ${keySize} bytes`);
      return isValid(key, args.bytes(1), args.bytes(2));
    }),
  },
  `PublicKeySize: ${keySize}`,
);

function isValid(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const x = Buffer.from(key).toString("base64url");
  return verify(null, message, createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }), signature);
}
