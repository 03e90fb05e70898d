/** The name that an import gives a package: `"encoding/json"` is used as `json`, `"x.org/a:b"` as `b`, `"x.org/a@v1"` as `a`. */
export function packageName(path: string): string {
  const [, plain = "", name] = /^([^:]*)(?::(.*))?$/.exec(path) ?? [];
  return (
    name ??
    plain
      .replace(/@v\d+(?=\/|$)/, "")
      .split("/")
      .at(-1) ??
    path
  );
}
