import { comparePos, suggest } from "../diagnostics/index.js";
import type { Binary, Expr } from "./ast.js";
import { defaultModes } from "./default-modes.js";
import { outline, structurallyEqual } from "./equality.js";
import type { Evaluator } from "./evaluator.js";
import { distinctPlaces, errorAt, type Fault, incompleteAt } from "./fault.js";
import { formatPath } from "./label.js";
import { checkLength } from "./list-value.js";
import { hasPlainConflict, plainKey } from "./plain-state.js";
import { optionally } from "./structural-cycle.js";
import { addFault } from "./unify.js";
import {
  type Alternative,
  type AnyOf,
  append,
  type Choice,
  type Code,
  type Conjunct,
  type DefaultMode,
  type Env,
  Family,
  isWithin,
  placeOf,
  type Vertex,
} from "./vertex.js";
import { children } from "./view.js";

type Disjunction = Binary | AnyOf;

/**
 * Disjunctions: every disjunct is tried in a vertex of its own, next to all other conjuncts, and those that fail are left
 * out. A vertex of an alternative processes the same conjuncts again and meets the same disjunctions, so choices are kept
 * under keys that are equal in all vertices of one family.
 */

/** Meets a disjunction: goes on with the disjunct that was chosen for this vertex, or notes that one has to be. */
export function chooseDisjunct(vertex: Vertex, conjunct: Conjunct, code: Disjunction): void {
  const key =
    vertex.choices === undefined || vertex.family === undefined ? undefined : choiceKey(vertex.family, conjunct, code);
  const choice = key === undefined ? undefined : vertex.choices?.get(key);
  const chosen = choice === undefined ? undefined : disjuncts(code)[choice.index];
  if (chosen === undefined) vertex.active.disjunctions = append(vertex.active.disjunctions, conjunct);
  else {
    const { env, label, defines, close, trail } = conjunct;
    const cycle = optionally(conjunct.cycle);
    const disjunct = { env, code: chosen.code, label, defines, close, trail, cycle, choice: key };
    vertex.active.chosen = append(vertex.active.chosen, disjunct);
  }
}

/** Tries the first open disjunction of a vertex; the others are tried within each of its alternatives. */
export function settleDisjunction(evaluator: Evaluator, vertex: Vertex): void {
  const { active } = vertex;
  if (vertex.choices !== undefined && isRuledOut(evaluator, vertex, vertex.choices)) return;
  // Those within a disjunct first.
  const open = active.disjunctions ?? [];
  const conjunct = open.find(({ choice }) => choice !== undefined) ?? open[0];
  if (conjunct === undefined || (conjunct.code.kind !== "binary" && conjunct.code.kind !== "any-of")) return;
  vertex.family ??= new Family();
  const key = choiceKey(vertex.family, conjunct, conjunct.code);
  if (vertex.choices !== undefined) {
    vertex.family.tried.push({ choices: vertex.choices, next: { within: conjunct.choice } });
    if (mergesBefore(evaluator, vertex, `${conjunct.choice} ${key}`)) return;
  }
  const all = disjuncts(conjunct.code);
  const hasDefault = all.some(({ isMarked }) => isMarked);
  const left: Alternative[] = [];
  const alike = new Map<string, Alternative[]>();
  /** What used the value itself. */
  const readers = new Set<Vertex>();
  const faults: Fault[] = [];
  const laterFaults: Fault[] = [];
  for (const [index, { isMarked }] of all.entries()) {
    const alternative = evaluator.newVertex(vertex.parent, vertex.label, conjunct.code.pos);
    alternative.conjuncts = [...vertex.conjuncts];
    alternative.family = vertex.family;
    alternative.presence = vertex.presence;
    alternative.keyPos = vertex.keyPos;
    const mode: DefaultMode = isMarked ? "default" : hasDefault ? "not" : "maybe";
    alternative.choices = new Map(vertex.choices).set(key, { index, mode, within: conjunct.choice });
    active.current = alternative;
    const before = vertex.family.tried.length;
    const readBefore = active.readBy;
    active.readBy = undefined;
    evaluator.expand(alternative);
    const isReader = active.readBy !== undefined;
    active.readBy ??= readBefore;
    if (alternative.isMerged) continue;
    const fault = failure(evaluator, alternative);
    if (fault !== undefined) {
      faults.push(fault);
      const { next } = vertex.family.tried[before] ?? {};
      if (next !== undefined && next.within === conjunct.choice) laterFaults.push(fault);
      continue;
    }
    if (alternative.chosen === undefined && alternative.alternatives === undefined)
      vertex.family.tried.push({ choices: alternative.choices });
    for (const leaf of leaves(alternative)) {
      if (isReader) readers.add(leaf.vertex);
      addAlternative(evaluator, left, alike, leaf);
    }
  }
  active.current = undefined;
  vertex.forget();
  if (vertex.choices === undefined) {
    markDefaults(left, vertex.family);
    vertex.family.isOpen = left.length > 1;
  }
  const [only] = left;
  if (only === undefined) {
    // Why the last ones were ruled out counts.
    if (faults.length === 0) vertex.isMerged = true;
    else noteFailure(vertex, emptyDisjunction(vertex, laterFaults.length > 0 ? laterFaults : faults, conjunct));
    return;
  }
  // Which disjunct is left may not depend on which one it is. A default that does not ask is left anyway.
  const defaults = left.filter(({ mode }) => mode === "default");
  const isDecided = defaults.length === 1 && !defaults.some((each) => readers.has(each.vertex));
  const reader = active.readFrom ?? (isDecided && conjunct.code.kind === "binary" ? undefined : active.readBy);
  if (reader !== undefined) {
    const detail = `the disjunction is decided by itself: ${formatPath(vertex.path)} is used in it`;
    vertex.waiting = [{ ...incompleteAt(vertex, detail, conjunct.code.pos, [reader]), code: "cycle" }];
  } else if (left.length === 1) [vertex.chosen, vertex.chosenMode] = [only.vertex, only.mode];
  else vertex.alternatives = left;
}

function noteFailure(vertex: Vertex, fault: Fault): void {
  if (fault.kind === "error") addFault(vertex, fault);
  else vertex.waiting = [fault];
}

/**
 * Whether an alternative fails by what it is so far: a default that conflicts with what an expression comes to, or that
 * lacks a value, is none, whatever disjunctions come next.
 */
function isRuledOut(evaluator: Evaluator, vertex: Vertex, choices: ReadonlyMap<string, Choice>): boolean {
  evaluator.runExpressions(vertex);
  if (vertex.lists !== undefined) checkLength(vertex, vertex.lists);
  if (vertex.faults?.some(({ kind, isOfBound }) => kind === "error" && !isOfBound)) return true;
  if (hasPlainConflict(vertex, evaluator.meanings)) return true;
  if (![...choices.values()].some(({ mode }) => mode === "default")) return false;
  for (const { waitsFor: fault } of vertex.active.tasks) {
    // What is in the value itself may still get the field.
    if (fault?.missingIn === undefined || isWithin(fault.missingIn, vertex)) continue;
    vertex.waiting = append(vertex.waiting, fault);
    return true;
  }
  return false;
}

/**
 * Whether the same shows of an earlier alternative that meets the same disjunction next, so that it stands for this one. The
 * reference implementation takes them for equal, though there may be more to them.
 */
function mergesBefore({ meanings }: Evaluator, vertex: Vertex, next: string): boolean {
  const { family, choices } = vertex;
  const state = family && plainKey(vertex, meanings, (object) => family.place(object));
  if (family === undefined || choices === undefined || state === undefined) return false;
  const key = `${next} ${state}`;
  const earlier = family.open.get(key);
  if (earlier === undefined) family.open.set(key, choices);
  else family.equals.set(choices, earlier);
  vertex.isMerged = earlier !== undefined;
  return vertex.isMerged;
}

/** Says which alternatives are defaults, once all disjunctions of the value have been tried. */
function markDefaults(left: readonly Alternative[], family: Family): void {
  const modes = defaultModes(family.tried, family.equals);
  family.forget();
  for (const alternative of left) alternative.mode = modes.get(alternative.vertex.choices ?? new Map()) ?? "maybe";
}

/** The final vertices of one that may itself have been split. */
function leaves(vertex: Vertex): Alternative[] {
  if (vertex.chosen !== undefined) return [{ vertex: vertex.chosen, mode: vertex.chosenMode }];
  if (vertex.alternatives !== undefined) return vertex.alternatives;
  return [{ vertex, mode: defaultMode(vertex.choices ?? new Map(), undefined) }];
}

/** Adds an alternative, unless an equal one is there; `alike` has those that may be equal, by their outline. */
function addAlternative(
  evaluator: Evaluator,
  left: Alternative[],
  alike: Map<string, Alternative[]>,
  next: Alternative,
): void {
  const key = outline(evaluator, next.vertex);
  const candidates = alike.get(key) ?? [];
  const index = candidates.findIndex(({ vertex }) => {
    evaluator.budget.step(placeOf(vertex));
    return structurallyEqual(evaluator, vertex, next.vertex);
  });
  const same = candidates[index];
  if (same === undefined) {
    left.push(next);
    alike.set(key, [...candidates, next]);
    return;
  }
  // Of two equal ones the first stays.
  if (next.mode === "default") same.mode = "default";
  if (next.vertex.choices !== undefined && same.vertex.choices !== undefined)
    next.vertex.family?.equals.set(next.vertex.choices, same.vertex.choices);
}

/**
 * The first error in a vertex or below it, or expression without a value in it or its fields: either rules an alternative
 * out. Deeper down only errors do. An error counts more than what may still come.
 */
function failure(evaluator: Evaluator, vertex: Vertex, depth = 0): Fault | undefined {
  evaluator.expand(vertex);
  if (vertex.state === "busy" || vertex.alternatives !== undefined) return undefined;
  if (vertex.chosen !== undefined) return failure(evaluator, vertex.chosen, depth);
  const own = vertex.faults?.find(({ kind }) => kind === "error");
  if (own !== undefined) return own;
  if (vertex.isChecked) return undefined;
  let found = depth < 2 ? vertex.waiting?.[0] : undefined;
  for (const child of children(vertex)) {
    const fault = evaluator.budget.nested(placeOf(child), () => failure(evaluator, child, depth + 1));
    if (fault?.kind === "error") return fault;
    found ??= fault;
  }
  if (found === undefined && vertex.taintedBy === undefined) vertex.isChecked = true;
  return found;
}

function emptyDisjunction(vertex: Vertex, faults: readonly Fault[], conjunct: Conjunct): Fault {
  const [first] = faults;
  if (first === undefined) return errorAt(vertex, "conflicting-values", "no disjunct is left", conjunct.code.pos);
  // What the author says about it counts.
  const own = faults.find(({ code }) => code === "user-error");
  if (own !== undefined)
    return { ...own, related: distinctPlaces(faults.flatMap(({ pos }) => pos)).filter((pos) => pos !== own.pos) };
  const places = distinctPlaces(faults.flatMap((fault) => [fault.pos, ...fault.related])).sort(comparePos);
  if (faults.every(({ detail, pos }) => detail === first.detail && pos === first.pos)) return first;
  const details = [...new Set(faults.map(({ detail }) => detail))].slice(0, 5).join("; ");
  const none = noneOf(faults);
  const detail = none?.detail ?? `none of the ${faults.length} disjuncts fits: ${details}`;
  // What lacks a value may still get one.
  const kind = faults.some((fault) => fault.kind === "incomplete") ? "incomplete" : "error";
  const [pos = first.pos, ...related] = places;
  return { ...first, ...none, kind, detail, pos, related };
}

/** What to say where one scalar is wanted to be each of several others. */
function noneOf(faults: readonly Fault[]): Required<Pick<Fault, "detail" | "near">> | undefined {
  const pairs = faults.flatMap(({ unequal }) => (unequal === undefined ? [] : [unequal]));
  const found = pairs[0]?.find((value) => pairs.every((pair) => pair.includes(value)));
  if (found === undefined || pairs.length < faults.length) return undefined;
  const wanted = pairs.map(([a, b]) => (a === found ? b : a));
  const listed = wanted.slice(0, 12).join(", ");
  return { detail: `conflicting values: ${found} is none of ${listed}`, near: () => suggest(found, wanted) };
}

type Disjunct = Readonly<{ code: Code; isMarked: boolean }>;
const disjunctsOf = new WeakMap<Binary, readonly Disjunct[]>();

/** The disjuncts of `a | *b | c` in order. Those in parentheses are a disjunction of their own. */
export function disjuncts(code: Disjunction): readonly Disjunct[] {
  if (code.kind === "any-of")
    return code.vertices.map((vertex) => ({ code: { kind: "value", vertex, pos: code.pos }, isMarked: false }));
  const known = disjunctsOf.get(code);
  if (known !== undefined) return known;
  const found: Disjunct[] = [];
  const visit = (expr: Expr): void => {
    if (expr.kind === "binary" && expr.op === "|") {
      visit(expr.left);
      visit(expr.right);
    } else {
      const code = unmarked(expr);
      found.push({ code, isMarked: code !== expr });
    }
  };
  visit(code);
  disjunctsOf.set(code, found);
  return found;
}

function unmarked(expr: Expr): Expr {
  return expr.kind === "unary" && expr.op === "*" ? unmarked(expr.operand) : expr;
}

/**
 * Whether an alternative is a default: marks of disjunctions that are unified combine, and a mark around a disjunction
 * limits those inside (rules U and M of the specification).
 */
function defaultMode(choices: ReadonlyMap<string, Choice>, within: string | undefined): DefaultMode {
  let mode: DefaultMode = "maybe";
  for (const [key, choice] of choices) {
    if (choice.within !== within) continue;
    const inner = defaultMode(choices, key);
    const own = choice.mode === "not" || inner === "maybe" ? choice.mode : inner;
    if (mode === "not" || own === "not") mode = "not";
    else if (own === "default") mode = "default";
  }
  return mode;
}

/** The key of a choice differs from those of all other families, as some conjuncts carry it on to fields. */
function choiceKey(family: Family, { env }: Conjunct, code: Disjunction): string {
  return `${family.serial}:${family.place(code.kind === "any-of" ? code.origin : code)}${envKey(env, family)}`;
}

/**
 * Environments of a vertex, and of those below it, are made anew in each of its alternatives: what tells them apart is how
 * they came about.
 */
function envKey(env: Env, family: Family): string {
  const path = pathWithin(env.vertex, family);
  if (path === undefined || env.up === undefined) return `@${family.place(env)}`;
  return `<${path}${family.place(env.node)}.${env.serial}${envKey(env.up, family)}`;
}

function pathWithin(inner: Vertex, family: Family): string | undefined {
  let member: Vertex | undefined = inner;
  while (member !== undefined && member.family !== family) member = member.parent;
  if (member === undefined) return undefined;
  let path = "";
  for (let at: Vertex | undefined = inner; at !== undefined && at !== member; at = at.parent)
    path += `${JSON.stringify(at.label)}/`;
  return path;
}
