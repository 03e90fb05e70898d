import { type Fault, incompleteAt } from "./fault.js";
import { formatPath, type Key, staticKey } from "./label.js";
import { useOf } from "./task-uses.js";
import { append, type Expansion, isWithin, presences, type Task, type Vertex } from "./vertex.js";

/**
 * What a task used of a vertex and another task may still change: which default a disjunction has, that a field is not
 * there, which fields there are, or something further inside.
 */
export type Read = Readonly<{ task: Task; of: "fields" | "inside" | Readonly<{ absent: Key } | { default: Vertex }> }>;

/** Remembers what the tasks that run at present use, for those whose vertex may still change it. */
export function noteRead(running: readonly Task[], vertex: Vertex, of: Read["of"]): void {
  for (const task of running) {
    if (!isWithin(vertex, task.vertex)) continue;
    vertex.reads = append(vertex.reads, { task, of });
    task.uses = append(task.uses, useOf(vertex, task.vertex, of));
    for (let at = vertex.parent; at !== undefined && isWithin(at, task.vertex); at = at.parent)
      at.reads = append(at.reads, { task, of: "inside" });
  }
}

/**
 * Sees to it that what was used holds: where `vertex` gets a conjunct, or a new field `key`, that a task has missed, its
 * owner starts again with this task behind the others. A task that changes what it used itself has no such order; where
 * that may be so further inside, it is looked at in the end.
 *
 * @returns The fault of a task that depends on itself
 */
export function changeReads(vertex: Vertex, key?: Key): Fault | undefined {
  for (const { task, of } of vertex.reads ?? []) {
    const { expansion } = task.vertex;
    if (expansion === undefined || (key !== undefined && of !== "fields" && !isAbsence(of, key))) continue;
    if (key === undefined && vertex === task.vertex) continue;
    const isOwn = isPartOf(expansion.running, task);
    if (isOwn && key === undefined && !isDefault(of)) expansion.doubtful = (expansion.doubtful ?? new Set()).add(task);
    else if (isOwn || (task.isDone && !expansion.postpone(task))) return dependsOnItself(task, vertex, key);
  }
  return undefined;
}

export function dependsOnItself({ code }: Task, vertex: Vertex, key?: Key): Fault {
  const path = formatPath(key === undefined ? vertex.path : [...vertex.path, key]);
  const detail = `${path} depends on itself: it was used already when this gives it`;
  return { ...incompleteAt(vertex, detail, code.pos), code: "cycle" };
}

function isAbsence(of: Read["of"], key: Key): boolean {
  return typeof of === "object" && "absent" in of && of.absent === key;
}

function isDefault(of: Read["of"]): boolean {
  return typeof of === "object" && "default" in of;
}

/** Whether a task is another one, or came of it. */
function isPartOf(task: Task | undefined, whole: Task): boolean {
  for (let at = task; at !== undefined; at = at.maker) if (at === whole) return true;
  return false;
}

/** The task of a vertex that asks for something right now, not by way of another field. */
export function ownTask(running: readonly Task[], vertex: Vertex): Task | undefined {
  for (let i = running.length - 1; i >= 0; i--) {
    const task = running[i];
    if (task?.vertex === vertex) return task;
    if (task?.vertex.label !== undefined) return undefined;
  }
  return undefined;
}

/** Whether a field may come of a task: a condition over fixed fields gives no other one. */
export function mayGive({ code }: Task, key: Key): boolean {
  if (code.kind === "list") return false;
  if (code.kind !== "comprehension") return true;
  return code.body.decls.some((decl) => {
    if (decl.kind !== "field") return decl.kind === "embedding" || decl.kind === "comprehension";
    const given = staticKey(decl.label);
    return given === undefined ? decl.label.kind === "dynamic-label" : given === key;
  });
}

/**
 * Where conditions wait for each other's fields, these are absent, for all of them: each is decided by that, and a field
 * that comes of it in spite of that is a cycle.
 *
 * @returns Whether there is something to run again
 */
export function release(vertex: Vertex, expansion: Expansion): boolean {
  const { awaited, tasks, isStale } = expansion;
  const waiting = tasks.filter(({ waitsFor, isReleased }) => waitsFor?.awaits === vertex && !isReleased);
  if (isStale || awaited === undefined || waiting.length === 0) return false;
  expansion.frozen ??= new Set();
  for (const key of awaited) if (vertex.arcs?.get(key)?.presence !== presences.regular) expansion.frozen.add(key);
  for (const task of waiting) task.isReleased = true;
  resetTainted(vertex, expansion);
  return true;
}

/** What used an unfinished state of a vertex is worked out again when it is needed. */
export function resetTainted(vertex: Vertex, expansion: Expansion): void {
  const { tainted } = expansion;
  if (tainted === undefined) return;
  expansion.tainted = undefined;
  for (const other of tainted) if (other.taintedBy === vertex) other.reset();
}
