import { SheafError } from "../diagnostics/index.js";

/** A setting of the network, such as a proxy or a certificate, cannot be used. */
export class NetworkError extends SheafError {
  override readonly name = "NetworkError";
  readonly code: "bad-proxy" | "bad-certificate";

  constructor(code: NetworkError["code"], message: string, options?: ErrorOptions) {
    super(message, [], options);
    this.code = code;
  }
}
