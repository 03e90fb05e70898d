import { suggest } from "../diagnostics/index.js";
import { isJsonObject, type JsonObject, type JsonValue, setKey } from "../json/index.js";
import { TemplateError, type TemplateErrorCode } from "./errors.js";
import { type HelperArgs, HelperFault, helpers, textOf } from "./helpers.js";
import { type Expression, type PathExpression, type Place, pathText } from "./program.js";
import { placeToPos } from "./text-places.js";

/** What an expression sees. `outer` is the scope that `../` reaches. */
export type Scope = Readonly<{
  file: string;
  root: JsonObject;
  context: JsonValue;
  outer: Scope | undefined;
  turn: Turn | undefined;
  names: Name | undefined;
}>;
/** One turn of `#each`; `outer` is the turn of the `#each` around it. */
export type Turn = Readonly<{
  key: string | number;
  index: number;
  first: boolean;
  last: boolean;
  outer: Turn | undefined;
}>;
/** A block parameter, and those that were there before it. */
export type Name = Readonly<{ name: string; value: JsonValue; outer: Name | undefined }>;

/** The scope of a whole template. */
export function rootScope(file: string, root: JsonObject): Scope {
  return { file, root, context: root, outer: undefined, turn: undefined, names: undefined };
}

/** The value of an expression. What is undefined is an error. */
export function evaluate(expression: Expression, scope: Scope): JsonValue {
  if (expression.kind === "literal") return expression.value;
  if (expression.kind === "path") return followPath(expression, scope, "required") ?? null;
  const value = call(expression, scope);
  if (value !== undefined) return value;
  throw templateError(
    "undefined-value",
    `(${expression.helper} …) gives nothing here; write (default (${expression.helper} …) fallback)`,
    expression.place,
    scope,
  );
}

/** The value of an expression, or undefined where it leads to nothing: for tests and for `optional`. */
export function evaluateMaybe(expression: Expression, scope: Scope): JsonValue | undefined {
  if (expression.kind === "literal") return expression.value;
  return expression.kind === "path" ? followPath(expression, scope, "optional") : call(expression, scope);
}

/** How a message calls an expression. */
export function describe(expression: Expression): string {
  if (expression.kind === "path") return pathText(expression);
  return expression.kind === "call" ? `(${expression.helper} …)` : "the literal";
}

/** What kind of value it is, in words that may be shown when the value may not. */
export function kindOf(value: JsonValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (isJsonObject(value)) return "a map";
  return `a ${typeof value}`;
}

export function templateError(code: TemplateErrorCode, detail: string, place: Place, scope: Scope): TemplateError {
  return new TemplateError(code, detail, placeToPos(scope.file, place));
}

function followPath(path: PathExpression, scope: Scope, mode: "required" | "optional"): JsonValue | undefined {
  const { from, steps } = path;
  if (from.at === "turn") return turnAt(scope, from.up)?.[from.what];
  let value = startOf(path, scope);
  for (const [index, step] of steps.entries()) {
    // The names that sheaf gives are always there, so a missing one is a mistake of the author in every position.
    const lostInTurn = index === 0 && from.at === "context" && isLostInTurn(step, value, scope);
    const next = lostInTurn ? undefined : stepInto(value, step, path, index, scope);
    if (next !== undefined) {
      value = next;
      continue;
    }
    const lostInRoot = index === 0 && value === scope.root;
    if (mode === "optional" && !lostInRoot && !lostInTurn) return undefined;
    throw templateError("undefined-value", undefinedDetail(path, index, value, lostInTurn), path.place, scope);
  }
  return value;
}

/** Whether a path that starts from an item means a name of the root instead. */
function isLostInTurn(step: string, item: JsonValue, scope: Scope): boolean {
  return Object.hasOwn(scope.root, step) && !(isJsonObject(item) && Object.hasOwn(item, step));
}

function startOf({ from }: PathExpression, scope: Scope): JsonValue {
  if (from.at === "root") return scope.root;
  if (from.at === "name") {
    for (let name = scope.names; name !== undefined; name = name.outer) if (name.name === from.name) return name.value;
    return null;
  }
  let at: Scope = scope;
  for (let up = from.at === "context" ? from.up : 0; up > 0; up--) at = at.outer ?? at;
  return at.context;
}

function turnAt(scope: Scope, up: number): Turn | undefined {
  let turn = scope.turn;
  for (; up > 0; up--) turn = turn?.outer;
  return turn;
}

function stepInto(
  value: JsonValue,
  step: string,
  path: PathExpression,
  index: number,
  scope: Scope,
): JsonValue | undefined {
  if (value === null) return undefined;
  if (Array.isArray(value)) {
    if (/^\d+$/.test(step)) return value[Number(step)];
    const advice = step === "length" ? "write (length …)" : "write its index, or go over it with {{#each}}";
    throw templateError(
      "wrong-type",
      `${pathText(path, index)} is a list and has no key ${step}; ${advice}`,
      path.place,
      scope,
    );
  }
  if (isJsonObject(value)) return Object.hasOwn(value, step) ? value[step] : undefined;
  throw templateError(
    "wrong-type",
    `${pathText(path, index)} is ${kindOf(value)} and has no key ${step}`,
    path.place,
    scope,
  );
}

function undefinedDetail(path: PathExpression, index: number, value: JsonValue, lostInTurn: boolean): string {
  const step = path.steps[index] ?? "";
  const lost = `${pathText(path, index + 1)} is undefined`;
  const near = isJsonObject(value) ? suggest(step, Object.keys(value)) : undefined;
  if (lostInTurn) return `${lost} in the context of this {{#each}} or {{#with}}; write @root.${path.steps.join(".")}`;
  if (near !== undefined) return `${lost}; did you mean ${near}?`;
  if (
    index === 0 &&
    path.from.at === "context" &&
    path.from.up === 0 &&
    isJsonObject(value) &&
    Object.hasOwn(value, "values")
  )
    return `${lost}; a template has ${Object.keys(value).join(", ")}`;
  return `${lost}; if it may be missing, write {{optional ${pathText(path)}}} as the whole value, {{#if}} around it, or (default … fallback)`;
}

type Call = Extract<Expression, { kind: "call" }>;

function call(expression: Call, scope: Scope): JsonValue | undefined {
  const helper = helpers.get(expression.helper);
  if (helper === undefined)
    throw templateError(
      "wrong-type",
      `${expression.helper} is not a helper of this version of sheaf`,
      expression.place,
      scope,
    );
  try {
    return helper.run(new Args(expression, scope));
  } catch (error) {
    if (!(error instanceof HelperFault)) throw error;
    throw templateError(
      "wrong-type",
      `${expression.helper}: ${error.message}; write ${helper.usage}`,
      expression.place,
      scope,
    );
  }
}

class Args implements HelperArgs {
  readonly #call: Call;
  readonly #scope: Scope;
  readonly count: number;

  constructor(expression: Call, scope: Scope) {
    this.#call = expression;
    this.#scope = scope;
    this.count = expression.args.length;
  }

  maybe(index: number): JsonValue | undefined {
    return evaluateMaybe(this.#arg(index), this.#scope);
  }

  any(index: number): JsonValue {
    return evaluate(this.#arg(index), this.#scope);
  }

  string(index: number): string {
    const value = this.any(index);
    return typeof value === "string" ? value : this.#refuse(index, value, "a string");
  }

  number(index: number): number {
    const value = this.any(index);
    return typeof value === "number" ? value : this.#refuse(index, value, "a number");
  }

  text(index: number): string {
    const value = this.any(index);
    if (value === null || typeof value === "object") this.#refuse(index, value, "a string, number or boolean");
    return textOf(value);
  }

  map(index: number): JsonObject {
    const value = this.any(index);
    return isJsonObject(value) ? value : this.#refuse(index, value, "a map");
  }

  list(index: number): JsonValue[] {
    const value = this.any(index);
    return Array.isArray(value) ? value : this.#refuse(index, value, "a list");
  }

  named(): JsonObject {
    const made: JsonObject = {};
    for (const [name, value] of this.#call.named) setKey(made, name, evaluate(value, this.#scope));
    return made;
  }

  #arg(index: number): Expression {
    const arg = this.#call.args[index];
    if (arg === undefined) throw new TypeError(`${this.#call.helper} has no argument ${index}`);
    return arg;
  }

  #refuse(index: number, value: JsonValue, wanted: string): never {
    const detail = `${this.#call.helper}: ${describe(this.#arg(index))} is ${kindOf(value)}, expected ${wanted}`;
    throw templateError("wrong-type", detail, this.#call.place, this.#scope);
  }
}
