import type { SourcePos } from "../diagnostics/index.js";
import type { Decl, Field, StructLiteral } from "./ast.js";
import type { Evaluator } from "./evaluator.js";
import { type Key, staticKey } from "./label.js";
import { OrderGraph } from "./order-graph.js";
import {
  type ComputedKeys,
  comparePlaces,
  joinedCodes,
  outermost,
  type Placed,
  placeStructs,
  type StructPart,
} from "./place-structs.js";
import { origin } from "./shared-value.js";
import { append, type Code, type Trail, type Vertex } from "./vertex.js";

/**
 * Notes declarations of a literal, which stands at `pos` where all of it counts. What several references lead to counts
 * once, for the first of them.
 */
export function noteStruct(
  vertex: Vertex,
  trail: Trail | undefined,
  literal: StructLiteral,
  decls: readonly Decl[],
  pos: SourcePos | undefined,
): void {
  const target = trail?.target;
  // The body of a loop is a part for each turn.
  if (target !== undefined && decls === literal.decls)
    for (const part of vertex.structs ?? []) if (part.target === target && part.literal === literal) return;
  vertex.structs = append(vertex.structs, { literal, decls, reference: outermost(trail), target, pos });
}

/** Keys in the order in which they came up, also in comprehensions that gave them later. */
export function* arcKeys({ arcs, mentioned }: Vertex): Generator<Key> {
  if (arcs === undefined) return;
  if (mentioned === undefined) yield* arcs.keys();
  else for (const key of mentioned) if (arcs.has(key)) yield key;
}

/**
 * The keys of a vertex in the order of output. Each struct that was unified keeps the order of its source, and structs come
 * one after the other as the source has them; those that `&` joins have no order between them. What is left open, or
 * contradicts itself, is in alphabetical order. These are the rules of the reference implementation since v0.12.
 */
export function fieldOrder(evaluator: Evaluator, vertex: Vertex): Iterable<Key> {
  const { structs, arcs, mentioned } = vertex;
  if (structs === undefined || arcs === undefined || arcs.size < 2) return arcKeys(vertex);
  const [only] = structs;
  const isPlain = structs.length === 1 && only?.decls.every((decl) => decl.kind !== "field" || isStatic(decl));
  if (isPlain && mentioned === undefined) return arcs.keys();
  const at = origin(evaluator, vertex);
  if (at === vertex || at.structs === undefined) return sortedKeys(vertex, structs);
  return new Set([...sortedKeys(at, at.structs), ...arcKeys(vertex)]);
}

function sortedKeys(vertex: Vertex, structs: readonly StructPart[]): Key[] {
  const joins = new Set<Code>(joinedCodes(vertex, structs));
  const whole = wholePart(vertex, structs, joins);
  if (whole !== undefined) return whole;
  const placed = structs.map((part): Placed => ({ part, pos: part.pos, isExplicit: false }));
  const computed = placeStructs(vertex, placed, joins);
  const hasComputed = ({ part }: Placed): boolean =>
    computed.size > 0 && part.decls.some((decl) => decl.kind === "field" && computed.has(decl));
  placed.sort((a, b) => comparePlaces(a.pos, b.pos) || Number(hasComputed(a)) - Number(hasComputed(b)));

  const graph = new OrderGraph(arcKeys(vertex));
  const owners = new Map<Key, Placed>();
  let previous: readonly Key[] = [];
  let file: string | undefined;
  for (const batch of batches(placed, hasComputed)) {
    const isExplicit = batch.length > 1 || batch[0]?.isExplicit === true;
    if (file !== batch[0]?.pos?.file) previous = [];
    file = batch[0]?.pos?.file;
    const next: Key[] = [];
    for (const member of batch) {
      member.isExplicit = isExplicit;
      next.push(...chain(graph, owners, computed, previous, member));
    }
    previous = next;
  }
  return graph.sorted();
}

/**
 * The keys of the part that has them all, as a definition has, where the rules below say no more: no other part contradicts
 * it, and it comes first or has no order to the others.
 */
function wholePart(
  { arcs, mentioned }: Vertex,
  structs: readonly StructPart[],
  joins: ReadonlySet<Code>,
): Key[] | undefined {
  if (arcs === undefined || mentioned !== undefined) return undefined;
  const all: Key[][] = [];
  for (const part of structs) {
    const keys = keysOf(part);
    if (keys === undefined) return undefined;
    all.push(keys);
  }
  const index = all.findIndex(({ length }) => length === arcs.size);
  const [whole, keys] = [structs[index], all[index]];
  if (whole === undefined || keys === undefined || !all.every((each) => isSubsequence(each, keys))) return undefined;
  const isExplicit = ({ reference, literal }: StructPart): boolean => joins.has(reference ?? literal);
  const isJoined = structs.every(isExplicit);
  const behind = whole.reference?.pos.offset ?? whole.literal.end;
  const starts: number[] = [];
  for (const part of structs) {
    const { file, offset } = startOf(part);
    if (file !== startOf(whole).file || starts.includes(offset)) return undefined;
    if (!isJoined && (isExplicit(part) || (part !== whole && offset <= behind))) return undefined;
    starts.push(offset);
  }
  return keys;
}

/** Tells whether keys are among others, in their order. */
function isSubsequence(keys: readonly Key[], others: readonly Key[]): boolean {
  let at = 0;
  for (const key of keys) {
    at = others.indexOf(key, at);
    if (at === -1) return false;
  }
  return true;
}

/** The keys of a part in its order, where nothing else has a say in it. */
function keysOf({ decls }: StructPart): Key[] | undefined {
  const keys: Key[] = [];
  for (const decl of decls) {
    if (decl.kind === "embedding") return undefined;
    if (decl.kind !== "field") continue;
    const key = staticKey(decl.label);
    if (key === undefined) return undefined;
    if (key !== keys.at(-1)) keys.push(key);
  }
  return keys;
}

function startOf({ reference, literal }: StructPart): SourcePos {
  return reference?.pos ?? literal.pos;
}

/** Parts that have one place, and neighbours that `&` joins, count as one. */
function batches(placed: readonly Placed[], hasComputed: (entry: Placed) => boolean): Placed[][] {
  const atOnePlace: Placed[][] = [];
  for (const entry of placed) {
    const last = atOnePlace.at(-1);
    if (last?.[0] !== undefined && comparePlaces(last[0].pos, entry.pos) === 0 && !hasComputed(entry)) last.push(entry);
    else atOnePlace.push([entry]);
  }
  const joined: Placed[][] = [];
  const isExplicit = (batch: readonly Placed[]): boolean => batch.length > 1 || batch[0]?.isExplicit === true;
  for (const batch of atOnePlace) {
    const last = joined.at(-1);
    const isOneFile = last?.[0]?.pos?.file === batch[0]?.pos?.file;
    if (last !== undefined && isOneFile && isExplicit(last) && isExplicit(batch)) last.push(...batch);
    else joined.push(batch);
  }
  return joined;
}

/** Adds the fields of one part behind `previous`, one behind the other; returns the last. */
function chain(
  graph: OrderGraph,
  owners: Map<Key, Placed>,
  computed: ComputedKeys,
  previous: readonly Key[],
  member: Placed,
): readonly Key[] {
  let last = previous;
  for (const decl of member.part.decls) {
    if (decl.kind !== "field") continue;
    const key = staticKey(decl.label) ?? computed.get(decl)?.shift();
    if (key === undefined) continue;
    const owner = owners.get(key);
    if (owner === member) continue;
    // In structs one after the other, the first mention counts.
    const isKnown = owner?.pos !== undefined && owner.pos.file === member.pos?.file;
    if (isKnown && !member.isExplicit) continue;
    owners.set(key, member);
    for (const before of last) graph.add(before, key);
    last = [key];
  }
  return last;
}

function isStatic({ label }: Field): boolean {
  return label.kind !== "dynamic-label";
}
