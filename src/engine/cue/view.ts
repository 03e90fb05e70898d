import type { SourcePos } from "../diagnostics/index.js";
import type { Evaluator } from "./evaluator.js";
import { type Fault, incompleteAt, Stop } from "./fault.js";
import { kindName } from "./kind.js";
import { formatPath } from "./label.js";
import { type Scalar, showScalar } from "./scalar.js";
import { type Alternative, type Conjunct, isComposite, isWithin, placeOf, presences, type Vertex } from "./vertex.js";

/**
 * The vertex that counts: the disjunct that was left or is the default, and while disjuncts are tried, the one that is.
 * One that is still ambiguous or worked out is given as it is.
 */
export function view(evaluator: Evaluator, vertex: Vertex): Vertex {
  let at = vertex;
  for (;;) {
    evaluator.expand(at);
    if (at.expansion !== undefined) {
      if (at.expansion.current === undefined) return at;
      evaluator.taint(at);
      at = at.expansion.current;
    } else if (at.chosen !== undefined) at = at.chosen;
    else {
      if (at.alternatives === undefined) return at;
      const only = onlyDefault(at.alternatives);
      if (only === undefined) return at;
      evaluator.noteRead(at, { default: only });
      at = only;
    }
  }
}

function onlyDefault(alternatives: readonly Alternative[]): Vertex | undefined {
  let only: Vertex | undefined;
  for (const { mode, vertex } of alternatives) {
    if (mode !== "default") continue;
    if (only !== undefined) return undefined;
    only = vertex;
  }
  return only;
}

/** Tells whether a value is, or may still become, one of some kinds. */
export function couldBe(value: Vertex, wanted: number): boolean {
  const isKnown = value.state === "done" && value.faults === undefined && value.waiting === undefined;
  return !isKnown || value.alternatives !== undefined || (value.kinds & wanted) !== 0;
}

/** Tells whether a value is a type or bound that nothing else is to be known of for now. */
export function isOpenValue(value: Vertex): boolean {
  const isKnown = value.state === "done" && value.faults === undefined && value.waiting === undefined;
  return isKnown && value.scalar === undefined && value.alternatives === undefined;
}

/** A value in messages. */
export function showValue({ scalar, kinds: set }: Vertex): string {
  return scalar === undefined ? kindName(set) : showScalar(scalar);
}

/** Stops at an error, which then is the error of what needs the value. */
export function stopAtFault(vertex: Vertex): void {
  const fault = vertex.faults?.find(({ kind }) => kind === "error");
  if (fault !== undefined) throw new Stop(fault);
}

/** The first error in a value or below it, also where it is not concrete; or a condition that may still bring one. */
export function errorWithin(evaluator: Evaluator, vertex: Vertex): Fault | undefined {
  const value = view(evaluator, vertex);
  if (value.state === "busy" || value.isErrorFree) return undefined;
  const own = value.faults?.find(({ kind }) => kind === "error") ?? value.waiting?.find(isUndecided);
  if (own !== undefined) return own;
  for (const child of children(value)) {
    evaluator.budget.step(placeOf(child));
    const fault = evaluator.budget.nested(placeOf(child), () => errorWithin(evaluator, child));
    if (fault !== undefined) return fault;
  }
  if (value.taintedBy === undefined) value.isErrorFree = true;
  return undefined;
}

function isUndecided({ awaits, code }: Fault): boolean {
  return awaits !== undefined || code === "cycle";
}

/** Fields that are there and items. */
export function* children({ arcs, items }: Vertex): Generator<Vertex> {
  if (arcs !== undefined) for (const arc of arcs.values()) if (arc.presence !== presences.optional) yield arc;
  if (items !== undefined) yield* items;
}

/** Stops at an expression without a value yet. */
export function stopAtWaiting({ waiting }: Vertex): void {
  const [fault] = waiting ?? [];
  if (fault !== undefined) throw new Stop(fault);
}

/** Stops at a value that may still become anything. */
export function stopUnlessKnown(evaluator: Evaluator, vertex: Vertex, base: Vertex, { pos }: { pos: SourcePos }): void {
  if (base.state === "busy") {
    evaluator.taint(base);
    throw new Stop({ ...incompleteAt(vertex, `cycle with field: ${formatPath(base.path)}`, pos), awaits: base });
  }
  stopAtWaiting(base);
  if (base.alternatives !== undefined) throw new Stop(incompleteAt(vertex, "unresolved disjunction", pos));
  const isKnown = base.scalar !== undefined || isComposite(base);
  if (!isKnown) {
    const at = base.pos === undefined ? [] : [base.pos];
    throw new Stop(incompleteAt(vertex, `non-concrete value ${kindName(base.kinds)}`, pos, at));
  }
}

/** Notes that an expression needs to know which disjunct is left while disjuncts are tried. */
export function noteSelfReference(vertex: Vertex, { expansion }: Vertex, pos: SourcePos): void {
  if (expansion?.current === undefined) return;
  if (isWithin(vertex, expansion.current)) expansion.readBy ??= pos;
  else expansion.readFrom ??= pos;
}

/** The scalar that a value is; undefined for a struct or list without one. */
export function scalarIn(evaluator: Evaluator, vertex: Vertex, value: Vertex, pos: SourcePos): Scalar | undefined {
  const base = view(evaluator, value);
  if (base.state !== "busy") {
    stopAtFault(base);
    // What waits for a value that waits for this one has it with a scalar that is there anyway, and is checked after that.
    if (base.scalar === undefined || base.taintedBy?.state !== "busy") stopAtWaiting(base);
  }
  noteSelfReference(vertex, value, pos);
  if (base.scalar !== undefined) return base.scalar;
  stopUnlessKnown(evaluator, vertex, base, { pos });
  return undefined;
}

/**
 * Refuses to count or go over a struct of which only a field is wrong while disjuncts are tried: the reference
 * implementation may do so, and then the disjunct is none that fails.
 */
export function refuseInTrial(
  evaluator: Evaluator,
  vertex: Vertex,
  { faults, conjuncts }: Vertex,
  pos: SourcePos,
): void {
  const errors = faults?.filter(({ kind }) => kind === "error") ?? [];
  if (errors.length === 0) return;
  if (!errors.every(({ code }) => code === "field-not-allowed") && !conjuncts.some(hasComputedLabel)) return;
  for (let at: Vertex | undefined = vertex; at !== undefined; at = at.parent)
    if (at.choices !== undefined)
      throw new Stop(evaluator.unsupported(vertex, "a struct with an error in a disjunct", pos));
}

/** Whether a conjunct is a struct that has fields with computed labels. */
export function hasComputedLabel({ code }: Conjunct): boolean {
  return (
    code.kind === "struct" && code.decls.some((decl) => decl.kind === "field" && decl.label.kind === "dynamic-label")
  );
}

/** A struct or list, with all of its fields and items known. */
export function completeIn(evaluator: Evaluator, vertex: Vertex, value: Vertex, pos: SourcePos): Vertex {
  const base = view(evaluator, value);
  stopAtFault(base);
  stopUnlessKnown(evaluator, vertex, base, { pos });
  return base;
}
