import { chmod, realpath } from "node:fs/promises";
import type { JsonObject } from "../json/index.js";
import { writeWhole } from "./content-cache.js";
import {
  type DockerCredentialOptions,
  helperFor,
  keysOf,
  type RunHelper,
  readDockerConfig,
  spawnHelper,
} from "./credentials.js";
import { OciError } from "./errors.js";

/** Where credentials were put, or taken from: the path of config.json, or the name of the helper program. */
export type KeptIn = string;

/**
 * Keeps credentials for a registry where Docker and its like find them: with the helper that config.json names, else in
 * config.json itself, whose other entries stay and which nobody else may read.
 *
 * @throws {OciError} `bad-credentials` when they cannot be kept
 */
export async function saveLogin(
  host: string,
  { username, password }: Readonly<{ username: string; password: string }>,
  options: DockerCredentialOptions,
): Promise<KeptIn> {
  const config = await readDockerConfig(options.env);
  const [key = host] = keysOf(host);
  const helper = helperFor(config, key);
  if (helper !== undefined) {
    const entry = { ServerURL: key, Username: username, Secret: password };
    await runHelper(helper, "store", JSON.stringify(entry), options);
    return `docker-credential-${helper}`;
  }
  const auth = Buffer.from(`${username}:${password}`, "utf8").toString("base64");
  await writeConfig(config.path, { ...config.whole, auths: { ...config.auths, [key]: { auth } } });
  return config.path;
}

/**
 * Forgets the credentials for a registry.
 *
 * @returns Where they were; undefined where there were none
 */
export async function removeLogin(host: string, options: DockerCredentialOptions): Promise<KeptIn | undefined> {
  const config = await readDockerConfig(options.env);
  const keys = keysOf(host);
  const helper = helperFor(config, keys[0] ?? host);
  if (helper !== undefined) await runHelper(helper, "erase", keys[0] ?? host, options);
  const known = keys.filter((key) => Object.hasOwn(config.auths, key));
  if (known.length === 0) return helper === undefined ? undefined : `docker-credential-${helper}`;
  const auths = Object.fromEntries(Object.entries(config.auths).filter(([key]) => !known.includes(key)));
  await writeConfig(config.path, { ...config.whole, auths });
  return config.path;
}

async function runHelper(
  name: string,
  action: "store" | "erase",
  input: string,
  { env, runHelper: run = spawnHelper(env) }: { env: DockerCredentialOptions["env"]; runHelper?: RunHelper },
): Promise<void> {
  const program = `docker-credential-${name}`;
  const { exitCode } = await run(program, [action], input).catch((cause: unknown) => {
    throw new OciError("bad-credentials", `Cannot run ${program}, which Docker's config.json names`, { cause });
  });
  if (exitCode === 0 || action === "erase") return; // a helper that knows nothing has nothing to erase
  throw new OciError("bad-credentials", `${program} ${action} failed (exit code ${exitCode})`);
}

/** Writes config.json with mode 0600 by a rename; a link to it stays a link. */
async function writeConfig(path: string, config: JsonObject): Promise<void> {
  if (path === "")
    throw new OciError("bad-credentials", "There is no home folder to keep credentials in; set DOCKER_CONFIG");
  const target = await realpath(path).catch(() => path);
  try {
    await writeWhole(target, `${JSON.stringify(config, null, "\t")}\n`, 0o600);
    await chmod(target, 0o600);
  } catch (cause) {
    throw new OciError("bad-credentials", `Cannot write registry credentials to ${path}`, { cause });
  }
}
