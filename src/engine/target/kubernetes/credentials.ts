import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { TargetError } from "../errors.js";
import { checkHeader } from "./check-header.js";
import { runExecPlugin } from "./exec-plugin.js";
import { textAt, valueAt } from "./fields.js";
import type { KubeconfigEntry } from "./kubeconfig.js";
import { entryPath, entryText } from "./kubeconfig.js";

/** What proves who we are: headers for every request, a client certificate for the connection. */
export type Proof = Readonly<{ headers: Readonly<Record<string, string>>; cert?: string; key?: string }>;

/** A source of proofs. `current` is asked before each request, and after a 401 once more with `renew`. */
export type Credentials = Readonly<{ current(renew: boolean): Promise<Proof> }>;

/** What an exec plugin is told, and whether it may ask its user something. */
export type ExecSurroundings = Readonly<{
  env: Readonly<Record<string, string | undefined>>;
  interactive: boolean;
  now: () => number;
  /** The cluster as `KUBERNETES_EXEC_INFO` describes it. */
  cluster: Readonly<Record<string, string | boolean>>;
}>;

/** What flags say in place of the kubeconfig's user. */
export type CredentialOverrides = Readonly<{
  token?: string | undefined;
  clientCertificate?: string | undefined;
  clientKey?: string | undefined;
}>;

/** How long a token file's text is used before it is read again: kubelets rotate them long before they end. */
const tokenFileLifetimeMs = 60_000;
/** An exec plugin's credential is renewed this long before it ends. */
const expiryMarginMs = 10_000;

/**
 * The credentials of a kubeconfig user, in the order in which kubectl prefers them: a token, a token file, a name with a
 * password, an exec plugin; a client certificate goes along with any of them.
 *
 * @param overrides What takes the place of the user's own: a token, the files of a client certificate and its key
 * @throws {TargetError} `bad-kubeconfig` for what kubectl no longer supports either, or for files that cannot be read
 */
export async function credentialsOf(
  user: KubeconfigEntry | undefined,
  overrides: CredentialOverrides,
  surroundings: ExecSurroundings,
): Promise<Credentials> {
  const { token } = overrides;
  const certificate = await clientCertificate(user, overrides);
  const fixed = (headers: Record<string, string>): Credentials => ({
    current: async () => ({ ...certificate, headers }),
  });
  const tokenFile = token === undefined ? entryPath(user, "tokenFile") : "";
  if (tokenFile !== "") {
    const readToken = rereadFile(tokenFile, surroundings.now);
    const headers = async (renew: boolean) => bearer(await readToken(renew), `tokenFile ${tokenFile}`);
    return { current: async (renew) => ({ ...certificate, headers: await headers(renew) }) };
  }
  if (token) return fixed(bearer(token, "--kube-token"));
  const ownToken = token ?? entryText(user, "token");
  if (ownToken !== "") return fixed(bearer(ownToken, of(user, "token")));
  const username = entryText(user, "username");
  if (username !== "") {
    const pair = Buffer.from(`${username}:${entryText(user, "password")}`).toString("base64");
    return fixed({ Authorization: `Basic ${pair}` });
  }
  if (valueAt(user?.fields, "exec") && user !== undefined) return execCredentials(user, certificate, surroundings);
  return fixed(authProviderHeaders(user));
}

function bearer(token: string, what: string): Record<string, string> {
  const value = `Bearer ${token.trim()}`;
  checkHeader("Authorization", value, what);
  return { Authorization: value };
}

/** What messages call a part of a user. */
function of(user: KubeconfigEntry | undefined, part: string): string {
  return user === undefined ? part : `kubeconfig ${user.file}: user "${user.name}": ${part}`;
}

async function clientCertificate(
  user: KubeconfigEntry | undefined,
  overrides: CredentialOverrides,
): Promise<{ cert?: string; key?: string }> {
  const part = (field: "client-certificate" | "client-key", path: string | undefined) =>
    path === undefined ? dataOrFile(user, field) : readNamedFile(resolve(path), `--kube-${field}`);
  const cert = await part("client-certificate", overrides.clientCertificate);
  const key = await part("client-key", overrides.clientKey);
  if (cert !== undefined && key !== undefined) return { cert, key };
  if (overrides.clientCertificate === undefined && overrides.clientKey === undefined) return {};
  const [given, missing] = cert === undefined ? ["key", "certificate"] : ["certificate", "key"];
  throw new TargetError("bad-kubeconfig", `--kube-client-${given} also needs --kube-client-${missing}`);
}

/** The PEM text of `FIELD-data` (base64), or of the file that `FIELD` names. */
export async function dataOrFile(entry: KubeconfigEntry | undefined, field: string): Promise<string | undefined> {
  const data = entryText(entry, `${field}-data`);
  if (data !== "") return Buffer.from(data, "base64").toString("utf8");
  const path = entryPath(entry, field);
  return path === "" ? undefined : readNamedFile(path, field);
}

/** The text of a file that a kubeconfig or a flag names. */
export async function readNamedFile(path: string, role: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new TargetError("bad-kubeconfig", `${role} ${path} cannot be read: ${reason}`, { cause: error });
  }
}

function rereadFile(path: string, now: () => number): (renew: boolean) => Promise<string> {
  let text = "";
  let readAt = Number.NEGATIVE_INFINITY;
  return async (renew) => {
    if (renew || now() - readAt > tokenFileLifetimeMs) {
      text = (await readNamedFile(path, "tokenFile")).trim();
      readAt = now();
    }
    return text;
  };
}

function execCredentials(
  user: KubeconfigEntry,
  certificate: { cert?: string; key?: string },
  surroundings: ExecSurroundings,
): Credentials {
  let last: { proof: Promise<Proof>; endsAt: number } | undefined;
  return {
    current: (renew) => {
      if (last !== undefined && !renew && surroundings.now() < last.endsAt - expiryMarginMs) return last.proof;
      // Concurrent requests share one run of the plugin; a failed run is not kept.
      const entry = { proof: Promise.resolve<Proof>({ headers: {} }), endsAt: Number.POSITIVE_INFINITY };
      entry.proof = runExecPlugin(user, surroundings).then(
        ({ token, cert, key, endsAt }) => {
          entry.endsAt = endsAt;
          const own = cert === undefined || key === undefined ? certificate : { cert, key };
          return { ...own, headers: token === undefined ? {} : bearer(token, of(user, "the plugin's token")) };
        },
        (error: unknown) => {
          if (last === entry) last = undefined;
          throw error;
        },
      );
      last = entry;
      return entry.proof;
    },
  };
}

/** The id token of an `oidc` auth-provider; the cloud providers are gone from kubectl since 1.26. */
function authProviderHeaders(user: KubeconfigEntry | undefined): Record<string, string> {
  const name = textAt(user?.fields, "auth-provider", "name");
  if (name === "" || user === undefined) return {};
  const idToken = textAt(user.fields, "auth-provider", "config", "id-token");
  if (name === "oidc" && idToken !== "") return bearer(idToken, of(user, "id-token"));
  throw new TargetError(
    "bad-kubeconfig",
    `kubeconfig ${user.file}: user "${user.name}" uses the auth-provider "${name}", which is not supported; use an exec plugin`,
  );
}
