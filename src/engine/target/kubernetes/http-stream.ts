import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { abortError, onAbort } from "./pause.js";

/** Longer than any object that a cluster can store; a line without an end must not fill the memory. */
const maxLineLength = 16 * 1024 * 1024;

/**
 * Sends a request without a body and gives the lines of its answer as they come.
 *
 * @param limits After how many milliseconds without an answer, or then without a byte, the connection counts as broken
 * @throws {Error} Also while the lines are read: when the connection breaks, and as `aborted` when the signal says so
 */
export function openStream(
  options: RequestOptions,
  signal: AbortSignal | undefined,
  { answerMs, idleMs }: Readonly<{ answerMs: number; idleMs: number }>,
): Promise<{ status: number; lines: AsyncIterable<string> }> {
  return new Promise((done, fail) => {
    // What is compressed comes in blocks, and so late.
    const headers = { ...options.headers, "Accept-Encoding": "identity" };
    const outgoing = (options.protocol === "https:" ? httpsRequest : httpRequest)({ ...options, headers });
    const forget = onAbort(signal, () => outgoing.destroy(abortError(signal)));
    const late = (ms: number) => () => outgoing.destroy(new Error(`nothing came for ${ms / 1000} s`));
    outgoing.setTimeout(answerMs, late(answerMs));
    outgoing.once("close", forget);
    outgoing.on("error", fail); // after the answer has begun, its own reader is told
    outgoing.once("response", (incoming) => {
      incoming.setTimeout(idleMs, late(idleMs));
      done({ status: incoming.statusCode ?? 0, lines: linesOf(incoming) });
    });
    outgoing.end();
  });
}

async function* linesOf(incoming: IncomingMessage): AsyncGenerator<string> {
  incoming.setEncoding("utf8");
  let rest = "";
  try {
    for await (const chunk of incoming) {
      const [end = "", ...lines] = String(chunk).split("\n");
      rest += end;
      if (rest.length > maxLineLength) throw new Error(`a line is longer than ${maxLineLength} characters`);
      for (const line of lines) {
        yield rest;
        rest = line;
      }
    }
    if (rest !== "") yield rest;
  } finally {
    incoming.destroy(); // whoever stops reading wants no more of it
  }
}
