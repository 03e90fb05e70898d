/**
 * The condition types that say that an object of a kind is ready, or has failed for good, where kstatus does not know the
 * kind. `kind` is written `Kind` or `Kind.group`.
 */
export type HealthCheck = Readonly<{ kind: string; ready: string; failed?: string }>;
