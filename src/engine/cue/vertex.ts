import type { SourcePos } from "../diagnostics/index.js";
import type { Comprehension, Expr, LetDecl } from "./ast.js";
import type { CloseNode, Evidence, Limit } from "./closedness.js";
import type { Tried } from "./default-modes.js";
import type { Fault } from "./fault.js";
import { anyKind, kinds } from "./kind.js";
import { isDefinitionKey, type Key } from "./label.js";
import type { StructPart } from "./place-structs.js";
import type { Read } from "./reads.js";
import { type Scalar, scalarKind } from "./scalar.js";
import type { Cycle } from "./structural-cycle.js";
import type { Use } from "./task-uses.js";

/** What a conjunct says: an expression of the source, or values that an operation made. */
export type Code = Expr | Value | ValueList | AnyOf;
/** A value, or only its data: nothing in that is closed, and defaults are values. */
export type Value = Readonly<{ kind: "value" | "data"; vertex: Vertex; pos: SourcePos }>;
/** A list of values. */
export type ValueList = Readonly<{ kind: "values"; vertices: readonly Vertex[]; pos: SourcePos }>;
/** A disjunction of values, which `origin` made. */
export type AnyOf = Readonly<{ kind: "any-of"; vertices: readonly Vertex[]; origin: object; pos: SourcePos }>;

/**
 * Where names are looked up: the vertex that a struct literal became part of, and the environment around it. An environment
 * of a loop, a named pattern or a `let` clause has `variables` instead. `node` and `serial` tell environments of one vertex apart.
 */
export type Env = Readonly<{
  up: Env | undefined;
  vertex: Vertex;
  node: object;
  serial: number;
  variables?: readonly (readonly [name: string, value: Vertex])[];
  lets?: Map<LetDecl, Vertex> | undefined;
}>;

/** One of the values that a vertex unifies. */
export type Conjunct = Readonly<{
  env: Env;
  code: Code;
  /** Place of the label that gave the conjunct. */
  label: SourcePos;
  /** False for what only constrains a field that something else has to give: `a?:` and `[string]:`. */
  defines: boolean;
  /** What the conjunct came out of, where that matters for which fields are allowed. */
  close: CloseNode | undefined;
  /** The references that led here. */
  trail: Trail | undefined;
  cycle: Cycle;
  /** The disjunction whose disjunct this is, or is part of. */
  choice: string | undefined;
}>;

/**
 * A reference that was followed to `target` for the vertex `at`. Coming to the target again is a cycle where the step
 * counts: some do not, and some let nothing before them count.
 */
export type Trail = Readonly<{
  code: Code;
  target: Vertex;
  at: Vertex;
  counts: "yes" | "no" | "anew";
  /** How many steps led here. */
  length: number;
  next: Trail | undefined;
}>;

/** Work on a vertex that may have to wait for other values; `code` is what it works out. */
export type Task = {
  readonly run: () => void;
  readonly vertex: Vertex;
  readonly code: Code | Comprehension;
  /** The task that this one came of. */
  readonly maker: Task | undefined;
  waitsFor: Fault | undefined;
  /** What it used of its vertex. */
  uses: Use[] | undefined;
  isDone: boolean;
  /** Fields that are awaited are not there for it. */
  isReleased: boolean;
};

export type Bound = Readonly<{
  op: "<" | "<=" | ">" | ">=" | "==" | "!=" | "=~" | "!~";
  limit: Scalar;
  pos: SourcePos;
  test?: (text: string) => boolean;
  /** The name of the basic type that has the bound. */
  type?: string;
}>;
/** A function as a constraint: `strings.MinRunes(3)`. */
export type Validator = Readonly<{
  shown: string;
  /** The kinds of values that it can hold for. */
  kinds: number;
  pos: SourcePos;
  /** What is wrong with a value that is worked out. */
  check: (value: Vertex) => Fault | undefined;
}>;
export type Pattern = Readonly<{ accepts: (name: string) => boolean; conjunct: (name: string) => Conjunct }>;
/** One list that a vertex unifies: how long it is, whether more may follow, and of which value. */
export type ListShape = Readonly<{ length: number; isOpen: boolean; rest: Conjunct | undefined; pos: SourcePos }>;
/** Something that narrowed the kinds of a vertex. */
export type Note = Readonly<{ kinds: number; what: string | Scalar; pos: SourcePos }>;

export type DefaultMode = "default" | "maybe" | "not";
export type Alternative = { readonly vertex: Vertex; mode: DefaultMode };
export type Choice = Readonly<{ index: number; mode: DefaultMode; within: string | undefined }>;

/** More rounds than conditions that depend on each other in a row. */
const maxRounds = 100;

export const presences = { optional: 0, required: 1, regular: 2 } as const;
type Presence = (typeof presences)[keyof typeof presences];

/** What is there only while a vertex is worked out. */
export class Expansion {
  /** Where the vertex stands among those that are worked out at present. */
  readonly depth: number;
  /** Conjuncts to process, the next one last. */
  work: Conjunct[] = [];
  /** References, which are followed in their order when there is no other work: their fields come behind those at hand. */
  references: Conjunct[] | undefined;
  /** Disjuncts that were chosen, behind all of that: their fields come behind those that are there anyway. */
  chosen: Conjunct[] | undefined;
  /** References into the vertex itself, followed again for what they bring there, and how many conjuncts they led to. */
  inward: Map<Conjunct, number> | undefined;
  tasks: Task[] = [];
  /** Fields that tasks wait for and another task may give, and those that none may give any more. */
  awaited: Set<Key> | undefined;
  frozen: Set<Key> | undefined;
  running: Task | undefined;
  /** Tasks that may have changed what they used. */
  doubtful: Set<Task> | undefined;
  /** How many rounds behind the others a task runs, by its code. */
  rounds: Map<Task["code"], number> | undefined;
  /** The work so far counts no longer: a task ran too early. */
  isStale = false;
  /** Conjuncts that came back to where they were, and that wait for one that did not. */
  cyclicWork: Conjunct[] | undefined;
  /** Whether a conjunct that is in no cycle says something, or at least is there. */
  hasMaterial = false;
  hasFresh = false;
  /** Whether a reference led to a vertex around this one, or to one that led here before. */
  hasAncestorCycle = false;
  hasReturn = false;
  /** What came by references. */
  seen: Map<Code, Conjunct[]> | undefined;
  /** References to scalars, which were unified at once. */
  scalars: { readonly conjunct: Conjunct; readonly target: Vertex }[] | undefined;
  disjunctions: Conjunct[] | undefined;
  /** The alternative that is tried. */
  current: Vertex | undefined;
  /** Where an expression asked for the value while alternatives were tried. */
  readBy: SourcePos | undefined;
  /** The same for an expression of another field. */
  readFrom: SourcePos | undefined;
  /** Vertices that used this unfinished state, and that are worked out again when it is finished. */
  tainted: Vertex[] | undefined;

  constructor(depth: number) {
    this.depth = depth;
  }

  /** Begins with the conjuncts that the vertex has by now. */
  restart(conjuncts: readonly Conjunct[]): void {
    this.work = [];
    for (let i = conjuncts.length - 1; i >= 0; i--) {
      const conjunct = conjuncts[i];
      if (conjunct !== undefined) this.work.push(conjunct);
    }
    this.tasks = [];
    this.cyclicWork =
      this.references =
      this.chosen =
      this.inward =
      this.doubtful =
      this.seen =
      this.scalars =
      this.disjunctions =
      this.current =
      this.readBy =
      this.readFrom =
        undefined;
    this.awaited = this.frozen = undefined;
    this.hasMaterial = this.hasFresh = this.hasAncestorCycle = this.hasReturn = this.isStale = false;
  }

  get hasOpenTasks(): boolean {
    return this.running !== undefined || this.tasks.some(({ isDone }) => !isDone);
  }

  /** Whether a task runs behind all others, so that what it used can only have been changed by itself. */
  isLast({ code }: Task): boolean {
    const { rounds } = this;
    if (rounds === undefined) return false;
    const own = rounds.get(code) ?? 0;
    return own >= maxRounds || [...rounds].every(([other, round]) => other === code || round < own);
  }

  /** Starts again with a task behind the one that runs; false where that has been tried too often. */
  postpone({ code }: Task): boolean {
    this.rounds ??= new Map();
    const before = this.running === undefined ? 0 : (this.rounds.get(this.running.code) ?? 0);
    const round = Math.max(before, this.rounds.get(code) ?? 0) + 1;
    if (round > maxRounds) return false;
    this.rounds.set(code, round);
    this.isStale = true;
    return true;
  }
}

let families = 0;

/** Shared by a vertex and the alternatives that were made of it. */
export class Family {
  readonly serial = ++families;
  /** What the alternatives chose that were tried last, and that have a value at their own level. */
  tried: Tried[] = [];
  /** Several alternatives are left. */
  isOpen = false;
  readonly equals = new Map<Tried["choices"], Tried["choices"]>();
  /** Alternatives before the disjunction that they meet next, by that and what shows of them. */
  readonly open = new Map<string, Tried["choices"]>();
  readonly #objects: object[] = [];

  /** Drops what was tried. */
  forget(): void {
    this.tried = [];
    this.equals.clear();
    this.open.clear();
  }

  /** Names an object in the keys of choices. Few are named, so that looking through them is cheaper than a map. */
  place(object: object): number {
    const known = this.#objects.indexOf(object);
    return known === -1 ? this.#objects.push(object) - 1 : known;
  }
}

/** A node of the value that is computed: its conjuncts, and what they come to once it is worked out. */
export class Vertex {
  readonly parent: Vertex | undefined;
  readonly label: Key | number | undefined;
  /** Whether a definition is at or above the vertex, so that what refers to it is closed. */
  inDefinition: boolean;
  conjuncts: Conjunct[] = [];
  presence: Presence = presences.regular;
  keyPos: SourcePos | undefined;

  state: "new" | "busy" | "done" = "new";
  /** There while the vertex is busy. */
  expansion: Expansion | undefined;
  /** A busy vertex whose unfinished state went into this one. */
  taintedBy: Vertex | undefined;

  kinds: number = anyKind;
  pos: SourcePos | undefined;
  scalar: Scalar | undefined;
  bounds: Bound[] | undefined;
  validators: Validator[] | undefined;
  notes: Note[] | undefined;
  arcs: Map<Key, Vertex> | undefined;
  patterns: Pattern[] | undefined;
  structs: StructPart[] | undefined;
  /** All keys in the order in which the source has them, where some came out of comprehensions. */
  mentioned: Set<Key> | undefined;
  /** What references in its own conjuncts refer to. */
  targets: Readonly<{ code: Code; target: Vertex }>[] | undefined;
  items: Vertex[] | undefined;
  lists: ListShape[] | undefined;
  faults: Fault[] | undefined;
  reads: Read[] | undefined;
  /** What expressions wait for that have no value yet. */
  waiting: Fault[] | undefined;
  /** Something in it says `_`. */
  isAnything = false;
  /** A comprehension alone: what it gives decides the kind, otherwise it is a struct. */
  emptyStruct: SourcePos | undefined;
  /** No error was found here or below, and the same of what waits. */
  isErrorFree = false;
  isChecked = false;

  /** What is left of a disjunction: one vertex, or several. */
  chosen: Vertex | undefined;
  chosenMode: DefaultMode = "maybe";
  alternatives: Alternative[] | undefined;
  family: Family | undefined;
  choices: ReadonlyMap<string, Choice> | undefined;
  /** Another alternative stands for this one. */
  isMerged = false;

  /** Something in it says `...`. */
  isOpen = false;
  /** The close nodes that were made for the vertex, what those of its conjuncts say, and what comes of it. */
  closeNodes: CloseNode[] | undefined;
  evidence: Evidence[] | undefined;
  limits: readonly Limit[] | undefined;

  constructor(parent: Vertex | undefined, label: Key | number | undefined) {
    this.parent = parent;
    this.label = label;
    this.inDefinition = (parent?.inDefinition ?? false) || (typeof label === "string" && isDefinitionKey(label));
  }

  get path(): (Key | number)[] {
    const path: (Key | number)[] = [];
    for (let at: Vertex | undefined = this; at !== undefined; at = at.parent)
      if (at.label !== undefined) path.unshift(at.label);
    return path;
  }

  /** The expansion of a vertex that is known to be busy. */
  get active(): Expansion {
    if (this.expansion === undefined)
      throw new TypeError(`the vertex ${this.path.join(".")} is not worked out at present`);
    return this.expansion;
  }

  /** Becomes as before it was worked out; the conjuncts stay. */
  reset(): void {
    this.forget();
    this.state = "new";
    this.expansion = this.taintedBy = this.pos = this.faults = undefined;
    this.chosen = this.alternatives = undefined;
  }

  /** Drops what was worked out of the conjuncts, which alternatives have instead. */
  forget(): void {
    this.kinds = anyKind;
    this.scalar = this.bounds = this.validators = this.notes = undefined;
    this.structs = this.mentioned = this.targets = undefined;
    this.arcs = this.patterns = this.items = this.lists = undefined;
    this.waiting = this.emptyStruct = this.reads = undefined;
    this.closeNodes = this.evidence = this.limits = undefined;
    this.isOpen = this.isAnything = this.isErrorFree = this.isChecked = false;
  }
}

/** The same conjunct with another code. All conjuncts name their parts in one order: copying unknown ones is several times slower. */
export function withCode(conjunct: Conjunct, code: Code): Conjunct {
  const { env, label, defines, close, trail, cycle, choice } = conjunct;
  return { env, code, label, defines, close, trail, cycle, choice };
}

/** A vertex that is a scalar and nothing else. */
export function scalarVertex(scalar: Scalar, parent?: Vertex, label?: Key | number): Vertex {
  const vertex = new Vertex(parent, label);
  vertex.state = "done";
  vertex.scalar = scalar;
  vertex.kinds = scalarKind(scalar);
  vertex.pos = scalar.pos;
  return vertex;
}

/**
 * Adds to a list that is made when the first item comes: most vertices have none of most lists. A list that grows makes
 * room for 17 items, and the second one mostly is the last: then there is a new list.
 */
export function append<T>(list: T[] | undefined, item: T): T[] {
  const first = list?.[0];
  if (list === undefined || first === undefined) return [item];
  if (list.length === 1) return [first, item];
  list.push(item);
  return list;
}

/** Tells whether a struct or list is there; a constraint alone, such as `list.MaxItems(3)`, is none. */
export function isComposite({ kinds: found, structs, arcs, emptyStruct, lists }: Vertex): boolean {
  if (found === kinds.list) return lists !== undefined;
  return found === kinds.struct && (structs ?? arcs ?? emptyStruct) !== undefined;
}

/** Where a vertex is said, for messages about it. */
export function placeOf({ pos, conjuncts, keyPos }: Vertex): SourcePos {
  return pos ?? conjuncts[0]?.code.pos ?? keyPos ?? { file: "", offset: 0, line: 1, column: 1 };
}

/** Tells whether a vertex is another one or below it. */
export function isWithin(vertex: Vertex, ancestor: Vertex): boolean {
  for (let at = vertex.parent; at !== undefined; at = at.parent) if (at === ancestor) return true;
  return vertex === ancestor;
}
