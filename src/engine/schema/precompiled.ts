import type { Rules } from "./rules.js";

/**
 * Rules that were compiled before, by `schemaKey`: those of the schemas that most commands need, and of the newest version
 * of each built-in module. scripts/precompiled-schemas.js puts them in place of these none while building.
 */
export const precompiled: ReadonlyMap<string, () => Promise<{ validate: Rules }>> = new Map();
