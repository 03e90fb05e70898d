import { SheafError, type SourcePos } from "../diagnostics/index.js";

/** Something about an artifact, a registry, an image layout or a cache is not as it must be. */
export class OciError extends SheafError {
  override readonly name = "OciError";
  readonly code: OciErrorCode;
  /** The HTTP status of the registry's answer, where there was one. */
  readonly status: number | undefined;
  /** When the registry wants to be asked again, in milliseconds from its answer. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: OciErrorCode,
    message: string,
    options?: ErrorOptions & {
      status?: number;
      retryAfterMs?: number | undefined;
      places?: readonly SourcePos[];
    },
  ) {
    super(message, options?.places, options);
    this.code = code;
    this.status = options?.status;
    this.retryAfterMs = options?.retryAfterMs;
  }
}

export type OciErrorCode =
  | "bad-reference"
  | "bad-manifest"
  | "bad-archive"
  | "unsafe-archive"
  | "unsafe-file"
  | "bad-layout"
  | "bad-credentials"
  | "digest-mismatch"
  | "too-large"
  | "not-found"
  | "unauthorized"
  | "forbidden"
  | "unreachable"
  | "timeout"
  | "registry-error"
  | "bad-signature"
  | "bad-key"
  | "offline"
  | "tag-exists"
  | "aborted";
