import { validateHeaderName, validateHeaderValue } from "node:http";
import { TargetError } from "../errors.js";

/**
 * Refuses a header that HTTP cannot carry, such as a token with a line break in it. The value is not told.
 *
 * @param what What a message calls it: `kubeconfig ./config: user "jane": token`
 * @throws {TargetError} `bad-kubeconfig`
 */
export function checkHeader(name: string, value: string, what: string): void {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch {
    throw new TargetError("bad-kubeconfig", `${what} holds a line break or another character that no header can carry`);
  }
}
