import { type Fault, incompleteAt } from "./fault.js";
import { formatPath, type Key } from "./label.js";
import { append, isWithin, type Task, type Vertex } from "./vertex.js";

/**
 * What a task used of a vertex and another task may still change: which default a disjunction has, that a field is not
 * there, which fields there are, or something further inside.
 */
export type Read = Readonly<{ task: Task; of: "default" | "fields" | "inside" | Readonly<{ absent: Key }> }>;

/** Remembers what the tasks that run at present use, for those whose vertex may still change it. */
export function noteRead(running: readonly Task[], vertex: Vertex, of: Read["of"]): void {
  for (const task of running) {
    if (!isWithin(vertex, task.vertex)) continue;
    vertex.reads = append(vertex.reads, { task, of });
    for (let at = vertex.parent; at !== undefined && isWithin(at, task.vertex); at = at.parent)
      at.reads = append(at.reads, { task, of: "inside" });
  }
}

/**
 * Sees to it that what was used holds: where `vertex` gets a conjunct, or a new field `key`, that a task has missed, its
 * owner starts again with this task behind the others. A task that changes what it used itself has no such order.
 *
 * @returns The fault of a task that depends on itself
 */
export function changeReads(vertex: Vertex, key?: Key): Fault | undefined {
  for (const { task, of } of vertex.reads ?? []) {
    const { expansion } = task.vertex;
    if (expansion === undefined || (key !== undefined && of !== "fields" && !isAbsence(of, key))) continue;
    if (key === undefined && vertex === task.vertex) continue;
    const isOwn = expansion.running === task;
    if (isOwn && key === undefined && of !== "default") continue;
    if (isOwn || (task.isDone && !expansion.postpone(task))) {
      const path = formatPath(key === undefined ? vertex.path : [...vertex.path, key]);
      const detail = `${path} depends on itself: it was used already when this gives it`;
      return { ...incompleteAt(vertex, detail, task.code.pos), code: "cycle" };
    }
  }
  return undefined;
}

function isAbsence(of: Read["of"], key: Key): boolean {
  return typeof of === "object" && of.absent === key;
}
