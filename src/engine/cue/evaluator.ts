import type { SourcePos } from "../diagnostics/index.js";
import type { Comprehension, Field, File, ListLiteral, StructLiteral } from "./ast.js";
import { checkClosed, closedNode, embeddingNode, mirror, open, register, structNode } from "./closedness.js";
import { chooseDisjunct, settleDisjunction } from "./disjunction.js";
import { ExpressionEvaluator } from "./expression.js";
import { errorAt, LimitExceeded, Stop, unsupported } from "./fault.js";
import { basicTypes, kinds } from "./kind.js";
import { isRegularKey, type Key, keyName, regularKey, staticKey } from "./label.js";
import type { Library } from "./library.js";
import type { Meanings } from "./resolve.js";
import { scalarOf } from "./scalar.js";
import { addFault, unifyKind, unifyScalar, unifyType } from "./unify.js";
import {
  append,
  type Code,
  type Conjunct,
  type Env,
  Expansion,
  type ListShape,
  type Pattern,
  placeOf,
  presences,
  type Trail,
  Vertex,
} from "./vertex.js";

/** Bounds of one evaluation; what goes beyond ends it with the error "limit-exceeded". */
export type Limits = Readonly<{
  /** Values made, fields and list items alike. */
  maxNodes: number;
  /** Conjuncts processed and expressions computed. */
  maxSteps: number;
  /** Characters and bytes of all strings that are computed. */
  maxText: number;
  /** Values that need each other in a chain, and nesting of data. */
  maxDepth: number;
}>;

/** The bounds for files with so many fields and items: large files may make large values, small ones may not. */
export function limitsFor(size: number): Limits {
  return { maxNodes: 150_000 + 20 * size, maxSteps: 500_000 + 100 * size, maxText: 50_000_000, maxDepth: 500 };
}

/**
 * Expands vertices on demand, each once: its conjuncts are taken apart into fields, items, kinds, bounds and a scalar.
 * Fields are expanded when somebody looks at them, so references are lazy and order does not matter.
 */
export class Evaluator {
  readonly meanings: Meanings;
  readonly library: Library;
  readonly expressions: ExpressionEvaluator;
  readonly #limits: Limits;
  readonly #busy: Vertex[] = [];
  readonly #fileLiterals = new Set<StructLiteral>();
  #nodes = 0;
  #reading = 0;
  #steps = 0;
  #text = 0;

  constructor(meanings: Meanings, library: Library, limits: Limits) {
    this.meanings = meanings;
    this.library = library;
    this.#limits = limits;
    this.expressions = new ExpressionEvaluator(this);
  }

  /** The vertex of a package: its files unified. */
  root(files: readonly File[]): Vertex {
    const root = new Vertex(undefined, undefined);
    for (const file of files) {
      const pos = file.decls[0]?.pos ?? { file: file.file, offset: 0, line: 1, column: 1 };
      const code: StructLiteral = { kind: "struct", decls: file.decls, braces: false, pos, end: pos.offset };
      const env: Env = { up: undefined, vertex: root, node: file, serial: 0 };
      this.#fileLiterals.add(code);
      root.conjuncts.push(rootConjunct(env, code));
    }
    return root;
  }

  newVertex(parent: Vertex | undefined, label: Key | number | undefined, pos: SourcePos): Vertex {
    this.claimNode(pos);
    return new Vertex(parent, label);
  }

  /** Counts a value that is about to be made. */
  claimNode(pos: SourcePos): void {
    if (++this.#nodes > this.#limits.maxNodes)
      throw new LimitExceeded(`the value has more than ${this.#limits.maxNodes} fields and items`, pos);
  }

  step(pos: SourcePos): void {
    if (++this.#steps > this.#limits.maxSteps)
      throw new LimitExceeded(`the evaluation takes more than ${this.#limits.maxSteps} steps`, pos);
  }

  /** Counts the text that an operation is about to make. */
  claimText(length: number, pos: SourcePos): void {
    this.#text += length;
    if (this.#text > this.#limits.maxText)
      throw new LimitExceeded(`the computed strings have more than ${this.#limits.maxText} characters`, pos);
  }

  /** Reads on into a vertex, as deep as the limit lets. */
  nested<T>(vertex: Vertex, read: () => T): T {
    if (++this.#reading > this.#limits.maxDepth) throw this.#tooDeep(vertex);
    try {
      return read();
    } finally {
      this.#reading--;
    }
  }

  #tooDeep(vertex: Vertex): LimitExceeded {
    const detail = `values need each other or nest over more than ${this.#limits.maxDepth} levels`;
    return new LimitExceeded(detail, placeOf(vertex));
  }

  /** Works out a vertex at its own level. Of one that is being worked out already, what is known so far is there. */
  expand(vertex: Vertex): void {
    if (vertex.state !== "new") {
      if (vertex.taintedBy?.state === "busy") this.taint(vertex.taintedBy);
      return;
    }
    if (this.#busy.length >= this.#limits.maxDepth) throw this.#tooDeep(vertex);
    const expansion = new Expansion(this.#busy.length);
    this.#busy.push(vertex);
    try {
      this.#unifyAll(vertex, expansion);
    } finally {
      this.#busy.pop();
      vertex.state = "done";
      vertex.expansion = undefined;
    }
    for (const other of expansion.tainted) if (other.taintedBy === vertex) other.reset();
  }

  #unifyAll(vertex: Vertex, expansion: Expansion): void {
    do {
      vertex.reset();
      vertex.state = "busy";
      vertex.expansion = expansion;
      expansion.restart(vertex.conjuncts);
      do this.#drain(vertex, expansion);
      while (expansion.disjunctions === undefined && this.#runTasks(vertex, expansion));
      if (expansion.disjunctions !== undefined) settleDisjunction(this, vertex);
      else this.#finish(vertex, expansion);
      // A conjunct that came while alternatives were tried makes a new start.
    } while (expansion.work.length > 0);
  }

  /**
   * Notes that what is worked out at present, above `busy`, uses its unfinished state. Vertices inside an alternative
   * that is tried belong to it and stay.
   */
  taint(busy: Vertex): void {
    const { depth, current, tainted } = busy.active;
    for (let i = depth + 1; i < this.#busy.length; i++) {
      const vertex = this.#busy[i];
      if (vertex === undefined || (current !== undefined && isWithin(vertex, current))) continue;
      const before = vertex.taintedBy?.expansion?.depth;
      if (before !== undefined && before <= depth) continue;
      vertex.taintedBy = busy;
      tainted.push(vertex);
    }
  }

  /** Adds a conjunct to a field or item; one that was worked out before is worked out again when it is needed. */
  add(vertex: Vertex, conjunct: Conjunct): void {
    vertex.conjuncts.push(conjunct);
    if (vertex.expansion !== undefined) vertex.expansion.work.push(conjunct);
    else if (vertex.state === "done") vertex.reset();
  }

  #drain(vertex: Vertex, expansion: Expansion): void {
    for (;;) {
      const conjunct = expansion.work.pop();
      if (conjunct !== undefined) this.#process(vertex, conjunct);
      else if (expansion.cyclicWork !== undefined) this.#processCyclic(vertex, expansion, expansion.cyclicWork);
      else return;
    }
  }

  /** What would repeat itself without end goes on only next to something that ends. */
  #processCyclic(vertex: Vertex, expansion: Expansion, cyclic: readonly Conjunct[]): void {
    expansion.cyclicWork = undefined;
    const [first] = cyclic;
    if (expansion.hasNonCyclic) expansion.work.push(...cyclic);
    else if (first !== undefined)
      addFault(vertex, errorAt(vertex, "cycle", "structural cycle: the value contains itself", first.label));
  }

  /** Runs what waits, as long as something gets done; true where conjuncts may have come of it. */
  #runTasks(vertex: Vertex, expansion: Expansion): boolean {
    let isProgress = false;
    const { tasks } = expansion;
    expansion.tasks = [];
    expansion.isRunningTasks = true;
    for (const task of tasks) {
      try {
        task.run();
        isProgress = true;
      } catch (stop) {
        if (!(stop instanceof Stop)) throw stop;
        if (stop.fault.kind === "error") addFault(vertex, stop.fault);
        else {
          task.waitsFor = stop.fault;
          expansion.tasks.push(task);
        }
      }
      this.#drain(vertex, expansion);
      if (expansion.disjunctions !== undefined) break;
    }
    expansion.isRunningTasks = false;
    return isProgress;
  }

  #finish(vertex: Vertex, { tasks }: Expansion): void {
    const { emptyStruct, lists } = vertex;
    if (emptyStruct !== undefined && vertex.notes === undefined) unifyKind(vertex, kinds.struct, "{}", emptyStruct);
    if (lists !== undefined) this.#checkLength(vertex, lists);
    if (tasks.length > 0) vertex.waiting = tasks.flatMap(({ waitsFor }) => waitsFor ?? []);
    // What still waits may bring the reason why a field is allowed.
    else checkClosed(vertex);
  }

  #process(vertex: Vertex, conjunct: Conjunct): void {
    const { code, close } = conjunct;
    this.step(code.pos);
    if (close !== undefined) register(vertex, close);
    if (!conjunct.cyclic && !this.#isReference(code)) vertex.active.hasNonCyclic = true;
    switch (code.kind) {
      case "literal": {
        const scalar = scalarOf(code);
        if (typeof scalar === "string") addFault(vertex, errorAt(vertex, "syntax", scalar, code.pos));
        else unifyScalar(vertex, scalar);
        return;
      }
      case "struct":
        this.#openStruct(vertex, conjunct, code);
        return;
      case "list":
        this.#openList(vertex, conjunct, code);
        return;
      case "values":
        this.#addList(vertex, {
          items: code.vertices.map((item) => ({ ...conjunct, code: { kind: "value", vertex: item, pos: code.pos } })),
          shape: { length: code.vertices.length, isOpen: false, rest: undefined, pos: code.pos },
        });
        return;
      case "value":
        this.#follow(vertex, conjunct, code.vertex);
        return;
      case "paren":
        vertex.active.work.push({ ...conjunct, code: code.expr });
        return;
      case "alias": {
        const env: Env = { up: conjunct.env, vertex, node: code, serial: 0 };
        vertex.active.work.push({ ...conjunct, env, code: code.expr });
        return;
      }
      case "binary":
        if (code.op === "&")
          vertex.active.work.push({ ...conjunct, code: code.right }, { ...conjunct, code: code.left });
        else if (code.op === "|") chooseDisjunct(vertex, conjunct, code);
        else this.#compute(vertex, conjunct);
        return;
      case "any-of":
        chooseDisjunct(vertex, conjunct, code);
        return;
      case "identifier": {
        const meaning = this.meanings.get(code);
        const type = meaning?.kind === "type" ? basicTypes.get(meaning.name) : undefined;
        if (type === undefined) this.#refer(vertex, conjunct);
        else {
          if (code.name === "_") open(vertex, close);
          unifyType(vertex, code.name, type, code.pos);
        }
        return;
      }
      case "selector":
      case "index":
        this.#refer(vertex, conjunct);
        return;
      case "bottom":
        addFault(vertex, errorAt(vertex, "explicit-error", "explicit error (_|_ literal) in source", code.pos));
        return;
      default:
        this.#compute(vertex, conjunct);
    }
  }

  /** Whether only what the code leads to says something about the value. */
  #isReference(code: Code): boolean {
    if (code.kind === "identifier") return this.meanings.get(code)?.kind !== "type";
    if (code.kind === "binary") return code.op === "&" || code.op === "|";
    return referenceKinds.has(code.kind);
  }

  /** An expression whose operands have to be known. */
  #compute(vertex: Vertex, conjunct: Conjunct): void {
    const run = (): void => this.expressions.unifyComputed(vertex, conjunct);
    vertex.active.tasks.push({ run, waitsFor: undefined });
  }

  /** A reference: at once where its target is there, otherwise when it comes. */
  #refer(vertex: Vertex, conjunct: Conjunct): void {
    const run = (): void => this.#follow(vertex, conjunct, this.expressions.target(vertex, conjunct));
    try {
      run();
    } catch (stop) {
      if (!(stop instanceof Stop)) throw stop;
      if (stop.fault.kind === "error") addFault(vertex, stop.fault);
      else vertex.active.tasks.push({ run, waitsFor: stop.fault });
    }
  }

  /** Unifies what the target unifies, with this vertex in the place of the target. */
  #follow(vertex: Vertex, conjunct: Conjunct, target: Vertex): void {
    if (target === vertex || (target.family !== undefined && target.family === vertex.family)) {
      // A value that refers to itself allows what it has.
      open(vertex, conjunct.close);
      return;
    }
    if (target.state === "done" && target.scalar !== undefined && isPlainScalar(target)) {
      unifyScalar(vertex, target.scalar);
      return;
    }
    const { code, trail } = conjunct;
    let isCycle = isWithin(vertex, target);
    for (let step: Trail | undefined = trail; step !== undefined; step = step.next) {
      if (step.target !== target || step.code !== code) continue;
      if (step.at === vertex) return;
      isCycle = true;
    }
    if (target.parent?.expansion?.hasOpenTasks) this.taint(target.parent);
    const close = target.inDefinition ? closedNode(vertex, conjunct.close, target) : conjunct.close;
    const next: Trail = { code, target, at: vertex, next: trail };
    const followed: Conjunct[] = [];
    for (const { env, code: inner, label } of target.conjuncts) {
      const copy: Conjunct = {
        ...conjunct,
        env,
        code: inner,
        label,
        close,
        trail: next,
        cyclic: conjunct.cyclic || isCycle,
      };
      if (!isSeen(vertex.active, copy)) followed.push(copy);
    }
    followed.reverse();
    if (isCycle) vertex.active.cyclicWork = append(vertex.active.cyclicWork, ...followed);
    else vertex.active.work.push(...followed);
  }

  #openStruct(vertex: Vertex, conjunct: Conjunct, literal: StructLiteral): void {
    vertex.pos ??= literal.pos;
    const isFile = this.#fileLiterals.has(literal);
    const env: Env = isFile ? conjunct.env : { up: conjunct.env, vertex, node: literal, serial: 0 };
    const embeds = literal.decls.some((decl) => decl.kind === "embedding" || decl.kind === "comprehension");
    const close = embeds && !isFile ? structNode(conjunct.close) : conjunct.close;
    register(vertex, close);
    if (close !== undefined) vertex.structNodes = (vertex.structNodes ?? new Set()).add(close);
    const scope: Conjunct = { ...conjunct, env, close };
    let isStruct = !embeds;
    const embedded: Conjunct[] = [];
    for (const decl of literal.decls) {
      switch (decl.kind) {
        case "field":
          if (this.#field(vertex, scope, decl)) isStruct = true;
          break;
        case "embedding":
          embedded.push({ ...scope, code: decl.expr, label: decl.pos, close: isFile ? close : embeddingNode(close) });
          break;
        case "comprehension":
          this.#comprehension(vertex, scope, decl);
          break;
        case "ellipsis":
          isStruct = true;
          if (decl.type !== undefined)
            addFault(vertex, unsupported(vertex, "a type after '...' in a struct", decl.pos));
          open(vertex, close);
          break;
        case "let":
        case "attribute":
          break;
      }
    }
    if (isStruct) unifyKind(vertex, kinds.struct, "{…}", literal.pos);
    for (let i = embedded.length - 1; i >= 0; i--) {
      const embedding = embedded[i];
      if (embedding !== undefined) vertex.active.work.push(embedding);
    }
  }

  /** Adds a field; true where it makes its parent a struct, as hidden fields and definitions do not. */
  #field(vertex: Vertex, scope: Conjunct, field: Field): boolean {
    const { label, mark, value } = field;
    const key = staticKey(label);
    if (key !== undefined) {
      this.addField(vertex, key, { ...scope, code: value, label: label.pos, defines: mark === "" }, presenceOf(mark));
      return isRegularKey(key) && mark === "";
    }
    if (label.kind === "pattern-label") this.#patternField(vertex, scope, field, label);
    if (label.kind !== "dynamic-label") return true;
    const run = (): void => {
      const name = this.expressions.label(vertex, scope, label.expr);
      const conjunct: Conjunct = { ...scope, code: value, label: label.pos, defines: mark === "" };
      this.addField(vertex, regularKey(name), conjunct, presenceOf(mark));
    };
    vertex.active.tasks.push({ run, waitsFor: undefined });
    return true;
  }

  #patternField(
    vertex: Vertex,
    scope: Conjunct,
    field: Field,
    label: Field["label"] & { kind: "pattern-label" },
  ): void {
    const run = (): void => {
      const accepts = this.expressions.pattern(vertex, scope, label.expr);
      const conjunct = (name: string): Conjunct => {
        let { env } = scope;
        if (label.alias !== undefined) {
          const variables = [[label.alias.name, this.expressions.text(name, label.pos)]] as const;
          env = { up: env, vertex: env.vertex, node: label, serial: 0, variables };
        }
        const { value, alias } = field;
        const code: Code =
          alias === undefined ? value : { kind: "alias", name: alias, expr: value, pos: value.pos, end: value.end };
        return { ...scope, env, code, label: label.pos, defines: false };
      };
      const pattern: Pattern = { accepts, conjunct };
      vertex.patterns = append(vertex.patterns, pattern);
      for (const [key, arc] of vertex.arcs ?? []) this.#applyPattern(key, arc, pattern);
    };
    vertex.active.tasks.push({ run, waitsFor: undefined });
  }

  #applyPattern(key: Key, arc: Vertex, pattern: Pattern): void {
    if (!isRegularKey(key) || !pattern.accepts(keyName(key))) return;
    const conjunct = pattern.conjunct(keyName(key));
    this.add(arc, { ...conjunct, close: mirror(arc, conjunct.close) });
  }

  /** Adds a conjunct to the field of a key, which is made where there is none yet. */
  addField(vertex: Vertex, key: Key, conjunct: Conjunct, presence: Vertex["presence"]): void {
    vertex.arcs ??= new Map();
    let arc = vertex.arcs.get(key);
    const isNew = arc === undefined;
    if (arc === undefined) {
      arc = this.newVertex(vertex, key, conjunct.label);
      arc.presence = presence;
      arc.keyPos = conjunct.label;
      vertex.arcs.set(key, arc);
    } else if (presence > arc.presence) {
      // A field counts from where it first is more than a constraint; its place in the order stays.
      if (presence === presences.regular) arc.keyPos = conjunct.label;
      arc.presence = presence;
    }
    this.add(arc, { ...conjunct, close: mirror(arc, conjunct.close), choice: undefined });
    if (isNew) for (const pattern of vertex.patterns ?? []) this.#applyPattern(key, arc, pattern);
  }

  #comprehension(vertex: Vertex, scope: Conjunct, comprehension: Comprehension): void {
    const close = embeddingNode(scope.close);
    const run = (): void => {
      const envs = this.expressions.iterate(vertex, scope, comprehension);
      if (envs.length === 0) vertex.emptyStruct ??= comprehension.pos;
      for (let i = envs.length - 1; i >= 0; i--) {
        const env = envs[i];
        const { body } = comprehension;
        if (env !== undefined) vertex.active.work.push({ ...scope, env, code: body, label: body.pos, close });
      }
    };
    vertex.active.tasks.push({ run, waitsFor: undefined });
  }

  #openList(vertex: Vertex, conjunct: Conjunct, literal: ListLiteral): void {
    vertex.pos ??= literal.pos;
    const run = (): void => {
      const items: Conjunct[] = [];
      let rest: Conjunct | undefined;
      let isOpen = false;
      for (const item of literal.items) {
        if (item.kind === "ellipsis") {
          isOpen = true;
          if (item.type !== undefined) rest = { ...conjunct, code: item.type, label: item.pos, defines: false };
        } else if (item.kind === "comprehension") {
          for (const env of this.expressions.iterate(vertex, conjunct, item))
            items.push({ ...conjunct, env, code: item.body, label: item.body.pos });
        } else items.push({ ...conjunct, code: item, label: item.pos });
      }
      this.#addList(vertex, { items, shape: { length: items.length, isOpen, rest, pos: literal.pos } });
    };
    if (!unifyKind(vertex, kinds.list, "[…]", literal.pos)) return;
    if (literal.items.some((item) => item.kind === "comprehension"))
      vertex.active.tasks.push({ run, waitsFor: undefined });
    else run();
  }

  #addList(vertex: Vertex, { items, shape }: { items: readonly Conjunct[]; shape: ListShape }): void {
    if (!unifyKind(vertex, kinds.list, "[…]", shape.pos)) return;
    vertex.pos ??= shape.pos;
    vertex.items ??= [];
    vertex.lists ??= [];
    const add = (item: Vertex, conjunct: Conjunct): void =>
      this.add(item, { ...conjunct, close: mirror(item, conjunct.close), choice: undefined });
    for (const [index, conjunct] of items.entries()) {
      let item = vertex.items[index];
      if (item === undefined) {
        item = this.newVertex(vertex, index, conjunct.label);
        vertex.items.push(item);
        for (const { length, rest } of vertex.lists) if (rest !== undefined && index >= length) add(item, rest);
      }
      add(item, conjunct);
    }
    const { rest } = shape;
    if (rest !== undefined) for (const item of vertex.items.slice(items.length)) add(item, rest);
    vertex.lists.push(shape);
  }

  #checkLength(vertex: Vertex, lists: readonly ListShape[]): void {
    const longest = lists.reduce((a, b) => (b.length > a.length ? b : a));
    const short = lists.find((list) => !list.isOpen && list.length < longest.length);
    if (short === undefined) return;
    const detail = `incompatible list lengths (${short.length} and ${longest.length})`;
    addFault(vertex, errorAt(vertex, "conflicting-values", detail, short.pos, [longest.pos]));
  }
}

const referenceKinds: ReadonlySet<Code["kind"]> = new Set([
  "selector",
  "index",
  "value",
  "any-of",
  "paren",
  "alias",
] as const);

function rootConjunct(env: Env, code: Code): Conjunct {
  const nothing = { close: undefined, trail: undefined, choice: undefined };
  return { env, code, label: code.pos, defines: true, cyclic: false, ...nothing };
}

function presenceOf(mark: Field["mark"]): Vertex["presence"] {
  if (mark === "") return presences.regular;
  return mark === "!" ? presences.required : presences.optional;
}

function isPlainScalar(vertex: Vertex): boolean {
  return vertex.faults === undefined && vertex.waiting === undefined && vertex.arcs === undefined;
}

function isWithin(vertex: Vertex, ancestor: Vertex): boolean {
  for (let at = vertex.parent; at !== undefined; at = at.parent) if (at === ancestor) return true;
  return vertex === ancestor;
}

/** Remembers what came by references, so that two ways to one value unify it once. */
function isSeen(expansion: Expansion, conjunct: Conjunct): boolean {
  expansion.seen ??= new Map();
  const known = expansion.seen.get(conjunct.code);
  if (
    known?.some(
      (other) => other.env === conjunct.env && other.close === conjunct.close && other.choice === conjunct.choice,
    )
  )
    return true;
  if (known === undefined) expansion.seen.set(conjunct.code, [conjunct]);
  else known.push(conjunct);
  return false;
}
