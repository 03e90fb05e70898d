import { SheafError } from "../diagnostics/index.js";
import { formatRef, type ObjectRef } from "../object/index.js";
import type { ReadyState } from "./target.js";

/** A target refused or could not do something. */
export class TargetError extends SheafError {
  override readonly name = "TargetError";
  readonly code: TargetErrorCode;
  /** The HTTP status of the API's answer, where there was one. */
  readonly status: number | undefined;

  constructor(code: TargetErrorCode, message: string, options?: ErrorOptions & { status?: number }) {
    super(message, [], options);
    this.code = code;
    this.status = options?.status;
  }
}

export type TargetErrorCode =
  | "no-kubeconfig"
  | "bad-kubeconfig"
  | "unreachable"
  | "unauthorized"
  | "forbidden"
  | "invalid-object"
  | "immutable-field"
  | "unknown-kind"
  | "unmigratable"
  | "namespace-terminating"
  | "record-conflict"
  | "api-error"
  | "not-writable"
  | "foreign-files"
  | "aborted";

/**
 * Objects that did not become ready, or did not go away. `pending` names them with their last state, and `hints` say what
 * the target tells elsewhere about it, such as events.
 */
export class WaitError extends SheafError {
  override readonly name = "WaitError";
  readonly code: "failed" | "timeout";
  /** The first line of the message; the pending objects follow it. */
  readonly summary: string;
  readonly pending: readonly Readonly<{ ref: ObjectRef; state: ReadyState; hints?: readonly string[] }>[];

  constructor(code: WaitError["code"], summary: string, pending: WaitError["pending"]) {
    const lines = pending.flatMap(({ ref, state, hints = [] }) => [
      `  ${formatRef(ref)}: ${state.state}${state.message ? `: ${state.message}` : ""}`,
      ...hints.map((hint) => `    ${hint}`),
    ]);
    super([summary, ...lines].join("\n"));
    this.code = code;
    this.summary = summary;
    this.pending = pending;
  }
}
