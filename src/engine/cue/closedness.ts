import { comparePos, type SourcePos, suggest } from "../diagnostics/index.js";
import type { Evaluator } from "./evaluator.js";
import { errorAt } from "./fault.js";
import { formatPath, isRegularKey, type Key, keyName } from "./label.js";
import { environment } from "./references.js";
import { isSameEnv } from "./same-env.js";
import { append, type Conjunct, presences, type Vertex } from "./vertex.js";
import { errorWithin, view } from "./view.js";

/**
 * What a conjunct came out of: a definition that was referred to, an embedding, or a struct literal that embeds something.
 * Fields keep the node of what gave them, so that a node holds whatever came out of it, at every depth. A definition allows
 * no field of which it holds no conjunct. One that is embedded has no say in what its struct says outside of the embedding,
 * but closes that struct, with the struct's own fields allowed. (The reference implementation: `adt/typocheck.go`.)
 */
export class CloseNode {
  readonly kind: "definition" | "reference" | "embedding" | "struct";
  /** The vertex that it was made for. */
  readonly at: Vertex;
  readonly parent: CloseNode | undefined;
  /** The nearest embedding, and the struct around it, at or above the node. */
  readonly embedding: CloseNode | undefined;
  readonly struct: CloseNode | undefined;
  readonly target: Vertex | undefined;
  /** Where the embedding or the struct stands. */
  readonly pos: SourcePos | undefined;
  /** Other nodes that hold this one: where the same definition was referred to again. */
  others: CloseNode[] | undefined;
  isClosed: boolean;
  /** Closed without its fields being closed, as `close()` makes it. */
  isShallow = false;

  constructor(
    at: Vertex,
    kind: CloseNode["kind"],
    parent: CloseNode | undefined,
    { target, pos }: { target?: Vertex; pos?: SourcePos } = {},
  ) {
    this.kind = kind;
    this.at = at;
    this.parent = parent;
    this.embedding = kind === "embedding" ? this : parent?.embedding;
    this.struct = kind === "struct" ? this : parent?.struct;
    this.target = target;
    this.pos = pos;
    this.isClosed = kind === "definition";
    at.closeNodes = append(at.closeNodes, this);
  }

  /** Whether another node is this one, or came out of it. */
  holds(other: CloseNode | undefined): boolean {
    for (let node = other; node !== undefined; node = node.parent) {
      if (node === this) return true;
      if (node.others !== undefined) return holdersOf(node).has(this);
    }
    return false;
  }
}

/** A node and all that hold it, each once: there are many ways through definitions that are referred to twice. */
function holdersOf(start: CloseNode): ReadonlySet<CloseNode> {
  const found = new Set([start]);
  for (const { parent, others = [] } of found) {
    if (parent !== undefined) found.add(parent);
    for (const other of others) found.add(other);
  }
  return found;
}

/** The node of a struct literal that embeds something. Within another such struct, or an embedding, it needs none. */
export function structNode(vertex: Vertex, parent: CloseNode | undefined, pos: SourcePos): CloseNode | undefined {
  if (parent?.struct !== undefined || parent?.embedding?.at === vertex) return parent;
  return new CloseNode(vertex, "struct", parent, { pos });
}

/** The node of a reference to a struct that embeds something, which closes with that. */
export function referenceNode(vertex: Vertex, parent: CloseNode | undefined): CloseNode | undefined {
  if (parent?.struct !== undefined || parent?.embedding?.at === vertex) return parent;
  return new CloseNode(vertex, "reference", parent);
}

/**
 * The node of a definition. A second reference to it says nothing new, and limits something only in an embedding. Which one
 * is the second, where references lead there, is the reference implementation's own business: then both limit.
 */
export function definitionNode(vertex: Vertex, { close: parent, trail }: Conjunct, target: Vertex): CloseNode {
  if (parent?.embedding?.at === vertex && parent.struct?.at === vertex) close(vertex, parent.struct);
  const known = vertex.closeNodes?.find((node) => node.target === target);
  if (known === undefined) return new CloseNode(vertex, "definition", parent, { target });
  const isRepeated = parent?.embedding === undefined && trail?.at !== vertex;
  const holder = isRepeated ? parent : new CloseNode(vertex, "definition", parent, { target });
  if (holder !== undefined && !holder.holds(known) && !known.holds(holder)) known.others = append(known.others, holder);
  return known;
}

/** Closes a struct, with its fields; those that were worked out before are again when they are needed. */
function close(vertex: Vertex, struct: CloseNode): void {
  if (struct.isClosed) return;
  struct.isClosed = true;
  // And all else that came by the same reference.
  if (struct.parent?.kind === "reference" && struct.parent.at === vertex) struct.parent.isClosed = true;
  for (const arc of vertex.arcs?.values() ?? []) if (arc.state === "done") arc.reset();
}

/** What the conjuncts of a node say about a vertex: that it is a struct, may be anything, may have more or any fields. */
export type Evidence = { readonly node: CloseNode; says: number };
export const says = { nothing: 0, struct: 1, anything: 2, moreFields: 4, anyFields: 8 } as const;

/** Notes what a conjunct says. */
export function note(vertex: Vertex, node: CloseNode | undefined, what: number): void {
  if (what === says.moreFields) vertex.isOpen = true;
  if (node === undefined) return;
  const known = vertex.evidence?.find((each) => each.node === node);
  if (known !== undefined) known.says |= what;
  else vertex.evidence = append(vertex.evidence, { node, says: what });
}

/** A node that closes a vertex, or may close what is below it; `isLifted` where the fields come of a `...` in it. */
export type Limit = Readonly<{ node: CloseNode; isClosed: boolean; isLifted: boolean }>;

/** The nodes with conjuncts in a vertex that limit its fields: its own, and those that limit the vertex above. */
function limitsOf(vertex: Vertex): readonly Limit[] {
  const { parent, evidence, closeNodes } = vertex;
  if (vertex.limits !== undefined) return vertex.limits;
  if (evidence === undefined) return [];
  const inherited = parent === undefined ? [] : limitsOf(parent);
  const said = saidWithin(evidence);
  const isHidden = typeof vertex.label === "string" && !isRegularKey(vertex.label);
  const limits: Limit[] = [];
  for (const { node, isClosed, isLifted } of inherited) {
    const isHeld = said.has(node);
    // What came out of an embedding is limited by all that was embedded there.
    if (!isHeld && (isHidden || node.embedding === undefined || !said.has(node.embedding))) continue;
    const closes = closeNodes?.some(
      ({ kind, isShallow, struct }) => kind === "definition" && !isShallow && struct === node,
    );
    limits.push({
      node,
      isClosed: (isClosed && !node.isShallow) || closes === true,
      isLifted: isLifted || ((!isHeld || node.kind === "struct") && isBesideEllipsis(vertex, node)),
    });
  }
  for (const node of closeNodes ?? [])
    if (node.isClosed || node.kind === "struct") limits.push({ node, isClosed: node.isClosed, isLifted: false });
  const kept = limits.filter(({ node }) => !isUnlimited(said.get(node)));
  if (vertex.state === "done" && (parent === undefined || parent.limits !== undefined)) vertex.limits = kept;
  return kept;
}

/** What the conjuncts within each node say, in one walk: definitions of definitions are within as many nodes as they are deep. */
function saidWithin(evidence: readonly Evidence[]): ReadonlyMap<CloseNode, number> {
  const said = new Map<CloseNode, number>();
  const add = (node: CloseNode, what: number) => said.set(node, (said.get(node) ?? says.nothing) | what);
  for (const each of evidence) {
    let at: CloseNode | undefined = each.node;
    for (; at !== undefined && at.others === undefined; at = at.parent) add(at, each.says);
    if (at !== undefined) for (const holder of holdersOf(at)) add(holder, each.says);
  }
  return said;
}

/** Whether conjuncts that say this take whatever there is. */
function isUnlimited(said: number = says.nothing): boolean {
  return (said & says.anyFields) !== 0 || (said & (says.anything | says.struct)) === says.anything;
}

/** Whether a struct has a `...` above, and nothing of what says so has a part in the vertex. */
function isBesideEllipsis({ parent, evidence }: Vertex, struct: CloseNode): boolean {
  const open = ellipsisIn(parent?.evidence, struct);
  return open !== undefined && !evidence?.some(({ node }) => open.holds(node));
}

/** The first node within another one that has a `...`. */
function ellipsisIn(evidence: readonly Evidence[] | undefined, within: CloseNode): CloseNode | undefined {
  return evidence?.find(({ node, says: said }) => (said & says.moreFields) !== 0 && within.holds(node))?.node;
}

/** Adds a fault for every field that is not allowed. */
export function checkClosed(evaluator: Evaluator, vertex: Vertex): void {
  const { arcs, evidence, faults } = vertex;
  if (arcs === undefined || evidence === undefined || faults !== undefined) return;
  const limits = limitsOf(vertex).map((limit) =>
    ellipsisIn(evidence, limit.node) === undefined ? limit : { ...limit, isLifted: true },
  );
  const strict = limits.filter(({ isClosed, isLifted }) => isClosed && !isLifted);
  if (strict.length === 0) return;
  const lifted = limits.filter(({ isLifted }) => isLifted).map(({ node }) => node);
  for (const [key, field] of arcs) {
    if (field.presence === presences.optional || !isRegularKey(key)) continue;
    const givers = field.conjuncts.filter((conjunct) => !isItself(evaluator, field, conjunct));
    if (strict.every(({ node }) => allows(node, givers, lifted)) || hasError(evaluator, field)) continue;
    const name = keyName(key);
    const isOwn = givers.length < field.conjuncts.length;
    const near = (): string | undefined => (isOwn ? undefined : suggest(name, allowedNames(vertex, strict, name)));
    const places = field.conjuncts.filter(({ defines }) => defines).map(({ label }) => label);
    const [pos = field.keyPos, ...others] = places.sort(comparePos);
    const what = `field not allowed: ${formatPath([key])} is no field of the closed struct${isOwn ? ", and may not be there by itself" : ""}`;
    if (pos !== undefined)
      vertex.faults = append(vertex.faults, { ...errorAt(field, "field-not-allowed", what, pos, others), near });
  }
}

/** Whether a conjunct only says that a field is itself: that does not count as having the field. */
function isItself({ meanings }: Evaluator, { parent, label }: Vertex, { code, env }: Conjunct): boolean {
  const meaning = code.kind === "identifier" ? meanings.get(code) : undefined;
  return meaning?.kind === "field" && meaning.key === label && environment(env, meaning.up).vertex === parent;
}

/** Whether a node has a conjunct of a field, or the field is added to the embedding outside of it. */
function allows(node: CloseNode, conjuncts: readonly Conjunct[], lifted: readonly CloseNode[]): boolean {
  for (const { close } of conjuncts) if (node.holds(close)) return true;
  const { embedding, kind } = node;
  if (embedding === undefined) return false;
  const outer = kind === "struct" ? node.parent : node.struct;
  if (outer !== undefined && lifted.includes(outer)) return true;
  return conjuncts.some(
    (conjunct) =>
      !embedding.holds(conjunct.close?.embedding) &&
      (outer === undefined || outer.holds(conjunct.close)) &&
      !conjuncts.some((other) => embedding.holds(other.close?.embedding) && isSameConjunct(other, conjunct)),
  );
}

/** Whether two conjuncts are one, which came by two embeddings of one value: the second one adds nothing. */
function isSameConjunct(a: Conjunct, b: Conjunct): boolean {
  return a.code === b.code && isSameEnv(a.env, b.env);
}

/** A field with another error, or without a value, has enough with that. */
function hasError(evaluator: Evaluator, field: Vertex): boolean {
  const value = view(evaluator, field);
  if (value.waiting !== undefined) return true;
  const fault = errorWithin(evaluator, field);
  return fault?.kind === "error" && fault.code !== "field-not-allowed";
}

/** Whether a vertex is closed, or below something that is; a `...` in it does not count. */
export function isClosed({ inDefinition, closeNodes, parent }: Vertex): boolean {
  if (inDefinition || closeNodes?.some(({ kind }) => kind === "definition")) return true;
  for (let at = parent; at !== undefined; at = at.parent)
    if (at.closeNodes?.some(({ kind, isShallow }) => kind === "definition" && !isShallow)) return true;
  return false;
}

/** Tells whether a vertex takes a field that it does not have: a closed struct takes none, unless a pattern covers it. */
export function takesMoreFields(vertex: Vertex, key: Key): boolean {
  if (!isRegularKey(key) || vertex.isOpen || !isClosed(vertex)) return true;
  return vertex.patterns?.some(({ accepts }) => accepts(keyName(key))) === true;
}

function* allowedNames({ arcs }: Vertex, limits: readonly Limit[], except: string): Generator<string> {
  for (const [key, { conjuncts }] of arcs ?? [])
    if (isRegularKey(key) && keyName(key) !== except)
      if (conjuncts.some(({ close }) => limits.every(({ node }) => node.holds(close)))) yield keyName(key);
}
