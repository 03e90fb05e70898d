import { createMasker } from "../apply/index.js";
import { isJsonObject, type JsonValue } from "../json/index.js";
import { isSecret, type KubeObject } from "../object/index.js";
import type { RenderedBundle } from "../plan/index.js";

/** The objects of a bundle that hold something secret in clear: Secrets with data, and what came from the runtime anywhere. */
export function secretsInClear({ instances, secrets }: RenderedBundle): KubeObject[] {
  const { holdsSecret } = createMasker(secrets);
  return instances
    .flatMap(({ objects }) => objects)
    .filter(
      (object) => (isSecret(object) && valuesOf(object).length > 0 && !isEncrypted(object)) || holdsSecret(object),
    );
}

/** Whether SOPS has encrypted a Secret: with `ENC[…]` in place of every value, and a block `sops` that says how to read them. */
export function isEncrypted(object: KubeObject): boolean {
  return isSecret(object) && isJsonObject(object.sops) && valuesOf(object).every(isEncryptedValue);
}

function valuesOf({ data, stringData }: KubeObject): JsonValue[] {
  return [data, stringData].flatMap((part) => (isJsonObject(part) ? Object.values(part) : []));
}

function isEncryptedValue(value: JsonValue): boolean {
  return typeof value === "string" && /^ENC\[[^\]]+\]$/.test(value);
}
