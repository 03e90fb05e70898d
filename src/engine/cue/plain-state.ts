import { formatDecimal } from "./decimal.js";
import { anyKind, basicTypes, kinds } from "./kind.js";
import { type Key, staticKey } from "./label.js";
import type { Meanings } from "./meaning.js";
import { type Scalar, sameScalar, scalarKind, scalarOf } from "./scalar.js";
import { type Code, type Conjunct, presences, type Vertex } from "./vertex.js";

/**
 * What shows of a field before anything is worked out: its literals and types, and those of its fields. Until the last
 * disjunction is met, the reference implementation knows no more of the fields of a disjunct.
 */
class PlainState {
  #kinds = anyKind;
  #hasConflict = false;
  #scalar: Scalar | undefined;
  readonly #types = new Set<string>();
  /** What has to be worked out. Of disjunctions it shows only that there are some. */
  readonly #rest: Code[] = [];
  #hasDisjunction = false;
  readonly #fields = new Map<Key, PlainState>();
  readonly #meanings: Meanings;

  constructor(meanings: Meanings, conjuncts: readonly Conjunct[] = []) {
    this.#meanings = meanings;
    for (const { code } of conjuncts) this.#add(code);
  }

  get hasConflict(): boolean {
    return this.#hasConflict || [...this.#fields.values()].some(({ hasConflict }) => hasConflict);
  }

  /** A text that is the same for fields of which the same shows. */
  key(place: (object: object) => number): string {
    const rest = [...this.#rest.map(place), this.#hasDisjunction ? "|" : ""].join();
    const fields = [...this.#fields].map(([key, field]) => `${JSON.stringify(key)}:${field.key(place)}`).sort();
    return `${this.#kinds} ${scalarKey(this.#scalar)} ${[...this.#types].sort().join()} ${rest} {${fields.join()}}`;
  }

  #add(code: Code): void {
    if (code.kind === "literal") this.#addScalar(scalarOf(code));
    else if (code.kind === "identifier" && this.#meanings.get(code)?.kind === "type") {
      this.#narrow(basicTypes.get(code.name)?.kinds ?? anyKind);
      this.#types.add(code.name);
    } else if (code.kind === "paren") this.#add(code.expr);
    else if (code.kind === "binary" && code.op === "&") {
      this.#add(code.left);
      this.#add(code.right);
    } else if (code.kind === "binary" && code.op === "|") this.#hasDisjunction = true;
    else if (code.kind === "struct") this.#addStruct(code);
    else {
      if (code.kind === "list") this.#narrow(kinds.list);
      this.#rest.push(code);
    }
  }

  #addStruct(struct: Code & { kind: "struct" }): void {
    for (const decl of struct.decls) {
      const key = decl.kind === "field" ? staticKey(decl.label) : undefined;
      if (decl.kind !== "field" || key === undefined) {
        this.#rest.push(struct);
        continue;
      }
      const field = this.#fields.get(key) ?? new PlainState(this.#meanings);
      this.#fields.set(key, field);
      if (decl.mark === "?") field.#rest.push(decl.value);
      else field.#add(decl.value);
    }
  }

  #addScalar(scalar: Scalar | string): void {
    if (typeof scalar === "string") return;
    const before = this.#scalar;
    if (before !== undefined && !sameScalar(before, scalar)) this.#hasConflict = true;
    this.#scalar ??= scalar;
    this.#narrow(scalarKind(scalar));
  }

  #narrow(allowed: number): void {
    this.#kinds &= allowed;
    if (this.#kinds === 0) this.#hasConflict = true;
  }
}

/**
 * Whether literals and types conflict in a field or item of a vertex, or below it: that shows at once. The reference
 * implementation looks at fields up to the first optional one.
 */
export function hasPlainConflict({ arcs, items }: Vertex, meanings: Meanings): boolean {
  for (const { presence, conjuncts } of [...(items ?? []), ...(arcs?.values() ?? [])]) {
    if (presence === presences.optional) return false;
    if (new PlainState(meanings, conjuncts).hasConflict) return true;
  }
  return false;
}

/**
 * A text that is the same for alternatives of which the same shows before the next disjunction is met; undefined where
 * more than that is known of them.
 */
export function plainKey(vertex: Vertex, meanings: Meanings, place: (object: object) => number): string | undefined {
  const { kinds: found, scalar, bounds, validators, patterns, arcs, items, lists } = vertex;
  if (vertex.active.tasks.some(({ isDone }) => !isDone) || (validators ?? patterns) !== undefined) return undefined;
  if (lists?.some(({ isOpen }) => isOpen)) return undefined;
  const fields: string[] = [];
  for (const field of [...(items ?? []), ...(arcs?.values() ?? [])]) {
    if (field.state !== "new") return undefined;
    fields.push(`${JSON.stringify(field.label)}:${new PlainState(meanings, field.conjuncts).key(place)}`);
  }
  const limits = (bounds ?? []).map(({ op, limit }) => `${op}${scalarKey(limit)}`);
  return `${found} ${scalarKey(scalar)} ${limits.sort().join()} {${fields.sort().join()}}`;
}

function scalarKey(scalar: Scalar | undefined): string {
  if (scalar === undefined) return "";
  if (scalar.type === "number") return formatDecimal(scalar.value);
  return "value" in scalar ? JSON.stringify(scalar.value) : "null";
}
