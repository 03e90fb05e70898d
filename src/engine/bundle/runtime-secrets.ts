import type { SecretValue } from "../diagnostics/index.js";
import type { Located } from "../json/index.js";
import type { RuntimeLookup } from "../runtime/index.js";

/** Notes which values a lookup gives. A text counts as it is read; `true` and a number's literal would hide the same words elsewhere. */
export function rememberSecrets(
  lookup: RuntimeLookup | undefined,
  secrets: Set<SecretValue>,
): RuntimeLookup | undefined {
  return (
    lookup &&
    ((name, type) => {
      const value = lookup(name, type);
      if (typeof value === "string" && type === "string") secrets.add(value);
      return value;
    })
  );
}

/** The numbers that came from the runtime, as they are once evaluated: `1e3` is 1000. */
export function secretNumbers(value: Located): number[] {
  if (value.kind === "list") return value.items.flatMap(secretNumbers);
  if (value.kind === "struct") return [...value.fields.values()].flatMap((field) => secretNumbers(field.value));
  return value.secret && typeof value.value === "number" ? [value.value] : [];
}
