import type { KubeObject } from "./object.js";

/** Objects of a module that are applied, and waited for, before the next set. */
export type ObjectSet = Readonly<{ name: string; objects: readonly KubeObject[] }>;
