import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { cluster, type RunResult } from "./cluster.js";
import { users } from "./control-plane/start.js";

/**
 * At which request of a run it is killed, from 0: before the API server has heard of it, or when it has answered. `signal` is
 * sent instead of SIGKILL; then the run goes on as it likes.
 */
export type Kill = Readonly<{ request: number; after: boolean; signal?: "SIGINT" | "SIGTERM" }>;

/** A run of the command behind the proxy. `requests` are those that the API server heard. */
export type ProxiedRun = RunResult & Readonly<{ requests: readonly string[]; killed: boolean }>;

export type KillProxy = Readonly<{
  /** Runs `sheaf` as a child process; SIGKILL ends it at the request that `kill` names. One run at a time. */
  run(args: readonly string[], kill?: Kill): Promise<ProxiedRun>;
  close(): Promise<void>;
}>;

/** Starts a proxy in front of the API server, for runs that are to be killed at one of their requests. */
export async function startKillProxy(): Promise<KillProxy> {
  const dir = await mkdtemp(join(cluster.dataDir, "kill-proxy-"));
  const agent = new Agent({ ca: readFileSync(cluster.caFile), keepAlive: true });
  let requests: string[] = [];
  let kill: Kill | undefined;
  let killed = false;
  let send = (_signal: NodeJS.Signals): void => undefined;

  const die = () => {
    killed = true;
    send("SIGKILL");
  };
  const forward = (incoming: IncomingMessage, answer: ServerResponse) => {
    if (killed) return;
    const index = requests.push(`${incoming.method} ${incoming.url}`) - 1;
    if (kill?.request === index && kill.signal !== undefined) send(kill.signal);
    const isLast = kill?.request === index && kill.signal === undefined;
    if (isLast && kill?.after === false) return die();
    const { method, headers } = incoming;
    const outgoing = request(`${cluster.server}${incoming.url}`, { method, headers, agent }, (heard) => {
      // A watch has no end: that it is there is its answer.
      if (isLast) return incoming.url?.includes("watch=") ? die() : void heard.resume().once("end", die);
      answer.writeHead(heard.statusCode ?? 502, heard.headers);
      heard.pipe(answer);
      answer.once("close", () => heard.destroy());
    });
    outgoing.on("error", () => answer.destroy());
    incoming.pipe(outgoing);
  };
  const server = createServer(forward);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  server.unref();
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  const kubeconfig = join(dir, "kubeconfig");
  const config = {
    "current-context": "proxied",
    clusters: [{ name: "proxy", cluster: { server: `http://127.0.0.1:${address.port}` } }],
    users: [{ name: "admin", user: { token: users.admin.token } }],
    contexts: [{ name: "proxied", context: { cluster: "proxy", user: "admin" } }],
  };
  await writeFile(kubeconfig, JSON.stringify(config));

  return {
    run(args, at) {
      requests = [];
      kill = at;
      killed = false;
      const env = { PATH: process.env.PATH, HOME: dir, KUBECONFIG: kubeconfig, NO_COLOR: "1" };
      return new Promise((done) => {
        const command = [join(import.meta.dirname, "../../bin/sheaf.js"), ...args];
        const child = execFile(process.execPath, command, { env, timeout: 60_000 }, (_error, stdout, stderr) =>
          done({ code: child.exitCode, stdout, stderr, requests, killed }),
        );
        send = (signal) => child.kill(signal);
      });
    },
    close: () =>
      new Promise((done) => {
        agent.destroy();
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
