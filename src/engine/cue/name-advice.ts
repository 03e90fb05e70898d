import { suggest } from "../diagnostics/index.js";
import type { Expr, File } from "./ast.js";
import { basicTypes } from "./kind.js";
import { packageName } from "./package-name.js";
import { standardPackages } from "./packages/standard-packages.js";
import { fieldsOf, type Scopes } from "./scope.js";

/** For so many faults, the names that were meant are looked for. */
export const maxAdvised = 20;

/**
 * What may have been meant by a name that is not found, as the rest of a message; empty where nothing is near. The name is
 * `isSelected` in `name.x`; `text` is what the value says that it stands in, see `bareText`.
 */
export function nameAdvice(
  { name, isSelected, text }: { name: string; isSelected: boolean; text: string | undefined },
  scopes: Scopes,
  files: readonly File[],
): string {
  const path = isSelected ? [...standardPackages.keys()].find((each) => packageName(each) === name) : undefined;
  if (path !== undefined) return `; the file lacks import ${JSON.stringify(path)}`;
  const other = files.find((file) => fieldsOf([file]).has(name));
  if (other !== undefined)
    return `; ${other.file} has it, but no package clause: files that use fields of each other begin with the same one, such as package main`;
  // Any two short names are near each other.
  const near = name.length < 3 ? undefined : suggest(name, usableNames(scopes));
  const meant = yamlConstants.get(name.toLowerCase()) ?? near;
  if (meant !== undefined) return `; did you mean ${meant}?`;
  const isText = text !== undefined && !/^[_#]/.test(text);
  return isText ? `; a string is written "${text}", with the quotes` : "";
}

function* usableNames(scopes: Scopes): Generator<string> {
  yield* scopes.names();
  for (const name of basicTypes.keys()) if (name !== "_") yield name;
}

/** What YAML has for constants, and CUE by another name. */
const yamlConstants: ReadonlyMap<string, string> = new Map([
  ...["true", "yes", "on"].map((name) => [name, "true"] as const),
  ...["false", "no", "off"].map((name) => [name, "false"] as const),
  ...["null", "nil", "none"].map((name) => [name, "null"] as const),
]);

/** What a value says as a text without its quotes, where it may be one: `flux-system`, as names that operators join. */
export function bareText(expr: Expr): string | undefined {
  if (expr.kind === "identifier") return expr.name;
  if (expr.kind === "literal") return expr.value.type === "number" ? expr.value.text : undefined;
  if (expr.kind !== "binary" || (expr.op !== "-" && expr.op !== "/")) return undefined;
  const [left, right] = [bareText(expr.left), bareText(expr.right)];
  return left === undefined || right === undefined ? undefined : `${left}${expr.op}${right}`;
}
