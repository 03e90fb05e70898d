import { SheafError, throwFaults } from "../diagnostics/index.js";
import { isJsonObject } from "../json/index.js";
import { compileExpression, type ExpressionFault, formatRef, type KubeObject, refOf } from "../object/index.js";
import type { Target } from "../target/index.js";
import { FleetError } from "./errors.js";
import type { RuntimeExpression, RuntimeQuery } from "./runtime-file.js";

/** The values that were read from a cluster, by variable: texts, also of numbers and booleans. They are secrets. */
export type ClusterValues = ReadonlyMap<string, string>;

/**
 * Reads the values of queries from a cluster. What is in the `data` of a Secret is decoded. Of two values for one variable the
 * last one counts.
 *
 * @throws {FleetError} All faults together, each at its place: objects that are not there, expressions without a value. No
 * message holds anything of the objects
 * @throws {TargetError} Where the cluster cannot be asked
 * @example
 * ```ts
 * const values = await readClusterValues(runtime.queries, await connectKubernetes());
 * values.get("REDIS_PASS");
 * ```
 */
export async function readClusterValues(
  queries: readonly RuntimeQuery[],
  target: Target,
  signal?: AbortSignal,
): Promise<ClusterValues> {
  const objects =
    queries.length === 0
      ? []
      : await target.read(
          queries.map(({ ref }) => ref),
          signal,
        );
  const values = new Map<string, string>();
  const faults: SheafError[] = [];
  for (const [index, query] of queries.entries()) {
    const object = objects[index];
    if (object === undefined && !query.optional) faults.push(notFound(query, target));
    if (object === undefined) continue;
    for (const expression of query.expressions) {
      try {
        values.set(expression.variable, await evaluateOn(expression, object));
      } catch (error) {
        if (!(error instanceof SheafError)) throw error;
        faults.push(error);
      }
    }
  }
  throwFaults(faults);
  return values;
}

function notFound({ ref, pos }: RuntimeQuery, { description }: Target): FleetError {
  const text = `${description} has no ${formatRef(ref)}; make it, or say optional: true where the bundle has defaults`;
  return new FleetError("object-not-found", text, pos);
}

async function evaluateOn(expression: RuntimeExpression, object: KubeObject): Promise<string> {
  const { variable, text, pos } = expression;
  const compiled = await compileExpression(text);
  throwFaults(compiled.faults.map((fault) => badExpression(expression, fault)));
  const { value, faults } = compiled.evaluateOn(object);
  throwFaults(faults.map((fault) => badExpression(expression, fault, object)));
  if (value?.kind === "scalar" && typeof value.value === "string") return decode(value.value, object, expression);
  if (value?.kind === "scalar" && value.value !== null) return value.text ?? String(value.value);
  const kind = value?.kind === "scalar" ? "null" : `a ${value?.kind}`;
  const detail = `${variable}: ${text} is ${kind} in ${formatRef(refOf(object))}, expected a string, number or bool`;
  throw new FleetError("bad-value", detail, pos);
}

/** A fault of an expression, at the expression in the user's file, and where in it. */
function badExpression(
  { variable, text, pos }: RuntimeExpression,
  { detail, character }: ExpressionFault,
  object?: KubeObject,
): FleetError {
  const place = character === undefined ? "" : `, character ${character}`;
  const over = object === undefined ? "" : ` over ${formatRef(refOf(object))}`;
  return new FleetError("bad-expression", `${variable}: ${text}${over}${place}: ${detail}`, pos);
}

/**
 * A value of a Secret's data as the text that it stands for. Anything else is taken as it is, a name that could be read as
 * base64, too.
 */
function decode(text: string, { apiVersion, kind, data }: KubeObject, { variable, pos }: RuntimeExpression): string {
  if (apiVersion !== "v1" || kind !== "Secret" || !isJsonObject(data) || !Object.values(data).includes(text))
    return text;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, "base64"));
  } catch (cause) {
    throw new FleetError("bad-value", `${variable}: the Secret has bytes there that are no UTF-8 text`, pos, { cause });
  }
}
