import type { SourcePos } from "../diagnostics/index.js";
import type { File, StructLiteral } from "./ast.js";
import { Budget, type Limits } from "./budget.js";
import { checkClosed } from "./closedness.js";
import { settleDisjunction } from "./disjunction.js";
import { ExpressionEvaluator } from "./expression.js";
import { errorAt, type Fault, Stop } from "./fault.js";
import { kinds } from "./kind.js";
import { isRegularKey, type Key } from "./label.js";
import type { Library } from "./library.js";
import { checkLength } from "./list-value.js";
import type { Meanings } from "./meaning.js";
import { PlainValues } from "./plain-value.js";
import { processConjunct, refer } from "./process-conjunct.js";
import { changeReads, dependsOnItself, mayGive, noteRead, ownTask, type Read, release, resetTainted } from "./reads.js";
import { isStructuralCycle } from "./structural-cycle.js";
import { brokenUse } from "./task-uses.js";
import { addFault, runValidators, unifyKind } from "./unify.js";
import {
  append,
  type Code,
  type Conjunct,
  type Env,
  Expansion,
  isWithin,
  placeOf,
  type Task,
  type Value,
  Vertex,
} from "./vertex.js";

/**
 * Expands vertices on demand, each once: its conjuncts are taken apart into fields, items, kinds, bounds and a scalar.
 * Fields are expanded when somebody looks at them, so references are lazy and order does not matter.
 */
export class Evaluator {
  readonly meanings: Meanings;
  readonly library: Library;
  readonly expressions: ExpressionEvaluator;
  readonly budget: Budget;
  readonly unsupportedFaults: Fault[] = [];
  readonly #plain = new PlainValues(this);
  readonly #busy: Vertex[] = [];
  readonly #running: Task[] = [];
  readonly #packages = new Map<string, Vertex>();
  /** The structs of whole files, whose environment is there already. */
  readonly fileLiterals = new Set<StructLiteral>();
  /** The bodies of comprehensions, whose fields are noted before they are there. */
  readonly bodies = new Set<StructLiteral>();

  constructor(meanings: Meanings, library: Library, limits: Limits) {
    this.meanings = meanings;
    this.library = library;
    this.budget = new Budget(limits);
    this.expressions = new ExpressionEvaluator(this);
  }

  /** The vertex of a package: its files unified. */
  root(files: readonly File[]): Vertex {
    const root = new Vertex(undefined, undefined);
    for (const file of files) {
      const first = file.package ?? file.imports[0] ?? file.decls[0];
      const pos = first?.pos ?? { file: file.file, offset: 0, line: 1, column: 1 };
      const code: StructLiteral = { kind: "struct", decls: file.decls, braces: false, pos, end: pos.offset };
      const env: Env = { up: undefined, vertex: root, node: file, serial: 0, lets: new Map() };
      this.fileLiterals.add(code);
      root.conjuncts.push(rootConjunct(env, code));
    }
    return root;
  }

  /** The vertex of an imported package. */
  packageRoot(path: string): Vertex {
    const known = this.#packages.get(path);
    if (known !== undefined) return known;
    const made = this.root(this.library.packages?.get(path)?.files ?? []);
    this.#packages.set(path, made);
    return made;
  }

  /** Tells packages of modules, which are values, from standard ones, which have functions. */
  isLocalPackage(path: string): boolean {
    return this.library.packages?.get(path)?.functions === undefined;
  }

  /** The vertex of an expression that stands in a file of its own, next to those of the root. */
  expressionVertex(root: Vertex, file: File): Vertex {
    const env: Env = { up: undefined, vertex: root, node: file, serial: 0, lets: new Map() };
    const [decl] = file.decls;
    if (decl?.kind !== "embedding") throw new TypeError("an expression is embedded in its file");
    const made = this.newVertex(undefined, undefined, decl.pos);
    made.conjuncts.push(rootConjunct(env, decl.expr));
    return made;
  }

  /** A conjunct that says what a vertex says, or what its data is. */
  valueConjunct(vertex: Vertex, pos: SourcePos, kind: Value["kind"] = "value"): Conjunct {
    const env: Env = { up: undefined, vertex, node: vertex, serial: 0 };
    return { ...rootConjunct(env, { kind, vertex, pos }), label: pos };
  }

  /**
   * The fault of a construct that is not evaluated. It is kept apart too, since in a disjunct a fault only rules that out,
   * and the value that is left would be a wrong one.
   */
  unsupported(vertex: Vertex, what: string, pos: SourcePos): Fault {
    const fault = errorAt(vertex, "unsupported", `${what} is not supported`, pos);
    this.unsupportedFaults.push(fault);
    return fault;
  }

  newVertex(parent: Vertex | undefined, label: Key | number | undefined, pos: SourcePos): Vertex {
    this.budget.claimNode(pos);
    return new Vertex(parent, label);
  }

  /** Works out a vertex at its own level. Of one that is being worked out already, what is known so far is there. */
  expand(vertex: Vertex): void {
    if (vertex.state !== "new") {
      if (vertex.taintedBy?.state === "busy") this.taint(vertex.taintedBy);
      return;
    }
    if (this.#plain.expand(vertex)) return;
    if (this.#busy.length >= this.budget.maxDepth) throw this.budget.tooDeep(placeOf(vertex));
    const expansion = new Expansion(this.#busy.length);
    this.#busy.push(vertex);
    try {
      this.#unifyAll(vertex, expansion);
    } finally {
      this.#busy.pop();
      vertex.state = "done";
      vertex.expansion = undefined;
    }
    if (vertex.validators !== undefined) runValidators(vertex);
    if (vertex.alternatives !== undefined) this.#plain.keep(vertex);
    resetTainted(vertex, expansion);
  }

  #unifyAll(vertex: Vertex, expansion: Expansion): void {
    do {
      vertex.reset();
      vertex.state = "busy";
      vertex.expansion = expansion;
      expansion.restart(vertex.conjuncts);
      do this.#drain(vertex, expansion);
      while (expansion.disjunctions === undefined && (this.#runTasks(vertex, expansion) || release(vertex, expansion)));
      if (expansion.isStale) {
        resetTainted(vertex, expansion);
        continue;
      }
      if (expansion.disjunctions !== undefined) settleDisjunction(this, vertex);
      else this.#finish(vertex, expansion);
      // A conjunct that came while alternatives were tried makes a new start.
    } while (expansion.isStale || expansion.work.length > 0);
  }

  /**
   * Notes that what is worked out at present, above `busy`, uses its unfinished state. Vertices inside an alternative
   * that is tried belong to it and stay.
   */
  taint(busy: Vertex): void {
    const { active } = busy;
    const { depth, current } = active;
    for (let i = depth + 1; i < this.#busy.length; i++) {
      const vertex = this.#busy[i];
      if (vertex === undefined || (current !== undefined && isWithin(vertex, current))) continue;
      const before = vertex.taintedBy?.expansion?.depth;
      if (before !== undefined && before <= depth) continue;
      vertex.taintedBy = busy;
      active.tainted = append(active.tainted, vertex);
    }
  }

  /** Adds a conjunct to a field or item; one that was worked out before is worked out again when it is needed. */
  add(vertex: Vertex, conjunct: Conjunct): void {
    this.noteChange(vertex);
    vertex.conjuncts = append(vertex.conjuncts, conjunct);
    if (vertex.expansion !== undefined) vertex.expansion.work.push(conjunct);
    else if (vertex.state === "done") vertex.reset();
  }

  /** Work that may have to wait for other values. */
  addTask(vertex: Vertex, code: Task["code"], run: () => void, waitsFor?: Fault): void {
    const { tasks, running } = vertex.active;
    tasks.push({ run, vertex, code, maker: running, waitsFor, uses: undefined, isDone: false, isReleased: false });
  }

  /** Works out the expressions of a vertex that has open disjunctions, as far as that can be done already. */
  runExpressions(vertex: Vertex): void {
    const { active } = vertex;
    for (const task of active.tasks)
      if (!task.isDone && expressionKinds.has(task.code.kind)) this.#runTask(vertex, active, task);
  }

  /** Notes that what runs at present depends on something that may still change. */
  noteRead(vertex: Vertex, of: Read["of"]): void {
    noteRead(this.#running, vertex, of);
  }

  /** Notes that a vertex gets a conjunct, or a new field `key`. */
  noteChange(vertex: Vertex, key?: Key): void {
    const task = this.#running.at(-1);
    const fault = vertex.reads === undefined ? undefined : changeReads(vertex, key);
    if (task === undefined) return;
    if (fault !== undefined) task.waitsFor = fault;
    else if (key !== undefined && vertex.expansion?.frozen?.has(key))
      task.waitsFor = dependsOnItself(task, vertex, key);
  }

  /** Tells whether a vertex that is worked out may still get a field, and notes that somebody waits for it. */
  awaits(vertex: Vertex, key: Key): boolean {
    const { active } = vertex;
    const own = ownTask(this.#running, vertex);
    if (!active.tasks.some((task) => !task.isDone && task !== own && mayGive(task, key))) return false;
    active.awaited ??= new Set();
    active.awaited.add(key);
    return true;
  }

  /** Whether what runs at present takes a field that is awaited for absent. */
  isReleased({ awaits }: Fault): boolean {
    return awaits !== undefined && ownTask(this.#running, awaits)?.isReleased === true;
  }

  #drain(vertex: Vertex, expansion: Expansion): void {
    for (;;) {
      const conjunct = expansion.work.pop();
      const reference = conjunct === undefined ? expansion.references?.shift() : undefined;
      const chosen = conjunct === undefined && reference === undefined ? expansion.chosen?.shift() : undefined;
      if (conjunct !== undefined) processConjunct(this, vertex, conjunct);
      else if (reference !== undefined) refer(this, vertex, reference);
      else if (chosen !== undefined) processConjunct(this, vertex, chosen);
      else if (expansion.hasMaterial && expansion.cyclicWork !== undefined) {
        expansion.work.push(...expansion.cyclicWork);
        expansion.cyclicWork = undefined;
      } else if (expansion.inward === undefined || !this.#followAgain(vertex, expansion, expansion.inward)) return;
    }
  }

  /** What a struct embeds of itself may have grown by what came of that; true where there is more. */
  #followAgain(vertex: Vertex, expansion: Expansion, inward: ReadonlyMap<Conjunct, number>): boolean {
    for (const reference of [...inward.keys()]) refer(this, vertex, reference);
    return expansion.work.length > 0;
  }

  /** Runs what waits, as long as something gets done; true where conjuncts may have come of it. */
  #runTasks(vertex: Vertex, expansion: Expansion): boolean {
    const { rounds } = expansion;
    if (rounds === undefined) return expansion.tasks.length > 0 && this.#runRound(vertex, expansion, 0);
    const due = new Set(expansion.tasks.map(({ code }) => rounds.get(code) ?? 0));
    return [...due].sort((x, y) => x - y).some((round) => this.#runRound(vertex, expansion, round));
  }

  #runRound(vertex: Vertex, expansion: Expansion, round: number): boolean {
    let isProgress = false;
    for (const task of [...expansion.tasks]) {
      if (expansion.isStale || expansion.disjunctions !== undefined) break;
      const isDue = (expansion.rounds?.get(task.code) ?? 0) <= round;
      if (isDue && this.#runTask(vertex, expansion, task)) isProgress = true;
    }
    if (isProgress) expansion.tasks = expansion.tasks.filter(({ isDone }) => !isDone);
    return isProgress;
  }

  #runTask(vertex: Vertex, expansion: Expansion, task: Task): boolean {
    const { scalar } = vertex;
    expansion.running = task;
    task.waitsFor = task.uses = undefined;
    this.#running.push(task);
    try {
      task.run();
      task.isDone = true;
    } catch (stop) {
      if (!(stop instanceof Stop)) throw stop;
      if (stop.fault.kind === "error") addFault(vertex, stop.fault);
      else task.waitsFor = stop.fault;
      task.isDone = stop.fault.kind === "error";
    }
    this.#drain(vertex, expansion);
    // With a scalar, what waited for this vertex no longer does.
    if (vertex.scalar !== scalar) resetTainted(vertex, expansion);
    const { waitsFor: fault } = task;
    // What it gave must not be: it never gets done.
    if (task.isDone && fault !== undefined) this.addTask(vertex, task.code, () => stopWith(fault), fault);
    this.#running.pop();
    expansion.running = undefined;
    return task.isDone;
  }

  #finish(vertex: Vertex, expansion: Expansion): void {
    const { emptyStruct, lists, mentioned } = vertex;
    const { tasks } = expansion;
    if (isStructuralCycle(expansion)) {
      const [back] = expansion.cyclicWork ?? [];
      const pos = back?.trail?.code.pos ?? placeOf(vertex);
      addFault(vertex, errorAt(vertex, "cycle", "structural cycle: the value contains itself", pos));
      vertex.arcs = undefined;
    }
    // Next to `_`, a comprehension that gives nothing is no struct, unless it could give a field.
    const isStruct = !vertex.isAnything || [...(mentioned ?? [])].some(isRegularKey);
    if (emptyStruct !== undefined && vertex.notes === undefined && isStruct)
      unifyKind(vertex, kinds.struct, "{}", emptyStruct);
    if (lists !== undefined) checkLength(vertex, lists);
    if (tasks.length > 0) vertex.waiting = tasks.flatMap(({ waitsFor }) => waitsFor ?? []);
    // What still waits may bring the reason why a field is allowed.
    else checkClosed(this, vertex);
    for (const task of expansion.doubtful ?? [])
      for (const use of task.uses ?? []) {
        const broken = brokenUse(this, vertex, use);
        if (broken === undefined) continue;
        if (expansion.isLast(task)) vertex.waiting = append(vertex.waiting, dependsOnItself(task, broken));
        else expansion.postpone(task);
      }
  }
}

const expressionKinds: ReadonlySet<Task["code"]["kind"]> = new Set(["unary", "binary", "interpolation", "call"]);

function stopWith(fault: Fault): void {
  throw new Stop(fault);
}

function rootConjunct(env: Env, code: Code): Conjunct {
  const nothing = { close: undefined, trail: undefined, choice: undefined };
  return { env, code, label: code.pos, defines: true, cycle: "none", ...nothing };
}
