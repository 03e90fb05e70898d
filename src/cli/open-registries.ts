import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { createFetch } from "../engine/network/index.js";
import {
  type CredentialSource,
  dockerCredentials,
  OciError,
  parseCredentials,
  Registries,
  type RegistryOptions,
} from "../engine/oci/index.js";
import type { Context } from "./context.js";
import { FileError } from "./read-sources.js";
import { UsageError } from "./usage-error.js";
import { version } from "./version.js";

/** The options that say how to speak with registries: see `registryOptions` and `credsOption`. */
export type RegistryArgs = Readonly<{
  registryInsecure: boolean;
  registryCa?: string | undefined;
  creds?: string | undefined;
}>;

/** How to speak with registries. What credentials are found is noted as secret. */
export async function registryOptionsOf(args: RegistryArgs, context: Context): Promise<RegistryOptions> {
  const { terminal, env } = context;
  const source = args.creds === undefined ? dockerCredentials({ env: dockerEnv(context) }) : fixed(args.creds);
  return {
    fetch: createFetch({ env, ca: args.registryCa && (await readCa(args.registryCa, context)) }),
    userAgent: `sheaf/${version}`,
    insecure: args.registryInsecure,
    async credentials(host) {
      const found = await source(host);
      if (found !== undefined) terminal.redactor.add(found.kind === "basic" ? found.password : found.token);
      return found;
    },
  };
}

/** Opens registries for a command that names one. */
export async function openRegistries(args: RegistryArgs, context: Context): Promise<Registries> {
  return new Registries(await registryOptionsOf(args, context));
}

/** The environment in which Docker's config.json is found. */
export function dockerEnv({ env }: Context): Record<string, string | undefined> {
  return { ...env, HOME: env.HOME ?? homedir() };
}

function fixed(text: string): CredentialSource {
  try {
    const credentials = parseCredentials(text);
    return async () => credentials;
  } catch (error) {
    if (error instanceof OciError) throw new UsageError(`--creds: ${error.message}`);
    throw error;
  }
}

async function readCa(path: string, { cwd }: Context): Promise<string> {
  return readFile(resolve(cwd, path), "utf8").catch((cause: unknown) => {
    throw new FileError(`--registry-ca ${path}: the file cannot be read`, [], { cause });
  });
}
