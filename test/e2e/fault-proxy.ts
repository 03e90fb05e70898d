import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent, request } from "node:https";
import { cluster } from "./cluster.js";
import { users } from "./control-plane/start.js";

/**
 * What happens to a request: the server never hears of it (`before`), or it does what it is asked, and the answer is lost
 * (`after`). A `status` is answered in its place; `reset` breaks the connection, `hang` never answers, `half` breaks in
 * the middle of the answer, `delayMs` makes it late.
 */
export type Fault = Readonly<
  | { when: "before" | "after"; status: number; headers?: Record<string, string>; reason?: string }
  | { when: "before" | "after"; how: "reset" | "hang" }
  | { when: "after"; how: "half" }
  | { when: "before"; delayMs: number }
>;

export type FaultProxy = Readonly<{
  url: string;
  /** Requests that came, in order, and how many met a fault. */
  seen: string[];
  faults(): number;
  close(): Promise<void>;
}>;

/**
 * A proxy in front of the API server that does to each request what `choose` says; undefined lets it through.
 *
 * @param choose Is told how many times this very request (method and URL) has come before
 */
export async function startFaultProxy(
  choose: (incoming: IncomingMessage, earlier: number) => Fault | undefined,
): Promise<FaultProxy> {
  const agent = new Agent({ ca: readFileSync(cluster.caFile), keepAlive: true });
  const seen: string[] = [];
  let faults = 0;
  const listener = async (incoming: IncomingMessage, answer: ServerResponse) => {
    const what = `${incoming.method} ${incoming.url}`;
    const earlier = seen.filter((each) => each === what).length;
    seen.push(what);
    const fault = choose(incoming, earlier);
    if (fault !== undefined) faults++;
    if (fault?.when === "before" && !("delayMs" in fault)) return hurt(incoming, answer, fault);
    if (fault !== undefined && "delayMs" in fault) await new Promise((done) => setTimeout(done, fault.delayMs));
    const headers = { ...incoming.headers, authorization: `Bearer ${users.admin.token}` };
    const outgoing = request(
      `${cluster.server}${incoming.url}`,
      { method: incoming.method, headers, agent },
      (heard) => {
        if (fault?.when === "after" && !("how" in fault && fault.how === "half")) {
          heard.resume().once("end", () => hurt(incoming, answer, fault));
          return;
        }
        answer.writeHead(heard.statusCode ?? 502, heard.headers);
        if (fault?.when === "after") {
          heard.once("data", (chunk: Buffer) => {
            answer.write(chunk.subarray(0, chunk.length / 2));
            setTimeout(() => incoming.socket.destroy(), 5);
          });
          return;
        }
        heard.on("error", () => answer.destroy());
        heard.pipe(answer);
      },
    );
    outgoing.on("error", () => answer.destroy());
    // Whoever goes away needs no answer any more; a watch would go on for ever.
    answer.once("close", () => outgoing.destroy());
    incoming.pipe(outgoing);
  };
  const server = createServer((incoming, answer) => void listener(incoming, answer));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  server.unref();
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    seen,
    faults: () => faults,
    close: () =>
      new Promise((done) => {
        agent.destroy();
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

function hurt(incoming: IncomingMessage, answer: ServerResponse, fault: Fault): void {
  if ("status" in fault) {
    const { status, reason = "InternalError", headers = {} } = fault;
    const body = {
      kind: "Status",
      apiVersion: "v1",
      status: "Failure",
      message: `injected ${status}`,
      reason,
      code: status,
    };
    // The rest of the request has to be read, or the connection could not be used again.
    incoming.resume();
    answer.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
  } else if ("how" in fault && fault.how === "reset") incoming.socket.destroy();
}
