import {
  dataField,
  type Expr,
  evaluate,
  IncompleteValueError,
  listLiteral,
  loadLibrary,
  numberLiteral,
  type Place,
  parse,
  scalarLiteral,
  structLiteral,
} from "../cue/index.js";
import type { SourceError } from "../diagnostics/index.js";
import { isJsonObject, type JsonValue, type Located } from "../json/index.js";
import type { KubeObject } from "./object.js";

/** What is wrong with an expression, and at which of its characters, from 1, where that is known. It holds nothing of an object. */
export type ExpressionFault = Readonly<{ detail: string; character?: number }>;

/** A CUE expression over an object, which it knows as `obj`. */
export type ObjectExpression = Readonly<{
  /** What is wrong with it whatever the object is. */
  faults: readonly ExpressionFault[];
  evaluateOn: (object: KubeObject) => Readonly<{ value?: Located; faults: readonly ExpressionFault[] }>;
}>;

/** What stands before an expression in the text that is evaluated. */
const heading = "obj: _\nout: ";

/**
 * Compiles an expression.
 *
 * @example
 * ```ts
 * const { evaluateOn } = await compileExpression("obj.spec.replicas > 1");
 * const { value } = evaluateOn(deployment); // { kind: "scalar", value: true, … }
 * ```
 */
export async function compileExpression(text: string): Promise<ObjectExpression> {
  const { file, errors } = parse(heading + text, "");
  if (errors.length > 0) return broken(errors.map(faultOf));
  const [obj, out, ...more] = file.decls;
  if (obj?.kind !== "field" || out?.kind !== "field" || more.length > 0)
    return broken([{ detail: "it is more than one CUE expression" }]);
  const library = await loadLibrary([file]);
  const evaluateWith = (value: Expr) =>
    evaluate([{ ...file, decls: [{ ...obj, value }, out] }], { path: ["out"], library });
  // What only lacks the object is no fault.
  const known = evaluateWith(obj.value).errors.filter((error) => !(error instanceof IncompleteValueError));
  return {
    faults: known.map(faultOf),
    evaluateOn: (object) => {
      const { value, errors: faults } = evaluateWith(secretData(object, obj));
      return { faults: faults.map(faultOf), ...(value !== undefined && { value }) };
    },
  };
}

function broken(faults: readonly ExpressionFault[]): ObjectExpression {
  return { faults, evaluateOn: () => ({ faults }) };
}

function faultOf({ detail, pos }: SourceError): ExpressionFault {
  return { detail: detail.replace(/^out: /, ""), character: Math.max(1, pos.offset - heading.length + 1) };
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
