import { comparePos, type SourcePos } from "../diagnostics/index.js";
import type { Decl, Expr, Field, StructLiteral } from "./ast.js";
import type { Key } from "./label.js";
import type { Code, Conjunct, Trail, Vertex } from "./vertex.js";

/** A struct literal, or some of its declarations, that became part of a vertex. */
export type StructPart = Readonly<{
  literal: StructLiteral;
  decls: readonly Decl[];
  /** The first reference that led to it, and what the last one referred to. */
  reference: Code | undefined;
  target: Vertex | undefined;
  /** Its place, if it has one of its own. */
  pos: SourcePos | undefined;
}>;

/** A part in its place; `isExplicit` where `&` joins it with others, so that there is no order between them. */
export type Placed = { readonly part: StructPart; pos: SourcePos | undefined; isExplicit: boolean };
/** The names that computed labels gave. */
export type ComputedKeys = ReadonlyMap<Field, Key[]>;

/**
 * Puts parts where the references that led to them are, and marks those that `&` joins. Nodes of the source stand for the
 * parts that they gave: literals, their declarations, and the references.
 */
export function placeStructs(vertex: Vertex, placed: readonly Placed[], joins: ReadonlySet<Code>): ComputedKeys {
  const byNode = new Map<object, Set<Placed>>();
  const partsOf = (node: object): Set<Placed> => {
    const known = byNode.get(node) ?? new Set();
    byNode.set(node, known);
    return known;
  };
  const dynamic = new Map<SourcePos, Field>();
  for (const entry of placed) {
    partsOf(entry.part.literal).add(entry);
    for (const decl of entry.part.decls) {
      partsOf(nodeOf(decl)).add(entry);
      if (decl.kind === "field" && decl.label.kind === "dynamic-label") dynamic.set(decl.label.pos, decl);
    }
  }
  const computed = new Map<Field, Key[]>();
  for (const [key, arc] of vertex.arcs ?? [])
    for (const [index, { label, trail }] of arc.conjuncts.entries()) {
      const field = dynamic.get(label);
      if (field !== undefined) computed.set(field, [...(computed.get(field) ?? []), key]);
      const parts = byNode.get(label);
      // What came from one target twice counts where it came first.
      const isSeen = (other: Conjunct): boolean => other.label === label && other.trail?.target === trail?.target;
      if (parts === undefined || (trail !== undefined && arc.conjuncts.slice(0, index).some(isSeen))) continue;
      for (const entry of parts) if (field === undefined || comparePlaces(entry.pos, label) < 0) entry.pos = label;
      const reference = outermost(trail);
      if (reference === undefined) continue;
      const led = partsOf(reference);
      for (const entry of parts) led.add(entry);
      for (const entry of led) entry.pos = reference.pos;
    }
  for (const code of joins) for (const entry of byNode.get(code) ?? []) entry.isExplicit = true;
  return computed;
}

/** The first of the references that led to a conjunct. */
export function outermost(trail: Trail | undefined): Code | undefined {
  let reference: Code | undefined;
  for (let step = trail; step !== undefined; step = step.next) if (step.code.kind !== "value") reference = step.code;
  return reference;
}

function nodeOf(decl: Decl): object {
  if (decl.kind === "field") return decl.label.pos;
  return decl.kind === "embedding" ? withoutParens(decl.expr) : decl;
}

/** The operands of `&` in the conjuncts of a vertex, and in what its parts embed. */
export function joinedCodes({ conjuncts, family }: Vertex, structs: readonly StructPart[]): Code[] {
  const embedded = structs.flatMap(({ literal }) =>
    literal.decls.flatMap((decl) => (decl.kind === "embedding" ? [decl.expr] : [])),
  );
  // The default of several alternatives counts as if it were the only one.
  const takesDefaults = family?.isOpen === true;
  return [
    ...conjuncts.flatMap(({ code }) => operandsIn(code, takesDefaults)),
    ...embedded.flatMap((code) => operandsIn(code)),
  ];
}

function operandsIn(given: Code, takesDefaults = false): Code[] {
  const code = withoutParens(given);
  if (code.kind !== "binary") return [];
  const marked = takesDefaults ? defaultsIn(code) : [];
  if (marked[0] !== undefined && marked.length === 1) return operandsIn(marked[0]);
  if (code.op !== "&") return [];
  return [code.left, code.right].flatMap((side) => {
    const plain = withoutParens(side);
    const [only, ...others] = takesDefaults ? defaultsIn(plain) : [];
    const operand = only === undefined || others.length > 0 ? plain : withoutParens(only);
    return [operand, ...operandsIn(operand, takesDefaults)];
  });
}

/** The marked operands of a disjunction. */
function defaultsIn(code: Code): Expr[] {
  if (code.kind !== "binary" || code.op !== "|") return [];
  return [code.left, code.right].flatMap((side) =>
    side.kind === "unary" && side.op === "*" ? [side.operand] : defaultsIn(side),
  );
}

export function withoutParens(code: Code): Code {
  return code.kind === "paren" ? withoutParens(code.expr) : code;
}

/** What has no place comes first. */
export function comparePlaces(a: SourcePos | undefined, b: SourcePos | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return comparePos(a, b);
}
