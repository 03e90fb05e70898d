import { request } from "node:https";
import type { JsonValue } from "../../../src/engine/json/index.js";

/** Where the API server is, and who asks. `ca` is the PEM of its certificate. */
export type ApiAccess = Readonly<{ server: string; ca: string; token: string }>;

export type ApiAnswer = Readonly<{ status: number; body: JsonValue }>;

/** Sends one request to the API server: plain HTTP, so that the tests check the engine's client and do not share it. */
export async function sendRequest(
  { server, ca, token }: ApiAccess,
  method: string,
  path: string,
  body?: JsonValue,
  { contentType = "application/json", userAgent = "e2e-test" } = {},
): Promise<ApiAnswer> {
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": contentType,
    "user-agent": userAgent,
    ...(sent === undefined ? {} : { "content-length": Buffer.byteLength(sent) }),
  };
  const { status, text } = await new Promise<{ status: number; text: string }>((done, fail) => {
    const outgoing = request(`${server}${path}`, { method, headers, ca }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.once("error", fail);
      incoming.once("end", () =>
        done({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    outgoing.once("error", fail);
    outgoing.end(sent);
  });
  const parsed: JsonValue = text.startsWith("{") ? JSON.parse(text) : text;
  return { status, body: parsed };
}
