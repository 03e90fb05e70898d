import { isJsonObject, type JsonValue } from "../json/index.js";
import { hexOf } from "./digest.js";
import { type Descriptor, parseJson } from "./manifest.js";
import type { PublicKey } from "./signing-key.js";

const artifactTypePattern = /^application\/vnd\.dev\.sigstore\.bundle(?:[.+]|$)/;
const statementType = "application/vnd.in-toto+json";
const predicateType = "https://sigstore.dev/cosign/sign/v1";

/** Tells a sigstore bundle, by the type of its artifact in a list or by its own media type. */
export function isBundle({ artifactType, mediaType }: Descriptor): boolean {
  return artifactTypePattern.test(artifactType ?? mediaType);
}

/**
 * Whether a sigstore bundle (https://github.com/sigstore/protobuf-specs) is a signature of the content of a digest by a key, as
 * cosign writes it: an in-toto statement about the digest in a signed DSSE envelope. What a transparency log says of it does not
 * count: the key alone decides.
 */
export function isSignedBundle(bytes: Uint8Array, digest: string, key: PublicKey): boolean {
  const envelope = memberOf(parseJson(bytes), "dsseEnvelope");
  const payload = Buffer.from(textOf(memberOf(envelope, "payload")), "base64");
  const signatures = memberOf(envelope, "signatures");
  if (memberOf(envelope, "payloadType") !== statementType || !Array.isArray(signatures)) return false;
  const statement = parseJson(payload);
  const subjects = memberOf(statement, "subject");
  const isAbout = (subject: JsonValue) => memberOf(memberOf(subject, "digest"), "sha256") === hexOf(digest);
  if (memberOf(statement, "predicateType") !== predicateType || !Array.isArray(subjects) || !subjects.some(isAbout)) {
    return false;
  }
  // What is signed (https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md).
  const signed = Buffer.concat([
    Buffer.from(`DSSEv1 ${statementType.length} ${statementType} ${payload.length} `),
    payload,
  ]);
  return signatures.some((each) => key.verify(signed, Buffer.from(textOf(memberOf(each, "sig")), "base64")));
}

function memberOf(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return isJsonObject(value) ? value[key] : undefined;
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}
