import type { JsonObject } from "../json/index.js";

/** What scripts/generate-kube-schemas.js writes. */
declare const data: {
  /** Minor releases, the oldest first: `1.31`. */
  versions: readonly string[];
  /** The definition of each kind, by `apps/v1/Deployment`. */
  kinds: Readonly<Record<string, string>>;
  /** Releases in which APIs were deprecated and removed, and what to use instead, by `apps/v1/Deployment`. */
  lifecycle: Readonly<Record<string, { deprecated?: string; removed?: string; replacement?: string }>>;
  /** What the releases say of each definition, the oldest first; `from` and `to` are the releases that say so. */
  definitions: Readonly<Record<string, readonly { from: string; to: string; schema: JsonObject }[]>>;
};
export = data;
