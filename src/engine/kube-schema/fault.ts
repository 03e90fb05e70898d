import type { JsonValue } from "../json/index.js";

/**
 * What is wrong at one place of an object, such as `spec.rules.0.host`; an empty path is the object itself. `found` is the
 * scalar that is there, apart from the message, since it may be secret.
 */
export type ObjectFault = Readonly<{
  path: string;
  /** The same place, step by step. */
  steps: Path;
  message: string;
  found?: null | boolean | number | string;
  /** The server takes the object, and warns. */
  isWarning?: true;
  /** The schema does not know the field that is there: a server that is not strict drops it. */
  isUnknownField?: true;
}>;

/** The steps to a place. */
export type Path = readonly (string | number)[];

/** A fault at a place, with what was found there where that is a scalar. */
export function faultAt(steps: Path, message: string, value?: JsonValue): ObjectFault {
  const path = steps.map((step) => (/^[\w$-]+$/.test(String(step)) ? step : JSON.stringify(step))).join(".");
  return { path, steps, message, ...(value !== undefined && typeof value !== "object" && { found: value }) };
}

/** Longer values are not shown: cut, it could not be told whether they hold a secret. */
const maxShown = 60;

/**
 * A fault as people read it.
 *
 * @param show What to show of a value that was found; it may hide it
 * @example
 * ```ts
 * formatFault({ path: "spec.interval", message: "has to match ^[0-9]+s$", found: "1d", … });
 * // 'spec.interval: has to match ^[0-9]+s$; found "1d"'
 * ```
 */
export function formatFault({ path, message, found }: ObjectFault, show = (text: string) => text): string {
  const text = found === undefined ? "" : show(String(found));
  const quoted = typeof found === "string" ? JSON.stringify(text) : text;
  const end = found === undefined || text.length > maxShown ? "" : `; found ${quoted}`;
  return `${path === "" ? "" : `${path}: `}${message}${end}`;
}
