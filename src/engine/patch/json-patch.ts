import { equalJson, isJsonObject, type JsonObject, type JsonValue, setKey } from "../json/index.js";
import { PatchError } from "./errors.js";

/** What patches may add and copy in all, in characters of JSON: a value that is copied into itself doubles every time. */
const maxAdded = 64 * 1024 * 1024;

/** Counts what patches add and copy. */
export class PatchBudget {
  #left = maxAdded;

  /** @returns The value, for a place of its own */
  clone(value: JsonValue, fail: Fail): JsonValue {
    this.#left -= JSON.stringify(value).length;
    if (this.#left < 0) throw fail(`what is added comes to more than ${maxAdded} characters`);
    return structuredClone(value);
  }
}

/**
 * Applies a JSON Patch (RFC 6902). The document stays as it is.
 *
 * @param operations Objects with `op`, `path`, and `value` or `from`
 * @param budget Shared by patches that belong together
 * @throws {PatchError} `bad-patch` for what is no operation, `patch-failed` where one does not fit the document; both
 *   say which, counted from 0
 * @example
 * ```ts
 * applyJsonPatch({ args: ["-v"] }, [{ op: "add", path: "/args/-", value: "--debug" }]); // { args: ["-v", "--debug"] }
 * ```
 */
export function applyJsonPatch(
  document: JsonValue,
  operations: readonly JsonValue[],
  budget = new PatchBudget(),
): JsonValue {
  const box: JsonObject = { root: structuredClone(document) };
  for (const [index, operation] of operations.entries()) applyOperation(box, readOperation(operation, index), budget);
  return box.root ?? null;
}

type Operation = Readonly<{
  op: string;
  path: readonly string[];
  from: readonly string[] | undefined;
  value: JsonValue | undefined;
  /** What messages call it. */
  label: string;
}>;

const operators = new Set(["add", "remove", "replace", "move", "copy", "test"]);

function readOperation(operation: JsonValue, index: number): Operation {
  const bad = (detail: string) => new PatchError("bad-patch", `operation ${index} of the JSON patch ${detail}`);
  if (!isJsonObject(operation)) throw bad("must be an object with op and path");
  const { op, path, from, value } = operation;
  if (typeof op !== "string" || !operators.has(op)) throw bad(`needs an op: ${[...operators].join(", ")}`);
  const pointer = (name: string, text: JsonValue | undefined): string[] => {
    if (typeof text === "string" && /^(?:\/(?:[^~]|~[01])*)?$/.test(text)) return steps(text);
    throw bad(`(${op}) needs a ${name} that is empty or starts with "/", with ~1 for "/" and ~0 for "~" in a key`);
  };
  if (["add", "replace", "test"].includes(op) && value === undefined) throw bad(`(${op}) needs a value`);
  return {
    op,
    path: pointer("path", path),
    from: op === "move" || op === "copy" ? pointer("from", from) : undefined,
    value,
    label: `operation ${index} (${op} ${String(path)})`,
  };
}

function steps(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function applyOperation(box: JsonObject, { op, path, from, value, label }: Operation, budget: PatchBudget): void {
  const fail = (detail: string) => new PatchError("patch-failed", `${label}: ${detail}`);
  switch (op) {
    case "remove":
      remove(box, path, fail);
      return;
    case "replace":
      read(box, path, fail);
      put(box, path, budget.clone(value ?? null, fail), { insert: false, fail });
      return;
    case "test":
      if (!equalJson(read(box, path, fail), value)) throw fail("the value is another one");
      return;
    case "move":
      if (from !== undefined && path.length > from.length && from.every((step, i) => step === path[i]))
        throw fail("a value cannot be moved into itself");
      put(box, path, remove(box, from ?? [], fail), { insert: true, fail });
      return;
    default: {
      const added = from === undefined ? value : read(box, from, fail);
      put(box, path, budget.clone(added ?? null, fail), { insert: true, fail });
    }
  }
}

type Fail = (detail: string) => PatchError;

/** The map or list that holds what a path names, and the last step to it. */
function parentOf(box: JsonObject, path: readonly string[], fail: Fail): [JsonObject | JsonValue[], string] {
  const all = ["root", ...path];
  const last = all.pop() ?? "";
  let at: JsonValue = box;
  for (const [depth, step] of all.entries()) at = child(at, step, () => missing(path.slice(0, depth), fail));
  if (Array.isArray(at) || isJsonObject(at)) return [at, last];
  throw missing(path.slice(0, -1), fail);
}

function child(holder: JsonValue, step: string, fault: () => PatchError): JsonValue {
  const found = Array.isArray(holder)
    ? holder[indexIn(step, holder.length - 1) ?? holder.length]
    : isJsonObject(holder) && Object.hasOwn(holder, step)
      ? holder[step]
      : undefined;
  if (found === undefined) throw fault();
  return found;
}

/** An index of a list, written as RFC 6901 has it: no sign, no leading zeros. */
function indexIn(step: string, last: number): number | undefined {
  const index = /^(?:0|[1-9]\d*)$/.test(step) ? Number(step) : Number.NaN;
  return index <= last ? index : undefined;
}

function missing(path: readonly string[], fail: Fail): PatchError {
  return fail(`there is no ${formatPointer(path)}`);
}

function formatPointer(path: readonly string[]): string {
  return path.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("") || "such document";
}

function read(box: JsonObject, path: readonly string[], fail: Fail): JsonValue {
  const [holder, last] = parentOf(box, path, fail);
  return child(holder, last, () => missing(path, fail));
}

function remove(box: JsonObject, path: readonly string[], fail: Fail): JsonValue {
  const removed = read(box, path, fail);
  const [holder, last] = parentOf(box, path, fail);
  if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else delete holder[last];
  return removed;
}

function put(
  box: JsonObject,
  path: readonly string[],
  value: JsonValue,
  { insert, fail }: { insert: boolean; fail: Fail },
): void {
  const [holder, last] = parentOf(box, path, fail);
  if (!Array.isArray(holder)) {
    setKey(holder, last, value);
    return;
  }
  const index = insert && last === "-" ? holder.length : indexIn(last, holder.length);
  if (index === undefined) throw missing(path, fail);
  holder.splice(index, insert ? 0 : 1, value);
}
