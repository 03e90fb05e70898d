/** A path as people read it: `values.helmValues."a.b".0`. */
export function formatPath(path: readonly string[]): string {
  return path.map((step) => (/^[\w$-]+$/.test(step) ? step : JSON.stringify(step))).join(".");
}

/** The steps of a JSON Pointer (RFC 6901). */
export function parsePointer(pointer: string): string[] {
  if (pointer === "") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}
