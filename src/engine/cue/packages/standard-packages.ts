import type { Package } from "./package.js";

/** The standard packages by their import paths; each is loaded when a file imports it. */
export const standardPackages: ReadonlyMap<string, () => Promise<Package>> = new Map([
  ["list", async () => (await import("./list.js")).list],
  ["strings", async () => (await import("./strings.js")).strings],
  ["struct", async () => (await import("./struct.js")).struct],
]);
