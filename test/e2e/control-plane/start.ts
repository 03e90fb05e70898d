import { generateKeyPairSync } from "node:crypto";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Child, startChild, untilUp } from "./child.js";
import { sendRequest } from "./request.js";

/** A running control plane. Everything it writes is below the folder that was given. */
export type ControlPlane = Readonly<{
  /** `https://127.0.0.1:PORT` */
  server: string;
  kubeconfig: string;
  /** PEM of the API server's certificate. */
  caFile: string;
  /** One JSON event a line for each request, as of level Metadata. */
  auditLog: string;
  stop(): Promise<void>;
}>;

/** Who may log in, by token. Only the first one has rights; tests give some to the other. */
export const users = {
  admin: { token: "admin-token", groups: "system:masters" },
  jane: { token: "jane-token", groups: "developers" },
} as const;

/** Starts etcd, the API server and the controller manager on loopback addresses. There is no kubelet: pods need a stand-in to run. */
export async function startControlPlane(binDir: string, dataDir: string, clientCaFile: string): Promise<ControlPlane> {
  const children: Child[] = [];
  const start = (program: string, args: readonly string[]) => {
    const child = startChild(program, join(binDir, program), args, join(dataDir, `${program}.log`));
    children.unshift(child); // stopped in the reverse order
    return child;
  };
  const stop = async () => {
    for (const child of children) await child.stop();
  };
  try {
    const [etcdPort, peerPort, apiPort, managerPort] = await freePorts();
    const files = await writeFiles(dataDir, clientCaFile, apiPort);
    const [etcd, peer] = [`http://127.0.0.1:${etcdPort}`, `http://127.0.0.1:${peerPort}`];
    const server = `https://127.0.0.1:${apiPort}`;

    const store = start("etcd", [
      `--data-dir=${join(dataDir, "etcd")}`,
      "--unsafe-no-fsync",
      `--listen-client-urls=${etcd}`,
      `--advertise-client-urls=${etcd}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      "--log-level=warn",
    ]);
    await untilUp(store, async () => (await fetch(`${etcd}/health`)).ok);
    const api = start("kube-apiserver", [
      `--etcd-servers=${etcd}`,
      `--secure-port=${apiPort}`,
      "--bind-address=127.0.0.1",
      `--cert-dir=${files.certDir}`,
      `--client-ca-file=${files.clientCa}`,
      `--service-account-key-file=${files.accountKey}`,
      `--service-account-signing-key-file=${files.accountKey}`,
      "--service-account-issuer=https://kubernetes.default.svc",
      `--token-auth-file=${files.tokens}`,
      "--authorization-mode=RBAC",
      "--service-cluster-ip-range=10.96.0.0/16",
      "--allow-privileged=true",
      `--audit-policy-file=${files.auditPolicy}`,
      `--audit-log-path=${files.auditLog}`,
      "--shutdown-delay-duration=0s",
    ]);
    await untilUp(api, async () => (await get(server, "/readyz", files.caFile)) === 200);
    const manager = start("kube-controller-manager", [
      `--kubeconfig=${files.kubeconfig}`,
      `--service-account-private-key-file=${files.accountKey}`,
      `--root-ca-file=${files.caFile}`,
      "--use-service-account-credentials=true",
      "--leader-elect=false",
      "--bind-address=127.0.0.1",
      `--secure-port=${managerPort}`,
      "--concurrent-namespace-syncs=20",
      "--resource-quota-sync-period=2s", // quotas of custom resources that came a moment ago
    ]);
    // The account of a namespace is the manager's work: when it is there, the manager is up.
    const account = "/api/v1/namespaces/default/serviceaccounts/default";
    await untilUp(manager, async () => (await get(server, account, files.caFile)) === 200);
    return { server, kubeconfig: files.kubeconfig, caFile: files.caFile, auditLog: files.auditLog, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function writeFiles(dataDir: string, clientCaFile: string, apiPort: number) {
  const file = (name: string) => join(dataDir, name);
  const certDir = file("certificates");
  await mkdir(certDir, { recursive: true });
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  await writeFile(file("account.key"), privateKey.export({ type: "pkcs1", format: "pem" }), { mode: 0o600 });
  await cp(clientCaFile, file("client-ca.pem"));
  const tokens = Object.entries(users).map(([name, { token, groups }]) => `${token},${name},${name},"${groups}"`);
  await writeFile(file("tokens.csv"), `${tokens.join("\n")}\n`, { mode: 0o600 });
  const policy = {
    apiVersion: "audit.k8s.io/v1",
    kind: "Policy",
    omitStages: ["RequestReceived", "ResponseStarted"], // a watch would count twice
    rules: [{ level: "Metadata" }],
  };
  await writeFile(file("audit-policy.json"), JSON.stringify(policy));
  // The API server writes its own certificate here when it starts; both users of the kubeconfig come later than that.
  const caFile = join(certDir, "apiserver.crt");
  const server = `https://127.0.0.1:${apiPort}`;
  const named = Object.entries(users);
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "admin",
    clusters: [{ name: "e2e", cluster: { server, "certificate-authority": caFile } }],
    users: named.map(([name, { token }]) => ({ name, user: { token } })),
    contexts: named.map(([name]) => ({ name, context: { cluster: "e2e", user: name } })),
  };
  await writeFile(file("kubeconfig"), JSON.stringify(kubeconfig, undefined, 2), { mode: 0o600 });
  return {
    certDir,
    caFile,
    clientCa: file("client-ca.pem"),
    accountKey: file("account.key"),
    tokens: file("tokens.csv"),
    auditPolicy: file("audit-policy.json"),
    auditLog: file("audit.log"),
    kubeconfig: file("kubeconfig"),
  };
}

/** The status of a GET as admin. */
async function get(server: string, path: string, caFile: string): Promise<number> {
  const access = { server, ca: await readFile(caFile, "utf8"), token: users.admin.token };
  return (await sendRequest(access, "GET", path)).status;
}

/** Four ports that nobody listens on. All are held until all are known, so that they differ. */
async function freePorts(): Promise<[number, number, number, number]> {
  const one = async () => {
    const holder = createServer();
    await new Promise<void>((done) => holder.listen(0, "127.0.0.1", done));
    const address = holder.address();
    if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
    return { port: address.port, release: () => new Promise((done) => holder.close(done)) };
  };
  const [a, b, c, d] = await Promise.all([one(), one(), one(), one()]);
  await Promise.all([a.release(), b.release(), c.release(), d.release()]);
  return [a.port, b.port, c.port, d.port];
}
