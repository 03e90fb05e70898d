/**
 * How to tell that an object of a kind is ready, or has failed for good, where kstatus does not know the kind: by the type of a
 * condition that is True, or by a CUE expression over `obj` that is. `kind` is written `Kind` or `Kind.group`.
 */
export type HealthCheck = Readonly<{ kind: string; ready: string; failed?: string }>;

/** Whether a rule of a health check is an expression: no type of a condition has `obj` in it. */
export function isExpression(rule: string): boolean {
  return /\bobj\b/.test(rule);
}
