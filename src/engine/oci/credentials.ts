import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, type JsonObject, type JsonValue } from "../json/index.js";
import { OciError } from "./errors.js";
import { parseJson } from "./manifest.js";

/** What a registry knows a user by: a name and a password, or a token that buys others. */
export type Credentials =
  | Readonly<{ kind: "basic"; username: string; password: string }>
  | Readonly<{ kind: "identity-token"; token: string }>;

/**
 * Finds the credentials for a host, or undefined for none. It is asked when a registry wants to know who is there, once
 * for each host.
 */
export type CredentialSource = (host: string) => Promise<Credentials | undefined>;

/** Runs a program with a text on its standard input, and gives what it printed. A test passes its own. */
export type RunHelper = (program: string, args: readonly string[], input: string) => Promise<HelperResult>;
export type HelperResult = Readonly<{ exitCode: number; stdout: string }>;

export type DockerCredentialOptions = Readonly<{
  /** `DOCKER_CONFIG` names the folder of config.json, `HOME` (`USERPROFILE`) the one that holds `.docker`. */
  env: Readonly<Record<string, string | undefined>>;
  runHelper?: RunHelper;
}>;

/** Where Docker's hub is known by other names: in config.json, and as an API. */
const hub = { names: ["docker.io", "index.docker.io", "registry-1.docker.io"], key: "https://index.docker.io/v1/" };

/** Credentials as text, `user:password`: for the `--creds` option. Only a user is a password that is empty. */
export function parseCredentials(text: string): Credentials {
  const colon = text.indexOf(":");
  const username = colon < 0 ? text : text.slice(0, colon);
  if (username === "") throw new OciError("bad-credentials", "Credentials must be written as user:password");
  return { kind: "basic", username, password: colon < 0 ? "" : text.slice(colon + 1) };
}

/**
 * The credentials that `docker login` and its like keep: `credHelpers`, then `credsStore`, then `auths` of config.json. The file is
 * read when first asked; one that does not exist means no credentials.
 */
export function dockerCredentials(options: DockerCredentialOptions): CredentialSource {
  const runHelper = options.runHelper ?? spawnHelper(options.env);
  let config: Promise<DockerConfig> | undefined;
  return async (host) => {
    config ??= readDockerConfig(options.env);
    const { path, auths } = await config;
    const keys = keysOf(host);
    const helper = helperFor(await config, ...keys);
    const found = helper && (await askHelper(helper, keys, runHelper));
    if (found) return found;
    for (const key of keys) {
      const entry = Object.hasOwn(auths, key) ? auths[key] : undefined;
      if (isJsonObject(entry)) return readAuth(entry, key, path);
    }
    return undefined;
  };
}

/** Docker's config.json, as far as it is about credentials. `whole` is all of it; `path` is empty without a home. */
export type DockerConfig = Readonly<{
  path: string;
  whole: JsonObject;
  auths: JsonObject;
  credHelpers: JsonObject;
  credsStore: JsonValue | undefined;
}>;

/** The name of the helper that keeps the credentials of the first of the keys that has one, if not the file does. */
export function helperFor({ credHelpers, credsStore }: DockerConfig, ...keys: readonly string[]): string | undefined {
  const helper = keys.map((key) => credHelpers[key]).find((name) => name !== undefined) ?? credsStore;
  return typeof helper === "string" && helper !== "" ? helper : undefined;
}

export async function readDockerConfig(env: DockerCredentialOptions["env"]): Promise<DockerConfig> {
  const home = env.HOME ?? env.USERPROFILE;
  const dir = env.DOCKER_CONFIG || (home === undefined ? undefined : join(home, ".docker"));
  const path = dir === undefined ? "" : join(dir, "config.json");
  const empty = { path, whole: {}, auths: {}, credHelpers: {}, credsStore: undefined };
  if (dir === undefined) return empty;
  const bytes = await readFile(path).catch((cause: unknown) => {
    if (cause instanceof Error && "code" in cause && (cause.code === "ENOENT" || cause.code === "ENOTDIR"))
      return undefined;
    throw new OciError("bad-credentials", `Cannot read registry credentials from ${path}`, { cause });
  });
  if (bytes === undefined) return empty;
  const config = parseJson(bytes);
  if (!isJsonObject(config))
    throw new OciError("bad-credentials", `${path} is not a JSON object; it is Docker's file of registry credentials`);
  const objectAt = (key: string): JsonObject => {
    const value = config[key];
    return isJsonObject(value) ? value : {};
  };
  const { credsStore } = config;
  return { path, whole: config, auths: objectAt("auths"), credHelpers: objectAt("credHelpers"), credsStore };
}

/** The keys under which config.json may know a host, the most exact one first. */
export function keysOf(host: string): string[] {
  if (hub.names.includes(host)) return [hub.key, ...hub.names];
  return [host, `https://${host}`, `https://${host}/`, `http://${host}`, `https://${host}/v1/`, `https://${host}/v2/`];
}

function readAuth(entry: JsonObject, key: string, path: string): Credentials | undefined {
  const { auth, identitytoken, username, password } = entry;
  if (typeof identitytoken === "string" && identitytoken !== "")
    return { kind: "identity-token", token: identitytoken };
  if (typeof auth === "string" && auth !== "") {
    const text = Buffer.from(auth, "base64").toString("utf8").replace(/\0+$/, "");
    const colon = text.indexOf(":");
    if (colon <= 0)
      throw new OciError("bad-credentials", `${path}: auths["${key}"].auth is not the base64 form of user:password`);
    return { kind: "basic", username: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  if (typeof username === "string" && typeof password === "string") return { kind: "basic", username, password };
  return undefined;
}

async function askHelper(name: string, keys: readonly string[], run: RunHelper): Promise<Credentials | undefined> {
  const program = `docker-credential-${name}`;
  const [key = ""] = keys;
  if (!/^[A-Za-z0-9._-]+$/.test(name))
    throw new OciError("bad-credentials", `"${name}" is not the name of a credential helper`);
  const { exitCode, stdout } = await run(program, ["get"], key).catch((cause: unknown) => {
    throw new OciError(
      "bad-credentials",
      `Cannot run ${program}, which Docker's config.json names for ${key}; is it installed?`,
      { cause },
    );
  });
  if (exitCode !== 0) {
    // The protocol's only way to say that there is nothing is this sentence (docker-credential-helpers, credentials/error.go).
    if (/credentials not found/i.test(stdout)) return undefined;
    throw new OciError("bad-credentials", `${program} get failed for ${key} (exit code ${exitCode})`);
  }
  const answer = parseJson(new TextEncoder().encode(stdout));
  if (!isJsonObject(answer) || typeof answer.Username !== "string" || typeof answer.Secret !== "string") {
    throw new OciError(
      "bad-credentials",
      `${program} get gave something else than an object with Username and Secret for ${key}`,
    );
  }
  const { Username: username, Secret: password } = answer;
  return username === "<token>" ? { kind: "identity-token", token: password } : { kind: "basic", username, password };
}

export function spawnHelper(env: DockerCredentialOptions["env"]): RunHelper {
  return (program, args, input) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, args, { env, stdio: ["pipe", "pipe", "ignore"], timeout: 30_000 });
      const output: Buffer[] = [];
      child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
      child.on("error", reject);
      child.on("close", (code) => resolve({ exitCode: code ?? -1, stdout: Buffer.concat(output).toString("utf8") }));
      child.stdin.on("error", () => undefined); // a helper that ends without reading says the rest by its exit code
      child.stdin.end(input);
    });
}
