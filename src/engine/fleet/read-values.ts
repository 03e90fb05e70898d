import {
  dataField,
  type Expr,
  evaluate,
  listLiteral,
  loadLibrary,
  numberLiteral,
  type Place,
  parse,
  scalarLiteral,
  structLiteral,
} from "../cue/index.js";
import { SheafError, type SourceError, throwFaults } from "../diagnostics/index.js";
import { isJsonObject, type JsonValue } from "../json/index.js";
import { formatRef, type KubeObject, refOf } from "../object/index.js";
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

/** What stands before an expression in the text that is evaluated. */
const heading = "obj: _\nout: ";

async function evaluateOn(expression: RuntimeExpression, object: KubeObject): Promise<string> {
  const { variable, text, pos } = expression;
  const { file, errors } = parse(heading + text, pos.file);
  throwFaults(errors.map((error) => badExpression(expression, error)));
  const [obj, out, ...more] = file.decls;
  if (obj?.kind !== "field" || out?.kind !== "field" || more.length > 0)
    throw new FleetError("bad-expression", `${variable}: ${JSON.stringify(text)} is more than one CUE expression`, pos);
  const files = [{ ...file, decls: [{ ...obj, value: secretData(object, obj) }, out] }];
  const { value, errors: faults } = evaluate(files, { path: ["out"], library: await loadLibrary(files) });
  throwFaults(faults.map((error) => badExpression(expression, error, object)));
  if (value?.kind === "scalar" && typeof value.value === "string") return decode(value.value, object, expression);
  if (value?.kind === "scalar" && value.value !== null) return value.text ?? String(value.value);
  const kind = value?.kind === "scalar" ? "null" : `a ${value?.kind}`;
  const detail = `${variable}: ${text} is ${kind} in ${formatRef(refOf(object))}, expected a string, number or bool`;
  throw new FleetError("bad-value", detail, pos);
}

/** A fault of an expression, at the expression in the user's file, and where in it. */
function badExpression(
  { variable, text, pos }: RuntimeExpression,
  error: SourceError,
  object?: KubeObject,
): FleetError {
  const character = Math.max(1, error.pos.offset - heading.length + 1);
  const over = object === undefined ? "" : ` over ${formatRef(refOf(object))}`;
  const detail = `${variable}: ${text}${over}, character ${character}: ${error.detail.replace(/^out: /, "")}`;
  return new FleetError("bad-expression", detail, pos);
}

/** Everything of an object as data that no message shows. */
function secretData(value: JsonValue, at: Place): Expr {
  if (Array.isArray(value)) {
    return listLiteral(
      value.map((item) => secretData(item, at)),
      at,
    );
  }
  if (isJsonObject(value)) {
    return structLiteral(
      Object.entries(value).map(([key, inner]) => dataField(key, secretData(inner, at), at)),
      at,
    );
  }
  return typeof value === "number" ? numberLiteral(String(value), at, true) : scalarLiteral(value, at, true);
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
