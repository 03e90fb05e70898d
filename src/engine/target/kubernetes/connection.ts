import { access, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { TargetError } from "../errors.js";
import { checkHeader } from "./check-header.js";
import { type Credentials, credentialsOf, dataOrFile, readNamedFile } from "./credentials.js";
import { textsAt, valueAt } from "./fields.js";
import { entryText, type Kubeconfig, type KubeconfigEntry, kubeconfigPaths, loadKubeconfig } from "./kubeconfig.js";
import { proxyFor } from "./proxy.js";

/** What the `--kube-*` flags say; each takes the place of what the kubeconfig says. */
export type ConnectionOverrides = Readonly<{
  /** The one kubeconfig file to read. */
  kubeconfig?: string | undefined;
  context?: string | undefined;
  cluster?: string | undefined;
  user?: string | undefined;
  server?: string | undefined;
  token?: string | undefined;
  /** Whom to act as, and in which groups. */
  as?: string | undefined;
  asGroup?: readonly string[] | undefined;
  asUid?: string | undefined;
  /** A file of certificates in PEM form. */
  certificateAuthority?: string | undefined;
  /** Files of the client's certificate and its key in PEM form. */
  clientCertificate?: string | undefined;
  clientKey?: string | undefined;
  insecureSkipTlsVerify?: boolean | undefined;
  tlsServerName?: string | undefined;
  namespace?: string | undefined;
  requestTimeoutMs?: number | undefined;
}>;

/** The surroundings of a connection, passed in. */
export type ConnectionOptions = Readonly<{
  env: Readonly<Record<string, string | undefined>>;
  /** The home folder: `.kube/config` is looked for in it. */
  home: string;
  overrides?: ConnectionOverrides;
  /** Whether a credential plugin may ask its user on the terminal; false unless given. */
  interactive?: boolean;
  /** Milliseconds since the epoch; the system's clock unless given. */
  now?: () => number;
  /** Where a pod finds its service account; the usual folder unless given. */
  serviceAccountDir?: string;
}>;

/** How to reach one API server, and as whom. */
export type Connection = Readonly<{
  /** `context kind-dev (https://127.0.0.1:6443)`, for messages. */
  description: string;
  /** Its path, if any, is a prefix of every request's path. */
  server: URL;
  /** The namespace of the context, `default` unless given. */
  namespace: string;
  tls: Readonly<{ ca: string | undefined; serverName: string | undefined; insecure: boolean }>;
  proxy: URL | undefined;
  credentials: Credentials;
  /** Impersonation. */
  headers: Readonly<Record<string, string | string[]>>;
  requestTimeoutMs: number | undefined;
}>;

/**
 * Finds the API server as kubectl does: flags, then kubeconfig files, then the service account of the pod we run in.
 *
 * @throws {TargetError} `no-kubeconfig` where nothing says which cluster, `bad-kubeconfig` where it cannot be understood
 */
export async function resolveConnection(options: ConnectionOptions): Promise<Connection> {
  const overrides = options.overrides ?? {};
  const places = { env: options.env, home: options.home, explicitPath: overrides.kubeconfig };
  const config = await loadKubeconfig(places);
  if (config === undefined && overrides.server === undefined) {
    const inCluster = await tryInCluster(options);
    if (inCluster !== undefined) return inCluster;
    throw noKubeconfig(kubeconfigPaths(places), options.env);
  }

  const context = config === undefined ? undefined : chooseContext(config, overrides);
  const cluster = chooseEntry(config, "clusters", overrides.cluster ?? entryText(context, "cluster"), context);
  const user = chooseEntry(config, "users", overrides.user ?? entryText(context, "user"), context);
  const server = parseServer(overrides.server ?? entryText(cluster, "server"), cluster);
  const insecure = overrides.insecureSkipTlsVerify ?? cluster?.fields["insecure-skip-tls-verify"] === true;
  const ca =
    overrides.certificateAuthority === undefined
      ? await dataOrFile(cluster, "certificate-authority")
      : await readNamedFile(resolve(overrides.certificateAuthority), "certificate authority");
  const serverName = overrides.tlsServerName ?? (entryText(cluster, "tls-server-name") || undefined);
  return {
    description: `${context === undefined ? "server" : `context ${context.name}`} (${displayUrl(server)})`,
    server,
    namespace: overrides.namespace ?? (entryText(context, "namespace") || "default"),
    tls: { ca: insecure ? undefined : ca, serverName, insecure },
    proxy: proxyFor(server, entryText(cluster, "proxy-url"), options.env),
    credentials: await credentialsOf(user, overrides, {
      env: options.env,
      interactive: options.interactive ?? false,
      now: options.now ?? Date.now,
      cluster: {
        server: displayUrl(server),
        "insecure-skip-tls-verify": insecure,
        ...(serverName === undefined ? {} : { "tls-server-name": serverName }),
        ...(ca === undefined || insecure ? {} : { "certificate-authority-data": Buffer.from(ca).toString("base64") }),
      },
    }),
    headers: impersonation(user, overrides),
    requestTimeoutMs: overrides.requestTimeoutMs,
  };
}

function noKubeconfig(paths: readonly string[], env: ConnectionOptions["env"]): TargetError {
  const looked = env.KUBECONFIG
    ? `KUBECONFIG names ${paths.join(", ")}`
    : `KUBECONFIG is not set, no ${paths.join(", ")}`;
  return new TargetError(
    "no-kubeconfig",
    `no kubeconfig found (${looked}): set KUBECONFIG or pass --kubeconfig FILE; ` +
      "--target dir:PATH needs no cluster, it writes the objects into a folder",
  );
}

function chooseContext(config: Kubeconfig, overrides: ConnectionOverrides): KubeconfigEntry | undefined {
  const name = overrides.context ?? config.currentContext;
  const found = config.contexts.get(name);
  if (found !== undefined) return found;
  const whole = overrides.cluster !== undefined || overrides.server !== undefined;
  if (overrides.context === undefined && name === "" && whole) return undefined;
  const known = [...config.contexts.keys()].sort();
  const choice = known.length === 0 ? "it has no contexts" : `choose one of: ${known.join(", ")}`;
  const where = config.files.join(", ");
  throw new TargetError(
    "bad-kubeconfig",
    name === ""
      ? `kubeconfig ${where} has no current-context; set it or pass --kube-context (${choice})`
      : `kubeconfig ${where} has no context "${name}"; ${choice}`,
  );
}

function chooseEntry(
  config: Kubeconfig | undefined,
  list: "clusters" | "users",
  name: string,
  context: KubeconfigEntry | undefined,
): KubeconfigEntry | undefined {
  if (config === undefined || name === "") return undefined;
  const found = config[list].get(name);
  if (found !== undefined) return found;
  const known = [...config[list].keys()].sort().join(", ");
  const by = context === undefined ? "" : ` (of context "${context.name}")`;
  throw new TargetError(
    "bad-kubeconfig",
    `kubeconfig ${config.files.join(", ")} has no ${list.slice(0, -1)} "${name}"${by}; it has: ${known || "none"}`,
  );
}

function parseServer(text: string, cluster: KubeconfigEntry | undefined): URL {
  const where = cluster === undefined ? "" : `kubeconfig ${cluster.file}: cluster "${cluster.name}": `;
  if (text === "") throw new TargetError("bad-kubeconfig", `${where}no server is given`);
  const url = /^https?:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(url)) throw new TargetError("bad-kubeconfig", `${where}server "${text}" is not a URL`);
  return new URL(url);
}

/** A URL for messages: no user, no password, no slash at the end. */
function displayUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/$/, "")}`;
}

function impersonation(user: KubeconfigEntry | undefined, overrides: ConnectionOverrides): Connection["headers"] {
  const headers = impersonationHeaders(user, overrides);
  for (const [name, values] of Object.entries(headers))
    for (const value of [values].flat()) checkHeader(name, value, `the impersonation header ${name}`);
  return headers;
}

function impersonationHeaders(
  user: KubeconfigEntry | undefined,
  overrides: ConnectionOverrides,
): Connection["headers"] {
  const name = overrides.as ?? entryText(user, "as");
  const groups = overrides.asGroup ?? textsAt(user?.fields, "as-groups");
  if (name === "") {
    if (groups.length === 0 && overrides.asUid === undefined) return {};
    const part = groups.length > 0 ? "in a group" : "under a UID";
    throw new TargetError("bad-kubeconfig", `to act ${part}, also say as whom (--kube-as)`);
  }
  const headers: Record<string, string | string[]> = { "Impersonate-User": name };
  if (groups.length > 0) headers["Impersonate-Group"] = [...groups];
  const uid = overrides.asUid ?? (overrides.as === undefined ? entryText(user, "as-uid") : "");
  if (uid !== "") headers["Impersonate-Uid"] = uid;
  if (overrides.as !== undefined) return headers;
  const extra = valueAt(user?.fields, "as-user-extra");
  for (const key of Object.keys(typeof extra === "object" && extra !== null ? extra : {}))
    headers[`Impersonate-Extra-${encodeURIComponent(key)}`] = textsAt(extra, key);
  return headers;
}

/** The API server of the cluster that we run in, as a pod finds it; undefined outside of one. */
async function tryInCluster(options: ConnectionOptions): Promise<Connection | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = options.env;
  const folder = options.serviceAccountDir ?? "/var/run/secrets/kubernetes.io/serviceaccount";
  const tokenFile = join(folder, "token");
  if (!host || !port || !(await exists(tokenFile))) return undefined;
  const server = new URL(`https://${host.includes(":") ? `[${host}]` : host}:${port}`);
  const overrides = options.overrides ?? {};
  const user: KubeconfigEntry = { name: "service account", file: tokenFile, fields: { tokenFile } };
  return {
    description: `the cluster of this pod (${displayUrl(server)})`,
    server,
    namespace: overrides.namespace ?? (await readFile(join(folder, "namespace"), "utf8").catch(() => "default")).trim(),
    tls: {
      ca: await readNamedFile(join(folder, "ca.crt"), "certificate authority"),
      serverName: undefined,
      insecure: false,
    },
    proxy: proxyFor(server, "", options.env),
    credentials: await credentialsOf(user, overrides, {
      env: options.env,
      interactive: false,
      now: options.now ?? Date.now,
      cluster: {},
    }),
    headers: impersonation(undefined, overrides),
    requestTimeoutMs: overrides.requestTimeoutMs,
  };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
