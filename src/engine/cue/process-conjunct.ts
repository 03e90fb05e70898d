import { definitionNode, note, referenceNode, says } from "./closedness.js";
import { unifyData } from "./data.js";
import { chooseDisjunct } from "./disjunction.js";
import type { Evaluator } from "./evaluator.js";
import { errorAt, Stop } from "./fault.js";
import { basicTypes } from "./kind.js";
import { isDefinitionKey, staticKey } from "./label.js";
import { addList, openList } from "./list-value.js";
import { functionAt } from "./packages/call-function.js";
import { isSameEnv } from "./same-env.js";
import { scalarOf } from "./scalar.js";
import { embeds, openStruct } from "./struct-value.js";
import { detectCycle, isFresh } from "./structural-cycle.js";
import { addFault, unifyScalar, unifyType } from "./unify.js";
import {
  append,
  type Code,
  type Conjunct,
  type Env,
  type Expansion,
  isWithin,
  type Vertex,
  withCode,
} from "./vertex.js";

/** Takes one conjunct apart: what it says goes to the vertex at once, or becomes more conjuncts, or a task that waits. */
export function processConjunct(evaluator: Evaluator, vertex: Vertex, conjunct: Conjunct): void {
  const { code, close } = conjunct;
  evaluator.budget.step(code.pos);
  // Only structs are closed, so a scalar need not know where it is.
  if (close !== undefined && code.kind !== "literal") note(vertex, close, says.nothing);
  if (isFresh(conjunct)) vertex.active.hasFresh = true;
  if (conjunct.cycle !== "certain" && !isReference(evaluator, code)) vertex.active.hasMaterial = true;
  switch (code.kind) {
    case "literal": {
      const scalar = scalarOf(code);
      if (typeof scalar === "string") addFault(vertex, errorAt(vertex, "syntax", scalar, code.pos));
      else unifyScalar(vertex, scalar);
      return;
    }
    case "struct":
      openStruct(evaluator, vertex, conjunct, code);
      return;
    case "list":
      openList(evaluator, vertex, conjunct, code);
      return;
    case "values":
      addList(evaluator, vertex, {
        items: code.vertices.map((item) => withCode(conjunct, { kind: "value", vertex: item, pos: code.pos })),
        shape: { length: code.vertices.length, isOpen: false, rest: undefined, pos: code.pos },
      });
      return;
    case "value":
      follow(evaluator, vertex, conjunct, code.vertex);
      return;
    case "data":
      if (!unifyData(evaluator, vertex, conjunct, code)) follow(evaluator, vertex, conjunct, code.vertex);
      return;
    case "paren":
      vertex.active.work.push(withCode(conjunct, code.expr));
      return;
    case "alias": {
      const env: Env = { up: conjunct.env, vertex, node: code, serial: 0 };
      vertex.active.work.push({ ...conjunct, env, code: code.expr });
      return;
    }
    case "binary":
      if (code.op === "&") vertex.active.work.push(withCode(conjunct, code.right), withCode(conjunct, code.left));
      else if (code.op === "|") chooseDisjunct(vertex, conjunct, code);
      else compute(evaluator, vertex, conjunct);
      return;
    case "any-of":
      chooseDisjunct(vertex, conjunct, code);
      return;
    case "identifier": {
      const meaning = evaluator.meanings.get(code);
      const type = meaning?.kind === "type" ? basicTypes.get(meaning.name) : undefined;
      if (type === undefined) {
        const { references = [] } = vertex.active;
        vertex.active.references = references;
        if (isAll(conjunct, vertex)) references.unshift(conjunct);
        else references.push(conjunct);
      } else {
        if (code.name === "_") {
          vertex.isAnything = true;
          note(vertex, close, says.anything);
        }
        unifyType(vertex, code.name, type, code.pos);
      }
      return;
    }
    case "selector":
      if (functionAt(evaluator, code) === undefined)
        vertex.active.references = append(vertex.active.references, conjunct);
      else compute(evaluator, vertex, conjunct);
      return;
    case "index":
      vertex.active.references = append(vertex.active.references, conjunct);
      return;
    case "bottom":
      addFault(vertex, errorAt(vertex, "explicit-error", "explicit error (_|_ literal) in source", code.pos));
      return;
    default:
      compute(evaluator, vertex, conjunct);
  }
}

/** Whether a reference of the vertex led to a value that is only this conjunct: it counts as one to what that refers to. */
function isAll({ code, trail }: Conjunct, vertex: Vertex): boolean {
  if (trail?.at !== vertex) return false;
  const [only, ...others] = trail.target.conjuncts;
  return others.length === 0 && only?.code === code;
}

/** Whether only what the code leads to says something about the value. */
function isReference(evaluator: Evaluator, code: Code): boolean {
  if (code.kind === "identifier") return evaluator.meanings.get(code)?.kind !== "type";
  if (code.kind === "selector") return functionAt(evaluator, code) === undefined;
  if (code.kind === "binary") return code.op === "&" || code.op === "|";
  return referenceKinds.has(code.kind);
}

/** An expression whose operands have to be known. */
function compute(evaluator: Evaluator, vertex: Vertex, conjunct: Conjunct): void {
  const run = (): void => evaluator.expressions.unifyComputed(vertex, conjunct);
  evaluator.addTask(vertex, conjunct.code, run);
}

/** Follows a reference: at once where its target is there, otherwise when it comes. */
export function refer(evaluator: Evaluator, vertex: Vertex, conjunct: Conjunct): void {
  const run = (): void => {
    const target = evaluator.expressions.references.target(vertex, conjunct);
    const before = isWithin(target, vertex) ? noteInward(vertex.active, conjunct, target) : undefined;
    if (before !== target.conjuncts.length) follow(evaluator, vertex, conjunct, target, before !== undefined);
  };
  try {
    run();
  } catch (stop) {
    if (!(stop instanceof Stop)) throw stop;
    if (stop.fault.kind === "error") addFault(vertex, stop.fault);
    else evaluator.addTask(vertex, conjunct.code, run, stop.fault);
  }
}

/** Notes how many conjuncts a reference into the vertex leads to; gives the number of the last time. */
function noteInward(expansion: Expansion, reference: Conjunct, { conjuncts }: Vertex): number | undefined {
  expansion.inward ??= new Map();
  const before = expansion.inward.get(reference);
  expansion.inward.set(reference, conjuncts.length);
  return before;
}

/** Unifies what the target unifies, with this vertex in the place of the target. */
function follow(evaluator: Evaluator, vertex: Vertex, conjunct: Conjunct, target: Vertex, isAgain = false): void {
  const { code, defines, choice } = conjunct;
  if (target === vertex || (target.family !== undefined && target.family === vertex.family)) {
    // A struct that embeds itself is a struct.
    if (conjunct.close?.kind === "embedding" && conjunct.label === code.pos) vertex.emptyStruct ??= code.pos;
    return;
  }
  if (target.state === "done" && target.scalar !== undefined && isPlainScalar(target)) {
    vertex.active.scalars = append(vertex.active.scalars, { conjunct, target });
    unifyScalar(vertex, target.scalar);
    return;
  }
  if (conjunct.trail?.at !== vertex) vertex.targets = append(vertex.targets, { code, target });
  const step = detectCycle(vertex, conjunct, target);
  if (step === undefined) return;
  const { cycle, trail, waits } = step;
  if (trail.length > evaluator.budget.maxDepth) throw evaluator.budget.tooDeep(code.pos);
  if (target.parent?.expansion?.hasOpenTasks) {
    evaluator.taint(target.parent);
    evaluator.noteRead(target, "inside");
  }
  let { close } = conjunct;
  if (isDefinition(evaluator, code, target)) close = definitionNode(vertex, conjunct, target);
  else if (target.conjuncts.some((inner) => hasEmbeddings(inner.code))) close = referenceNode(vertex, close);
  const followed: Conjunct[] = [];
  for (const { env, code: inner, label } of target.conjuncts) {
    const copy: Conjunct = { env, code: inner, label, defines, close, trail, cycle, choice };
    if (!isSeen(vertex.active, copy, isAgain ? isSameEnv : Object.is)) followed.push(copy);
  }
  followed.reverse();
  if (!waits) vertex.active.work.push(...followed);
  else for (const each of followed) vertex.active.cyclicWork = append(vertex.active.cyclicWork, each);
}

/** Whether an expression has a struct that embeds something. */
function hasEmbeddings(code: Code): boolean {
  if (code.kind === "struct") return embeds(code.decls);
  if (code.kind === "paren") return hasEmbeddings(code.expr);
  const isBoth = code.kind === "binary" && (code.op === "&" || code.op === "|");
  return isBoth && (hasEmbeddings(code.left) || hasEmbeddings(code.right));
}

/** Whether what a reference leads to is closed: a definition, or a part of one that the reference names. */
function isDefinition(evaluator: Evaluator, code: Code, { label, inDefinition }: Vertex): boolean {
  return inDefinition && ((typeof label === "string" && isDefinitionKey(label)) || namesDefinition(evaluator, code));
}

function namesDefinition(evaluator: Evaluator, code: Code): boolean {
  if (code.kind === "paren") return namesDefinition(evaluator, code.expr);
  if (code.kind === "index") return namesDefinition(evaluator, code.operand);
  if (code.kind === "selector")
    return isDefinitionKey(staticKey(code.name) ?? "") || namesDefinition(evaluator, code.operand);
  const meaning = code.kind === "identifier" ? evaluator.meanings.get(code) : undefined;
  return meaning?.kind === "field" && isDefinitionKey(meaning.key);
}

const referenceKinds: ReadonlySet<Code["kind"]> = new Set([
  "selector",
  "index",
  "value",
  "any-of",
  "paren",
  "alias",
] as const);

function isPlainScalar(vertex: Vertex): boolean {
  return vertex.faults === undefined && vertex.waiting === undefined && vertex.arcs === undefined;
}

/** Remembers what came by references, so that two ways to one value unify it once. */
function isSeen(expansion: Expansion, conjunct: Conjunct, isSame: (a: Env, b: Env) => boolean): boolean {
  expansion.seen ??= new Map();
  const { code, env, close } = conjunct;
  const known = expansion.seen.get(code);
  if (known?.some((other) => isSame(other.env, env) && other.close === close)) return true;
  if (known === undefined) expansion.seen.set(code, [conjunct]);
  else known.push(conjunct);
  return false;
}
