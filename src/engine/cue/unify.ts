import type { SourcePos } from "../diagnostics/index.js";
import { compareDecimals, intDecimal } from "./decimal.js";
import { conflictAt, errorAt, type Fault } from "./fault.js";
import { anyKind, type BasicType, kindName, kinds, numberKind } from "./kind.js";
import { compareScalars, type Scalar, sameScalar, scalarKind, showScalar } from "./scalar.js";
import { append, type Bound, isComposite, type Note, type Validator, type Vertex } from "./vertex.js";

/** Conflicts of one field that are reported; each is looked for in all of its conjuncts. */
const maxConflicts = 100;

/** Narrows the kinds of a vertex; false, with a fault noted, where nothing is left. */
export function unifyKind(vertex: Vertex, allowed: number, what: Note["what"], pos: SourcePos): boolean {
  if ((vertex.kinds & allowed) === 0) {
    const known = vertex.notes?.find((note) => (note.kinds & allowed) === 0) ?? vertex.notes?.at(-1);
    const before: Note = known ?? { kinds: vertex.kinds, what: kindName(vertex.kinds), pos };
    addFault(vertex, mismatch(vertex, before, { kinds: allowed, what, pos }));
    return false;
  }
  if ((vertex.kinds & allowed) !== vertex.kinds || vertex.notes === undefined) {
    vertex.kinds &= allowed;
    if (allowed !== anyKind) vertex.notes = append(vertex.notes, { kinds: allowed, what, pos });
  }
  return true;
}

function mismatch(vertex: Vertex, before: Note, after: Note): Fault {
  const show = ({ what }: Note): string => (typeof what === "string" ? what : showScalar(what));
  const types = `mismatched types ${kindName(before.kinds)} and ${kindName(after.kinds)}`;
  const detail = `conflicting values ${show(before)} and ${show(after)} (${types})`;
  return conflictAt(vertex, "conflicting-values", detail, [before.pos, after.pos]);
}

export function unifyScalar(vertex: Vertex, scalar: Scalar): void {
  const before = vertex.scalar;
  if (before !== undefined && scalarKind(before) === scalarKind(scalar)) {
    if (!sameScalar(before, scalar)) {
      if (vertex.faults !== undefined && vertex.faults.length >= maxConflicts) return;
      const unequal = [showScalar(scalar), showScalar(before)] as const;
      const detail = `conflicting values ${unequal.join(" and ")}`;
      addFault(vertex, {
        ...conflictAt(vertex, "conflicting-values", detail, [before.pos, scalar.pos]),
        unequal,
      });
    } else if (scalar.secret && !before.secret) vertex.scalar = { ...before, secret: true };
    return;
  }
  if (!unifyKind(vertex, scalarKind(scalar), scalar, scalar.pos)) return;
  vertex.scalar = scalar;
  vertex.pos = scalar.pos;
  for (const bound of vertex.bounds ?? []) checkBound(vertex, bound, scalar);
}

export function unifyType(vertex: Vertex, name: string, type: BasicType, pos: SourcePos): void {
  vertex.pos ??= pos;
  if (!unifyKind(vertex, type.kinds, name, pos)) return;
  if (type.min !== undefined) addBound(vertex, typeBound(">=", type.min, name, pos));
  if (type.max !== undefined) addBound(vertex, typeBound("<=", type.max, name, pos));
}

/** Tells whether a scalar is of a basic type. */
export function acceptsType({ kinds: allowed, min, max }: BasicType, scalar: Scalar): boolean {
  if ((allowed & scalarKind(scalar)) === 0) return false;
  if (scalar.type !== "number") return true;
  const isBelow = min !== undefined && compareDecimals(scalar.value, intDecimal(min)) < 0;
  return !isBelow && (max === undefined || compareDecimals(scalar.value, intDecimal(max)) <= 0);
}

function typeBound(op: Bound["op"], limit: bigint, type: string, pos: SourcePos): Bound {
  return { op, limit: { type: "number", value: intDecimal(limit), pos, secret: false }, pos, type };
}

/** The kinds of values that a bound can hold for. */
function boundKinds({ op, limit }: Bound): number {
  if (op === "=~" || op === "!~") return kinds.string;
  if (limit.type === "null") return op === "==" ? kinds.null : anyKind & ~kinds.null;
  return limit.type === "number" ? numberKind : scalarKind(limit);
}

export function addBound(vertex: Vertex, bound: Bound): void {
  vertex.pos ??= bound.pos;
  if (!unifyKind(vertex, boundKinds(bound), showBound(bound), bound.pos)) return;
  if (vertex.scalar !== undefined) checkBound(vertex, bound, vertex.scalar);
  else for (const other of vertex.bounds ?? []) checkBoundPair(vertex, other, bound);
  vertex.bounds = append(vertex.bounds, bound);
}

export function showBound({ op, limit }: Bound): string {
  return `${op}${showScalar(limit)}`;
}

/** Tells whether a scalar is of a kind that a bound can hold for, and keeps it. */
export function acceptsBound(bound: Bound, scalar: Scalar): boolean {
  return (boundKinds(bound) & scalarKind(scalar)) !== 0 && keepsBound(bound, scalar);
}

/** Tells whether a scalar keeps a bound; values of another kind do not. */
export function keepsBound({ op, limit, test }: Bound, scalar: Scalar): boolean {
  if (test !== undefined) return scalar.type === "string" && test(scalar.value) === (op === "=~");
  const order = compareScalars(scalar, limit);
  if (op === "!=" || op === "==") return (order === 0) === (op === "==");
  if (order === undefined) return false;
  if (op === "<") return order < 0;
  if (op === "<=") return order <= 0;
  return op === ">" ? order > 0 : order >= 0;
}

function checkBound(vertex: Vertex, bound: Bound, scalar: Scalar): void {
  if (keepsBound(bound, scalar)) return;
  const detail = `invalid value ${showScalar(scalar)} (out of bound ${showBound(bound)})`;
  // Where a sized integer is wanted, the value is what is wrong.
  const fault =
    bound.type === undefined
      ? conflictAt(vertex, "conflicting-values", detail, [bound.pos, scalar.pos])
      : errorAt(vertex, "conflicting-values", detail, scalar.pos, [bound.pos]);
  addFault(vertex, { ...fault, isOfBound: true });
}

/** Two bounds that no number keeps. */
function checkBoundPair(vertex: Vertex, a: Bound, b: Bound): void {
  const [lower, upper] = a.op.startsWith(">") ? [a, b] : [b, a];
  if (!lower.op.startsWith(">") || !upper.op.startsWith("<")) return;
  const order = compareScalars(lower.limit, upper.limit);
  if (order === undefined || order < 0) return;
  if (order === 0 && lower.op === ">=" && upper.op === "<=") return;
  const what = lower.limit.type === "number" ? "number bounds" : "bounds";
  const detail = `incompatible ${what} ${showBound(upper)} and ${showBound(lower)}`;
  addFault(vertex, conflictAt(vertex, "conflicting-values", detail, [a.pos, b.pos]));
}

export function addValidator(vertex: Vertex, validator: Validator): void {
  vertex.pos ??= validator.pos;
  if (unifyKind(vertex, validator.kinds, validator.shown, validator.pos))
    vertex.validators = append(vertex.validators, validator);
}

/** Checks a value that is worked out and concrete; one that is not may still become what keeps its constraints. */
export function runValidators(vertex: Vertex): void {
  const { validators, scalar } = vertex;
  if (validators === undefined || vertex.faults !== undefined || vertex.waiting !== undefined) return;
  if (scalar === undefined && !isComposite(vertex)) return;
  for (const { check } of validators) {
    const fault = check(vertex);
    if (fault?.kind === "error") addFault(vertex, fault);
    else if (fault !== undefined) vertex.waiting = append(vertex.waiting, fault);
  }
}

export function addFault(vertex: Vertex, fault: Fault): void {
  vertex.faults = append(vertex.faults, fault);
}
