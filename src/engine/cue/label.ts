import type { Identifier, Label } from "./ast.js";

/**
 * A label as a key of a map. Definitions and hidden fields are other fields than regular ones of the same letters (`#a` and
 * `"#a"`), so a regular name that looks like them carries a mark; and hidden fields of an imported package carry its path.
 */
export type Key = string;

export function regularKey(name: string): Key {
  return isRegularKey(name) && !name.startsWith('"') ? name : `"${name}`;
}

/** The key of a label written as an identifier. */
export function identifierKey({ name, package: inPackage }: Identifier): Key {
  return inPackage === undefined ? name : `${name}\0${inPackage}`;
}

/** The name of a key, without marks. */
export function keyName(key: Key): string {
  if (key.startsWith("_")) return key.split("\0", 1)[0] ?? key;
  return key.startsWith('"') ? key.slice(1) : key;
}

/** Definitions: `#a` and `_#a`. */
export function isDefinitionKey(key: Key): boolean {
  return key.startsWith("#") || key.startsWith("_#");
}

export function isRegularKey(key: Key): boolean {
  const start = key.charCodeAt(0);
  return start !== 0x23 && start !== 0x5f;
}

/** The key of a label that is known without evaluation. */
export function staticKey(label: Label): Key | undefined {
  if (label.kind === "identifier") return identifierKey(label);
  return label.kind === "string-label" ? regularKey(label.value) : undefined;
}

/** `a.b."c-d".0`, the path of a field in messages. */
export function formatPath(path: readonly (Key | number)[]): string {
  return path.map(formatStep).join(".");
}

function formatStep(step: Key | number): string {
  if (typeof step === "number") return String(step);
  const name = keyName(step);
  const isPlain = /^[\p{L}$][\p{L}\p{Nd}_$]*$/u.test(name) || !isRegularKey(step);
  return isPlain ? name : JSON.stringify(name);
}
