/** The functions that need no import. */
export const builtinNames: ReadonlySet<string> = new Set([
  ...["len", "close", "and", "or", "div", "mod", "quo", "rem", "matchN", "matchIf", "error"],
]);
