import { createPrivateKey, createPublicKey, type KeyObject, scrypt, sign, verify } from "node:crypto";
import { promisify } from "node:util";
import { isJsonObject, type JsonValue } from "../json/index.js";
import { OciError } from "./errors.js";
import { parseJson } from "./manifest.js";

/** Signs bytes. `publicKey` tells which signatures are its own. */
export type SigningKey = Readonly<{ publicKey: PublicKey; sign(bytes: Uint8Array): Uint8Array }>;

/** Tells whether a signature of bytes is of this key. */
export type PublicKey = Readonly<{ verify(bytes: Uint8Array, signature: Uint8Array): boolean }>;

/**
 * Reads a private key: one that `cosign generate-key-pair` made, or a PEM file as OpenSSL writes them, encrypted or not.
 *
 * @param pem The text of the file
 * @param name How messages call it, such as its path
 * @param password What an encrypted key is encrypted with; asked only for those
 * @throws {OciError} `bad-key`
 */
export async function readSigningKey(
  pem: string,
  name: string,
  password: () => string | undefined,
): Promise<SigningKey> {
  const [, label = "", body = ""] = /-----BEGIN ([A-Z ]+)-----([\s\S]+?)-----END/.exec(pem) ?? [];
  if (label === "") throw new OciError("bad-key", `${name} is not a private key in PEM form`);
  const isCosign = /^ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY$/.test(label);
  const isEncrypted = isCosign || label.startsWith("ENCRYPTED") || pem.includes("Proc-Type: 4,ENCRYPTED");
  const passphrase = isEncrypted ? password() : undefined;
  if (isEncrypted && passphrase === undefined) {
    throw new OciError("bad-key", `${name} is encrypted; put its password into the variable COSIGN_PASSWORD`);
  }
  let key: KeyObject;
  try {
    key = isCosign
      ? createPrivateKey({ key: await decrypt(body, passphrase ?? ""), format: "der", type: "pkcs8" })
      : createPrivateKey({ key: pem, format: "pem", ...(passphrase !== undefined && { passphrase }) });
  } catch (cause) {
    const reason = isEncrypted ? "; is the password the right one?" : "";
    throw new OciError("bad-key", `${name} cannot be read as a private key${reason}`, { cause });
  }
  const algorithm = algorithmOf(key, name);
  return {
    publicKey: publicKeyOf(createPublicKey(key), name),
    sign: (bytes) => sign(algorithm, bytes, key),
  };
}

/**
 * Reads a public key in PEM form, such as `cosign.pub`.
 *
 * @throws {OciError} `bad-key`, also for a private key: that one should not lie around where it is not needed
 */
export function readPublicKey(pem: string, name: string): PublicKey {
  if (pem.includes("PRIVATE KEY-----")) {
    throw new OciError("bad-key", `${name} is a private key; signatures are verified with the public one (cosign.pub)`);
  }
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch (cause) {
    throw new OciError("bad-key", `${name} is not a public key in PEM form`, { cause });
  }
  return publicKeyOf(key, name);
}

function publicKeyOf(key: KeyObject, name: string): PublicKey {
  const algorithm = algorithmOf(key, name);
  return { verify: (bytes, signature) => verify(algorithm, bytes, key, signature) };
}

/** The digest that goes with a key, as cosign chooses it; Ed25519 has its own. */
function algorithmOf({ asymmetricKeyType: type, asymmetricKeyDetails }: KeyObject, name: string): string | null {
  if (type === "ed25519") return null;
  if (type === "rsa") return "sha256";
  const curve = type === "ec" ? asymmetricKeyDetails?.namedCurve : undefined;
  const digest = curve === undefined ? undefined : curveDigests[curve];
  if (digest !== undefined) return digest;
  throw new OciError(
    "bad-key",
    `${name} is a key of the type ${curve ?? type}, wanted ECDSA (P-256, 384, 521), RSA or Ed25519`,
  );
}

const curveDigests: Readonly<Record<string, string>> = {
  prime256v1: "sha256",
  secp384r1: "sha384",
  secp521r1: "sha512",
};

/** Bounds on what a key file may make scrypt do; cosign writes N = 65536, r = 8, p = 1. */
const maxScrypt = { cost: 1 << 20, blockSize: 32, parallelization: 16 };

/** Decrypts cosign's own form: scrypt, and NaCl's secretbox around PKCS #8. */
async function decrypt(body: string, password: string): Promise<Buffer> {
  const envelope = parseJson(Buffer.from(body, "base64"));
  const kdf = memberOf(envelope, "kdf");
  const params = memberOf(kdf, "params");
  const cost = {
    cost: Number(memberOf(params, "N")),
    blockSize: Number(memberOf(params, "r")),
    parallelization: Number(memberOf(params, "p")),
  };
  const bytesOf = (value: JsonValue | undefined): Buffer => Buffer.from(String(value), "base64");
  const isKnown =
    memberOf(kdf, "name") === "scrypt" && memberOf(memberOf(envelope, "cipher"), "name") === "nacl/secretbox";
  if (
    !isKnown ||
    cost.cost > maxScrypt.cost ||
    cost.blockSize > maxScrypt.blockSize ||
    cost.parallelization > maxScrypt.parallelization
  ) {
    throw new TypeError("the key is encrypted in an unknown way");
  }
  const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);
  const key = await derive(password, bytesOf(memberOf(kdf, "salt")), 32, { ...cost, maxmem: 2 ** 31 });
  const { xsalsa20poly1305 } = await import("@noble/ciphers/salsa.js");
  const box = xsalsa20poly1305(key, bytesOf(memberOf(memberOf(envelope, "cipher"), "nonce")));
  return Buffer.from(box.decrypt(bytesOf(memberOf(envelope, "ciphertext"))));
}

function memberOf(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return isJsonObject(value) ? value[key] : undefined;
}
