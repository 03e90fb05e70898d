import type { SourcePos } from "../diagnostics/index.js";
import type { Comprehension, Decl, Expr, Field, LetDecl, StructLiteral } from "./ast.js";
import { CloseNode, note, says, structNode } from "./closedness.js";
import { iterate } from "./comprehension.js";
import { computedLabel } from "./computed-label.js";
import type { Evaluator } from "./evaluator.js";
import { noteStruct } from "./field-order.js";
import { kinds } from "./kind.js";
import { isRegularKey, type Key, keyName, regularKey, staticKey } from "./label.js";
import { patternTest } from "./pattern.js";
import { optionally } from "./structural-cycle.js";
import { unifyKind } from "./unify.js";
import {
  append,
  type Code,
  type Conjunct,
  type Env,
  type Pattern,
  presences,
  scalarVertex,
  type Vertex,
} from "./vertex.js";

/** Unifies a struct literal: its fields go to the vertex, embeddings become conjuncts, computed parts become tasks. */
export function openStruct(evaluator: Evaluator, vertex: Vertex, conjunct: Conjunct, literal: StructLiteral): void {
  const embedded: Conjunct[] = [];
  unifyLiteral(evaluator, vertex, conjunct, literal, embedded);
  vertex.active.work.push(...embedded.reverse());
}

/** Adds what comes behind the fields to `embedded`. */
function unifyLiteral(
  evaluator: Evaluator,
  vertex: Vertex,
  conjunct: Conjunct,
  literal: StructLiteral,
  embedded: Conjunct[],
): void {
  evaluator.budget.step(literal.pos);
  vertex.pos ??= literal.pos;
  noteParts(evaluator, vertex, conjunct, literal);
  const isFile = evaluator.fileLiterals.has(literal);
  // Where a package is used as a value, its files have their names there.
  const isRoot = isFile && conjunct.trail === undefined;
  const env: Env = isRoot
    ? conjunct.env
    : { up: isFile ? undefined : conjunct.env, vertex, node: literal, serial: 0, lets: letsOf(literal) };
  const isEmbedding = embeds(literal.decls);
  const isScope = isEmbedding && !isFile && !evaluator.bodies.has(literal);
  const close = isScope ? structNode(vertex, conjunct.close, literal.pos) : conjunct.close;
  note(vertex, conjunct.close, says.struct);
  const { code, label, defines, trail, cycle, choice } = conjunct;
  const scope: Conjunct = { env, code, label, defines, close, trail, cycle, choice };
  let isStruct = !isEmbedding;
  for (const decl of literal.decls) {
    switch (decl.kind) {
      case "field":
        if (field(evaluator, vertex, scope, decl)) isStruct = true;
        break;
      case "embedding": {
        const group = new CloseNode(vertex, "embedding", close, { pos: decl.pos });
        for (const code of operandsOf(decl.expr)) {
          const embedding: Conjunct = { ...scope, code, label: decl.pos, close: group };
          // A literal is unified where it stands.
          if (code.kind === "struct") unifyLiteral(evaluator, vertex, embedding, code, embedded);
          else embedded.push(embedding);
        }
        break;
      }
      case "comprehension":
        comprehension(evaluator, vertex, scope, decl);
        break;
      case "ellipsis":
        note(vertex, close, says.moreFields);
        break;
      case "let":
      case "attribute":
        break;
    }
  }
  if (isStruct) unifyKind(vertex, kinds.struct, "{…}", literal.pos);
}

/** The expressions that `&` joins. */
function operandsOf(expr: Expr): Expr[] {
  if (expr.kind === "paren") return operandsOf(expr.expr);
  return expr.kind === "binary" && expr.op === "&" ? [expr.left, expr.right].flatMap(operandsOf) : [expr];
}

/** Whether a struct has parts that come to more than its own fields. */
export function embeds(decls: readonly Decl[]): boolean {
  return decls.some(({ kind }) => kind === "embedding" || kind === "comprehension");
}

/** What the order of fields depends on. The fields of a comprehension's body have been noted, except computed labels. */
function noteParts(evaluator: Evaluator, vertex: Vertex, { trail }: Conjunct, literal: StructLiteral): void {
  const { decls, pos } = literal;
  const isBody = evaluator.bodies.has(literal);
  const others = isBody ? decls.filter((decl) => !isFixedField(decl)) : decls;
  if (others.length === decls.length) noteStruct(vertex, trail, literal, others, pos);
  else if (others.length > 0) noteStruct(vertex, trail, literal, others, undefined);
}

function isFixedField(decl: Decl): boolean {
  return decl.kind === "field" && staticKey(decl.label) !== undefined;
}

/** Notes the fields that a comprehension may give; they come up here. */
function mention(vertex: Vertex, fields: readonly Decl[]): void {
  vertex.mentioned ??= new Set(vertex.arcs?.keys());
  for (const field of fields) {
    const key = field.kind === "field" ? staticKey(field.label) : undefined;
    if (key !== undefined) vertex.mentioned.add(key);
  }
}

/** Adds a field; true where it makes its parent a struct, as hidden fields and definitions do not. */
function field(evaluator: Evaluator, vertex: Vertex, scope: Conjunct, field: Field): boolean {
  const { label, mark } = field;
  const key = staticKey(label);
  if (key !== undefined) {
    addField(evaluator, vertex, key, scope, field);
    return isRegularKey(key) && mark === "";
  }
  if (label.kind === "pattern-label") patternField(evaluator, vertex, scope, field, label);
  if (label.kind !== "dynamic-label") return false;
  const run = (): void => {
    const name = computedLabel(evaluator.expressions, vertex, scope, label.expr);
    addField(evaluator, vertex, regularKey(name), scope, field);
  };
  evaluator.addTask(vertex, label.expr, run);
  return true;
}

function patternField(
  evaluator: Evaluator,
  vertex: Vertex,
  scope: Conjunct,
  field: Field,
  label: Field["label"] & { kind: "pattern-label" },
): void {
  const run = (): void => {
    const accepts = patternTest(evaluator.expressions, vertex, scope, label.expr);
    const conjunct = (name: string): Conjunct => {
      let { env } = scope;
      if (label.alias !== undefined) {
        const variables = [
          [label.alias.name, scalarVertex({ type: "string", value: name, pos: label.pos, secret: false })],
        ] as const;
        env = { up: env, vertex: env.vertex, node: label, serial: 0, variables };
      }
      const { value, alias } = field;
      const code: Code =
        alias === undefined ? value : { kind: "alias", name: alias, expr: value, pos: value.pos, end: value.end };
      return { ...scope, env, code, label: label.pos, defines: false, cycle: optionally(scope.cycle) };
    };
    const pattern: Pattern = { accepts, conjunct };
    vertex.patterns = append(vertex.patterns, pattern);
    for (const [key, arc] of vertex.arcs ?? []) applyPattern(evaluator, key, arc, pattern);
  };
  evaluator.addTask(vertex, label.expr, run);
}

function applyPattern(evaluator: Evaluator, key: Key, arc: Vertex, pattern: Pattern): void {
  if (!isRegularKey(key) || !pattern.accepts(keyName(key))) return;
  const conjunct = pattern.conjunct(keyName(key));
  evaluator.budget.step(conjunct.label);
  evaluator.add(arc, conjunct);
}

/** Adds the value of a declared field to the one of a key, which is made where there is none yet. */
export function addField(
  evaluator: Evaluator,
  vertex: Vertex,
  key: Key,
  { env, close, trail, cycle: own }: Conjunct,
  {
    label: { pos: label },
    mark,
    value: code,
  }: Readonly<{ label: { pos: SourcePos }; mark: Field["mark"]; value: Code }>,
): void {
  const presence = presenceOf(mark);
  vertex.arcs ??= new Map();
  let arc = vertex.arcs.get(key);
  const isNew = arc === undefined;
  if (arc === undefined) {
    arc = evaluator.newVertex(vertex, key, label);
    arc.presence = presence;
    arc.keyPos = label;
    evaluator.noteChange(vertex, key);
    vertex.arcs.set(key, arc);
    vertex.mentioned?.add(key);
  } else if (presence > arc.presence) {
    // A field counts from where it first is more than a constraint; its place in the order stays.
    if (presence === presences.regular) {
      arc.keyPos = label;
      evaluator.noteChange(vertex, key);
    }
    arc.presence = presence;
  }
  const defines = mark !== "?";
  const cycle = defines ? own : optionally(own);
  evaluator.add(arc, { env, code, label, defines, close, trail, cycle, choice: undefined });
  if (isNew) for (const pattern of vertex.patterns ?? []) applyPattern(evaluator, key, arc, pattern);
}

function comprehension(evaluator: Evaluator, vertex: Vertex, scope: Conjunct, comprehension: Comprehension): void {
  const close = new CloseNode(vertex, "embedding", scope.close, { pos: comprehension.pos });
  evaluator.bodies.add(comprehension.body);
  const { body } = comprehension;
  const fixed = body.decls.filter(isFixedField);
  if (fixed.length > 0) mention(vertex, fixed);
  const run = (): void => {
    const envs = iterate(evaluator.expressions, vertex, scope, comprehension);
    if (envs.length === 0) vertex.emptyStruct ??= comprehension.pos;
    else if (fixed.length > 0) noteStruct(vertex, scope.trail, body, fixed, body.pos);
    for (let i = envs.length - 1; i >= 0; i--) {
      const env = envs[i];
      if (env !== undefined) vertex.active.work.push({ ...scope, env, code: body, label: body.pos, close });
    }
  };
  evaluator.addTask(vertex, comprehension, run);
}

/** Room for the values of `let`, each worked out once for its environment. */
function letsOf({ decls }: StructLiteral): Env["lets"] {
  return decls.some(({ kind }) => kind === "let") ? new Map<LetDecl, Vertex>() : undefined;
}

function presenceOf(mark: Field["mark"]): Vertex["presence"] {
  if (mark === "") return presences.regular;
  return mark === "!" ? presences.required : presences.optional;
}
