import { comparePos, type SourcePos } from "../diagnostics/index.js";
import type { Decl, Expr, Field, StructLiteral } from "./ast.js";
import type { Evaluator } from "./evaluator.js";
import { type Key, staticKey } from "./label.js";
import { OrderGraph } from "./order-graph.js";
import { append, type Code, type Trail, type Vertex } from "./vertex.js";
import { view } from "./view.js";

/** A struct literal, or some of its declarations, that became part of a vertex. */
export type StructPart = Readonly<{
  literal: StructLiteral;
  decls: readonly Decl[];
  /** The outermost reference that led to it, and what the last one referred to. */
  reference: Code | undefined;
  target: Vertex | undefined;
  /** Its place, if it has one of its own. */
  pos: SourcePos | undefined;
}>;

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
  let reference: Code | undefined;
  for (let step = trail; step !== undefined; step = step.next) if (step.code.kind !== "value") reference = step.code;
  vertex.structs = append(vertex.structs, { literal, decls, reference, target, pos });
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

/** The vertex that has the order: what only refers to another value has the order of that, down to the last field. */
function origin(evaluator: Evaluator, vertex: Vertex): Vertex {
  const { label, parent, shared } = vertex;
  if (shared !== undefined && (shared.inDefinition || !vertex.inDefinition))
    return origin(evaluator, view(evaluator, shared));
  const above = parent === undefined ? undefined : origin(evaluator, parent);
  if (above === undefined || above === parent || label === undefined) return vertex;
  const same = typeof label === "number" ? above.items?.[label] : above.arcs?.get(label);
  return same === undefined ? vertex : origin(evaluator, view(evaluator, same));
}

/** Where a part counts, and whether `&` joins it with another one. */
type Placed = { readonly part: StructPart; pos: SourcePos | undefined; isExplicit: boolean };

function sortedKeys(vertex: Vertex, structs: readonly StructPart[]): Key[] {
  const placed = structs.map((part): Placed => ({ part, pos: part.pos, isExplicit: false }));
  markExplicit(vertex, placed);
  const whole = wholePart(vertex, placed);
  if (whole !== undefined) return whole;
  const dynamic = place(vertex, placed);
  const hasDynamic = ({ part }: Placed): boolean =>
    dynamic.size > 0 && part.decls.some((d) => d.kind === "field" && dynamic.has(d));
  placed.sort((a, b) => compare(a.pos, b.pos) || Number(hasDynamic(a)) - Number(hasDynamic(b)));

  const graph = new OrderGraph(arcKeys(vertex));
  const owners = new Map<Key, Placed>();
  let previous: readonly Key[] = [];
  let file: string | undefined;
  for (const batch of batches(placed, hasDynamic)) {
    const isExplicit = batch.length > 1 || batch[0]?.isExplicit === true;
    if (file !== batch[0]?.pos?.file) previous = [];
    file = batch[0]?.pos?.file;
    const next: Key[] = [];
    for (const member of batch) {
      member.isExplicit = isExplicit;
      next.push(...chain(graph, owners, dynamic, previous, member));
    }
    previous = next;
  }
  return graph.sorted();
}

/**
 * The keys of the part that has them all, as a definition has, where the rules below say no more: no other part contradicts
 * it, and it comes first or has no order to the others.
 */
function wholePart({ arcs, mentioned }: Vertex, placed: readonly Placed[]): Key[] | undefined {
  if (arcs === undefined || mentioned !== undefined) return undefined;
  const all: Key[][] = [];
  for (const { part } of placed) {
    const keys = keysOf(part);
    if (keys === undefined) return undefined;
    all.push(keys);
  }
  const index = all.findIndex(({ length }) => length === arcs.size);
  const [whole, keys] = [placed[index]?.part, all[index]];
  if (whole === undefined || keys === undefined || !all.every((each) => isWithin(each, keys))) return undefined;
  const isJoined = placed.every(({ isExplicit }) => isExplicit);
  const behind = whole.reference?.pos.offset ?? whole.literal.end;
  const starts: number[] = [];
  for (const { part, isExplicit } of placed) {
    const { file, offset } = startOf(part);
    if (file !== startOf(whole).file || starts.includes(offset)) return undefined;
    if (!isJoined && (isExplicit || (part !== whole && offset <= behind))) return undefined;
    starts.push(offset);
  }
  return keys;
}

/** Tells whether keys are among others, in their order. */
function isWithin(keys: readonly Key[], others: readonly Key[]): boolean {
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

/** Parts are where the references that led to them are; returns the names of computed labels, by their fields. */
function place({ arcs }: Vertex, placed: readonly Placed[]): Map<Field, Key[]> {
  const embedders = new Map<Code | undefined, Placed[]>();
  const byLabel = new Map<SourcePos, { field: Field; parts: Placed[] }>();
  for (const entry of placed)
    for (const decl of entry.part.decls) {
      if (decl.kind === "embedding") {
        const code = withoutParens(decl.expr);
        embedders.set(code, [...(embedders.get(code) ?? []), entry]);
      }
      if (decl.kind !== "field") continue;
      const known = byLabel.get(decl.label.pos);
      if (known === undefined) byLabel.set(decl.label.pos, { field: decl, parts: [entry] });
      else known.parts.push(entry);
    }
  const dynamic = new Map<Field, Key[]>();
  for (const [key, arc] of arcs ?? [])
    for (const { label } of arc.conjuncts) {
      const found = byLabel.get(label);
      if (found === undefined) continue;
      const isDynamic = found.field.label.kind === "dynamic-label";
      for (const entry of found.parts) {
        const pos = entry.part.reference?.pos ?? label;
        // A computed label stands in order with embeddings.
        if (isDynamic && compare(pos, entry.pos) < 0) continue;
        entry.pos = pos;
        // A struct is where its last embedding is that gives something.
        for (const other of embedders.get(entry.part.reference) ?? []) other.pos = entry.pos;
      }
      if (isDynamic) dynamic.set(found.field, [...(dynamic.get(found.field) ?? []), key]);
    }
  return dynamic;
}

function markExplicit({ conjuncts }: Vertex, placed: readonly Placed[]): void {
  const open: Code[] = conjuncts.map(({ code }) => withoutParens(code));
  for (const { part } of placed)
    for (const decl of part.decls) if (decl.kind === "embedding") open.push(withoutParens(decl.expr));
  for (let code = open.pop(); code !== undefined; code = open.pop()) {
    if (code.kind !== "binary" || code.op !== "&") continue;
    open.push(...[code.left, code.right].map(withoutParens));
    for (const operand of [...disjunctsOf(code.left), ...disjunctsOf(code.right)])
      for (const entry of placed)
        if (entry.part.reference === operand || (entry.part.reference === undefined && entry.part.literal === operand))
          entry.isExplicit = true;
  }
}

function disjunctsOf(code: Expr): Expr[] {
  if (code.kind === "paren") return disjunctsOf(code.expr);
  if (code.kind === "unary" && code.op === "*") return disjunctsOf(code.operand);
  return code.kind === "binary" && code.op === "|" ? [...disjunctsOf(code.left), ...disjunctsOf(code.right)] : [code];
}

/** Parts that have one place, and neighbours that `&` joins, count as one. */
function batches(placed: readonly Placed[], hasDynamic: (entry: Placed) => boolean): Placed[][] {
  const atOnePlace: Placed[][] = [];
  for (const entry of placed) {
    const last = atOnePlace.at(-1);
    if (last?.[0] !== undefined && compare(last[0].pos, entry.pos) === 0 && !hasDynamic(entry)) last.push(entry);
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
  dynamic: ReadonlyMap<Field, Key[]>,
  previous: readonly Key[],
  member: Placed,
): readonly Key[] {
  let last = previous;
  for (const decl of member.part.decls) {
    if (decl.kind !== "field") continue;
    const key = staticKey(decl.label) ?? dynamic.get(decl)?.shift();
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

function withoutParens(code: Code): Code {
  return code.kind === "paren" ? withoutParens(code.expr) : code;
}

function isStatic({ label }: Field): boolean {
  return label.kind !== "dynamic-label";
}

/** What has no place comes first. */
function compare(a: SourcePos | undefined, b: SourcePos | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return comparePos(a, b);
}
