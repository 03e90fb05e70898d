import type { Expr, File } from "../ast.js";
import type { Decimal } from "../decimal.js";
import { parse } from "../parser.js";
import type { Vertex } from "../vertex.js";
import type { Arguments } from "./arguments.js";

/** What an import gives: functions, and values written in CUE. */
export type Package = Readonly<{
  functions?: Readonly<Record<string, PackageFunction>>;
  files: readonly File[];
}>;

/**
 * A function of a package. `params` has the kinds that each argument may be of, as bits. Where `isValidator` is set the
 * result is a boolean, and a call that lacks the first argument checks the value that it is unified with.
 */
export type PackageFunction = Readonly<{
  params: readonly number[];
  /** Stands for a last argument that is left out. */
  lastDefault?: string;
  isValidator: boolean;
  /** Arguments may be types, bounds and open lists. */
  takesSchemas: boolean;
  call: (args: Arguments) => Result;
}>;

/** What a function returns: a scalar, a list, a struct by its fields, data as an expression, or a value that was there before. */
export type Result =
  | (null | boolean | string | bigint | number | Uint8Array)
  | (Decimal | Float | Vertex | Expr)
  | readonly Result[]
  | ReadonlyMap<string, Result>;

/** A float, as a function on doubles returns it. Of a decimal, in contrast, one without a fraction is an integer. */
export type Float = Readonly<{ float: number }>;

/** Thrown by a function that has no result for its arguments; an incomplete one may have it for what they become. */
export class CallFault {
  readonly detail: string;
  /** As a plain call the function returns false. */
  readonly isInvalid: boolean = false;
  readonly isIncomplete: boolean;

  constructor(detail: string, isIncomplete = false) {
    this.detail = detail;
    this.isIncomplete = isIncomplete;
  }
}

/** Thrown by a validator for what is no fault where it is called as a function: there it returns false. */
export class Invalid extends CallFault {
  override readonly isInvalid = true;
}

export function fn(params: readonly number[], call: PackageFunction["call"]): PackageFunction {
  return { params, isValidator: false, takesSchemas: false, call };
}

/** A function that can stand as a constraint. */
export function validator(params: readonly number[], call: (args: Arguments) => boolean): PackageFunction {
  return { params, isValidator: true, takesSchemas: false, call };
}

/** A standard package: its functions, and a CUE text with the rest. */
export function standardPackage(
  name: string,
  functions: Readonly<Record<string, PackageFunction>>,
  source = "",
): Package {
  return { functions, files: [parse(source, `the package ${name}`).file] };
}
