import { type Key, keyName } from "./label.js";

type Node = {
  readonly key: Key;
  readonly next: Set<Node>;
  /** How many nodes have this one in `next`. */
  before: number;
  group: Group | undefined;
  index: number;
  low: number;
};
/** Keys that have to be before each other, and so have no order: alphabetical. */
type Group = { readonly keys: Key[]; readonly next: Set<Group>; waitsFor: number };

/** Sorts keys so that what was added to be before comes before; the first of the alphabet where there is a choice. */
export class OrderGraph {
  readonly #nodes = new Map<Key, Node>();

  constructor(keys: Iterable<Key>) {
    for (const key of keys) this.#node(key);
  }

  add(before: Key, after: Key): void {
    const [{ next }, node] = [this.#node(before), this.#node(after)];
    if (next.has(node)) return;
    next.add(node);
    node.before++;
  }

  sorted(): Key[] {
    return this.#onlyOrder() ?? this.#sortedGroups();
  }

  /** The one order there is, where what was added leaves no choice, as it does for most structs. */
  #onlyOrder(): Key[] | undefined {
    const sorted: Key[] = [];
    let at: Node | undefined;
    for (const node of this.#nodes.values()) {
      if (node.before > 0) continue;
      if (at !== undefined) return undefined;
      at = node;
    }
    const waitsFor = new Map<Node, number>();
    while (at !== undefined) {
      sorted.push(at.key);
      let ready: Node | undefined;
      for (const next of at.next) {
        const left = (waitsFor.get(next) ?? next.before) - 1;
        waitsFor.set(next, left);
        if (left > 0) continue;
        if (ready !== undefined) return undefined;
        ready = next;
      }
      at = ready;
    }
    return sorted.length === this.#nodes.size ? sorted : undefined;
  }

  #sortedGroups(): Key[] {
    const groups = this.#groups();
    const ready = groups.filter(({ waitsFor }) => waitsFor === 0);
    const sorted: Key[] = [];
    while (ready.length > 0) {
      const [first] = ready.splice(indexOfFirst(ready), 1);
      if (first === undefined) break;
      sorted.push(...first.keys);
      for (const group of first.next) if (--group.waitsFor === 0) ready.push(group);
    }
    return sorted;
  }

  #node(key: Key): Node {
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    const node: Node = { key, next: new Set(), before: 0, group: undefined, index: -1, low: -1 };
    this.#nodes.set(key, node);
    return node;
  }

  /** The strongly connected components, by Tarjan's algorithm, with a stack of its own: chains are as long as structs. */
  #groups(): Group[] {
    const groups: Group[] = [];
    const open: Node[] = [];
    let count = 0;
    const visit = (start: Node): void => {
      const enter = (node: Node): { node: Node; rest: Iterator<Node> } => {
        node.index = node.low = count++;
        open.push(node);
        return { node, rest: node.next.values() };
      };
      const path = [enter(start)];
      for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
        const { value: next, done } = at.rest.next();
        if (done !== true) {
          if (next.index === -1) path.push(enter(next));
          else if (next.group === undefined) at.node.low = Math.min(at.node.low, next.index);
          continue;
        }
        path.pop();
        const above = path.at(-1);
        if (above !== undefined) above.node.low = Math.min(above.node.low, at.node.low);
        if (at.node.low === at.node.index) groups.push(groupOf(open.splice(open.indexOf(at.node))));
      }
    };
    for (const node of this.#nodes.values()) if (node.index === -1) visit(node);
    for (const { next, group } of this.#nodes.values())
      for (const { group: other } of next)
        if (group !== undefined && other !== undefined && other !== group && !group.next.has(other)) {
          group.next.add(other);
          other.waitsFor++;
        }
    return groups;
  }
}

function groupOf(nodes: readonly Node[]): Group {
  const group: Group = { keys: nodes.map(({ key }) => key).sort(compareNames), next: new Set(), waitsFor: 0 };
  for (const node of nodes) node.group = group;
  return group;
}

function indexOfFirst(groups: readonly Group[]): number {
  let first = 0;
  for (const [index, { keys }] of groups.entries())
    if (compareNames(keys[0] ?? "", groups[first]?.keys[0] ?? "") < 0) first = index;
  return first;
}

/** By bytes of UTF-8. */
function compareNames(a: Key, b: Key): number {
  const [x, y] = [keyName(a), keyName(b)];
  return x === y ? 0 : Buffer.compare(Buffer.from(x), Buffer.from(y));
}
