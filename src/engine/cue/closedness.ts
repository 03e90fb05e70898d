import { comparePos, suggest } from "../diagnostics/index.js";
import { errorAt } from "./fault.js";
import { formatPath, isRegularKey, type Key, keyName } from "./label.js";
import { append, type Conjunct, type Vertex } from "./vertex.js";

/**
 * Which closed structs the conjuncts of a vertex come out of, as a tree. A closed group (a definition that was referred to)
 * allows no field that none of its conjuncts mentions. An embedding limits that to what it embeds; and a struct literal
 * that embeds something closed becomes closed itself, with its own fields allowed.
 */
export type CloseNode = Readonly<{
  kind: "group" | "embedding";
  /** Closed at this vertex; fields below are closed too. */
  isClosed: boolean;
  /** Closed without its fields being closed, as `close()` makes it. */
  isShallow: boolean;
  parent: CloseNode | undefined;
  /** The same group at the vertex above. */
  above: CloseNode | undefined;
  /** What was referred to, so that a second reference to it is the same group. */
  target: Vertex | undefined;
}>;

export function structNode(parent: CloseNode | undefined): CloseNode {
  return { kind: "group", isClosed: false, isShallow: false, parent, above: undefined, target: undefined };
}

export function embeddingNode(parent: CloseNode | undefined): CloseNode {
  return { kind: "embedding", isClosed: false, isShallow: false, parent, above: undefined, target: undefined };
}

/** The group of a closed `target` in a vertex, made once for each place that refers to it. */
export function closedNode(
  vertex: Vertex,
  parent: CloseNode | undefined,
  target: Vertex,
  isShallow = false,
): CloseNode {
  for (const node of vertex.closeNodes ?? [])
    if (node.target === target && node.parent === parent && node.isShallow === isShallow) return node;
  const node: CloseNode = { kind: "group", isClosed: true, isShallow, parent, above: undefined, target };
  register(vertex, node);
  return node;
}

/** The node of a field that stands for `node` of the vertex above. */
export function mirror(field: Vertex, node: CloseNode | undefined): CloseNode | undefined {
  if (node === undefined) return undefined;
  const known = field.firstMirror?.above === node ? field.firstMirror : field.mirrors?.get(node);
  if (known !== undefined) return known;
  const isClosed = node.isClosed && !node.isShallow;
  const parent = mirror(field, node.parent);
  const made: CloseNode = { kind: node.kind, isClosed, isShallow: false, parent, above: node, target: undefined };
  if (field.firstMirror === undefined) field.firstMirror = made;
  else field.mirrors = (field.mirrors ?? new Map()).set(node, made);
  return made;
}

/** Makes the groups of a conjunct known to its vertex. */
export function register(vertex: Vertex, node: CloseNode | undefined): void {
  for (let at = node; at !== undefined; at = at.parent) {
    if (vertex.closeNodes?.includes(at)) return;
    vertex.closeNodes = append(vertex.closeNodes, at);
  }
}

/** Notes that the group of a conjunct takes any field: `...` or `_`. */
export function open(vertex: Vertex, node: CloseNode | undefined): void {
  vertex.isOpen = true;
  if (node === undefined) return;
  vertex.openNodes ??= new Set();
  vertex.openNodes.add(node);
}

/** Adds a fault for every field that a closed group does not allow. */
export function checkClosed(vertex: Vertex): void {
  if (vertex.structNodes === undefined || vertex.arcs === undefined) return;
  const closed = closedGroups(vertex);
  if (closed.length === 0) return;
  const groups = vertex.openNodes === undefined ? closed : closed.filter((group) => !isOpened(vertex, group));
  if (groups.length === 0) return;
  for (const [key, field] of vertex.arcs) {
    if (!isRegularKey(key) || field.presence === 0) continue;
    const culprit = firstForbidden(field, groups);
    if (culprit === undefined) continue;
    const name = keyName(key);
    const near = suggest(name, allowedNames(vertex, closed, name));
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    const places = field.conjuncts.filter(({ defines }) => defines).map(({ label }) => label);
    const [pos = culprit.label, ...others] = places.sort(comparePos);
    const what = `field not allowed: ${formatPath([key])} is no field of the closed struct${hint}`;
    vertex.faults = append(vertex.faults, errorAt(field, "field-not-allowed", what, pos, others));
  }
}

/** Tells whether a vertex takes a field that it does not have: a closed struct takes none, unless a pattern covers it. */
export function takesMoreFields(vertex: Vertex, key: Key): boolean {
  if (!isRegularKey(key) || vertex.patterns?.some(({ accepts }) => accepts(keyName(key)))) return true;
  if (vertex.inDefinition) return vertex.isOpen;
  for (const group of closedGroups(vertex)) if (!isOpened(vertex, group)) return false;
  return true;
}

/** Closed groups that have a struct, and those that are closed since they embed one. */
function closedGroups({ closeNodes, structNodes }: Vertex): readonly CloseNode[] {
  if (closeNodes === undefined || structNodes === undefined) return [];
  let closed: Set<CloseNode> | undefined;
  for (const node of closeNodes) {
    if (!node.isClosed || !structNodes.some((inner) => isWithin(inner, node))) continue;
    closed = (closed ?? new Set()).add(node);
    for (let at = enclosingEmbedding(node); at?.parent !== undefined; at = enclosingEmbedding(at.parent))
      closed.add(at.parent);
  }
  return closed === undefined ? [] : [...closed];
}

function isOpened({ openNodes }: Vertex, group: CloseNode): boolean {
  for (const node of openNodes ?? []) if (isWithin(node, group)) return true;
  return false;
}

function enclosingEmbedding(node: CloseNode): CloseNode | undefined {
  for (let at: CloseNode | undefined = node; at !== undefined; at = at.parent) if (at.kind === "embedding") return at;
  return undefined;
}

/** The first conjunct that gives a field which a group does not allow. */
function firstForbidden(field: Vertex, groups: readonly CloseNode[]): Conjunct | undefined {
  // Mostly there are none left here, and nothing has to be asked of every conjunct.
  const strict = groups.filter((group) => !isMentioned(field, group));
  if (strict.length === 0) return undefined;
  return field.conjuncts.find(({ defines, close }) => defines && strict.some((group) => limits(group, close?.above)));
}

/** Whether one of the conjuncts of a field comes out of a group. */
function isMentioned({ conjuncts }: Vertex, group: CloseNode): boolean {
  for (const { close } of conjuncts) if (isWithin(close?.above, group)) return true;
  return false;
}

/** Whether a group has a say in what comes out of `origin`: one in an embedding only in what is embedded there too. */
function limits(group: CloseNode, origin: CloseNode | undefined): boolean {
  const scope = enclosingEmbedding(group);
  return scope === undefined || isWithin(origin, scope);
}

function isWithin(node: CloseNode | undefined, group: CloseNode): boolean {
  for (let at = node; at !== undefined; at = at.parent) if (at === group) return true;
  return false;
}

function* allowedNames(vertex: Vertex, groups: readonly CloseNode[], except: Key): Generator<string> {
  for (const [key, field] of vertex.arcs ?? [])
    if (isRegularKey(key) && keyName(key) !== except)
      if (field.conjuncts.some((c) => groups.some((group) => isWithin(c.close?.above, group)))) yield keyName(key);
}
