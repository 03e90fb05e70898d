import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { abortError, onAbort } from "./pause.js";

/** Longer than any object that a cluster can store; a line without an end must not fill the memory. */
const maxLineLength = 16 * 1024 * 1024;
/** Of an answer that says no, more is not read: what it says is short. */
const maxRefusalLength = 1024 * 1024;

/**
 * Sends a request without a body and gives the lines of its answer as they come; of an answer that says no, its start.
 *
 * @param limits After how many milliseconds without an answer (0: no limit), or then without a byte, the connection counts as
 *   broken. An answer that says no has to end within `answerMs`
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
    const late = (what: string, ms: number) => new Error(`${what} ${ms / 1000} s`);
    outgoing.setTimeout(answerMs, () => outgoing.destroy(late("nothing came for", answerMs)));
    outgoing.once("close", forget);
    outgoing.on("error", fail); // after the answer has begun, its own reader is told
    outgoing.once("response", (incoming) => {
      const { statusCode: status = 0 } = incoming;
      incoming.setTimeout(idleMs, () => incoming.destroy(late("nothing came for", idleMs)));
      if (status >= 400 && answerMs > 0) {
        const stop = () => incoming.destroy(late("the answer did not end within", answerMs));
        const timer = setTimeout(stop, answerMs);
        incoming.once("close", () => clearTimeout(timer));
      }
      done({ status, lines: linesOf(incoming, status >= 400 ? maxRefusalLength : Number.POSITIVE_INFINITY) });
    });
    outgoing.end();
  });
}

async function* linesOf(incoming: IncomingMessage, maxLength: number): AsyncGenerator<string> {
  incoming.setEncoding("utf8");
  let rest = "";
  let length = 0;
  try {
    for await (const chunk of incoming) {
      const [end = "", ...lines] = String(chunk).split("\n");
      rest += end;
      if (rest.length > maxLineLength) throw new Error(`a line is longer than ${maxLineLength} characters`);
      for (const line of lines) {
        yield rest;
        rest = line;
      }
      length += String(chunk).length;
      if (length > maxLength) break;
    }
    if (rest !== "") yield rest;
  } finally {
    incoming.destroy(); // whoever stops reading wants no more of it
  }
}
