import { UsageError } from "../usage-error.js";
import { grouped } from "./grouped.js";

/** For every command that may speak with a registry. */
export const registryOptions = grouped("Registry:", {
  "registry-insecure": { type: "boolean", default: false, describe: "Speak plain HTTP to registries" },
  "registry-ca": {
    type: "string",
    requiresArg: true,
    describe: "File of certificate authorities (PEM) to trust beside the usual ones",
  },
});

/** For commands that speak with one registry; others take what `registry login` keeps. */
export const credsOption = grouped("Registry:", {
  creds: {
    type: "string",
    requiresArg: true,
    describe: "Credentials for the registry, USER[:PASSWORD]; else those of registry login (or docker login)",
  },
});

const cosignKeyOption = { alias: "key", type: "string", requiresArg: true } as const;

/** Timoni names a provider of signatures; there is one. */
function signatureProvider(flag: string) {
  return (value: string): "cosign" => {
    if (value === "" || value === "cosign") return "cosign";
    throw new UsageError(`${flag}: expected cosign or nothing, not ${JSON.stringify(value)}`);
  };
}

export const signOptions = grouped("Signature:", {
  sign: {
    type: "string",
    coerce: signatureProvider("--sign"),
    describe: "Sign as cosign does with a key, before a tag is set",
  },
  "cosign-key": {
    ...cosignKeyOption,
    describe: "File of the private key (PEM); the password of an encrypted one is taken from COSIGN_PASSWORD",
  },
});

/** For what takes modules, too: `--cosign-key` says there by whom these are signed. */
export const bundleSignOptions = grouped("Signature:", {
  sign: signOptions.sign,
  "sign-key": { type: "string", requiresArg: true, describe: signOptions["cosign-key"].describe },
});

export const verifyOptions = grouped("Signature:", {
  verify: {
    type: "string",
    coerce: signatureProvider("--verify"),
    describe: "Take only what is signed with the key",
  },
  "cosign-key": { ...cosignKeyOption, describe: "File of the public key (PEM)" },
});
