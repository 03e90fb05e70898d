import { SourceError, type SourcePos } from "../diagnostics/index.js";
import type { Expr, File, Identifier, LetDecl } from "./ast.js";
import { identifierKey, type Key } from "./label.js";
import type { Meaning } from "./meaning.js";
import { append } from "./vertex.js";

/** What a name stands for in the scope that has it. */
export type Local = Readonly<
  | { kind: "field"; key: Key }
  | { kind: "dynamic-field"; label: Expr }
  | { kind: "let"; decl: LetDecl }
  | { kind: "variable" | "self" }
  | { kind: "package"; path: string }
>;
/** A declared name that has to be used, by what declared it. */
type Owed = { what: string; at: SourcePos; used: boolean };
/** `isAlias` tells aliases and lets from fields and the variables of comprehensions, `isShared` fields of other files. */
type Entry = { local: Local; isAlias: boolean; isShared?: true; owed?: Owed };
/** Most structs declare no name that can be referred to. */
type Scope = { names: Map<string, Entry> | undefined; owed: Owed[] | undefined; readonly up: Scope | undefined };

/** The scopes around the place that a walk over files is at. Names that clash or that nothing uses become errors. */
export class Scopes {
  readonly #errors: SourceError[];
  #innermost: Scope | undefined;
  /** The struct whose pattern is looked at. */
  #inPattern: Scope | undefined;

  constructor(errors: SourceError[]) {
    this.#errors = errors;
  }

  /** Visits what stands in a scope of its own. */
  within(visit: () => void): void {
    const scope: Scope = { names: undefined, owed: undefined, up: this.#innermost };
    this.#innermost = scope;
    visit();
    this.#innermost = scope.up;
    for (const { what, at, used } of scope.owed ?? [])
      if (!used) this.#errors.push(new SourceError("unused", what, at));
  }

  /** Visits the pattern of a field, which names no field of the same struct. */
  inPattern(visit: () => void): void {
    this.#inPattern = this.#innermost;
    visit();
    this.#inPattern = undefined;
  }

  /** Visits what does not see a name of the innermost scope. */
  without(name: string, visit: () => void): void {
    const names = this.#innermost?.names;
    const own = names?.get(name);
    names?.delete(name);
    visit();
    if (own !== undefined) names?.set(name, own);
  }

  /** Gives the innermost scope a name. */
  enter(name: string, entry: Entry): void {
    const scope = this.#innermost;
    if (scope === undefined) return;
    scope.names ??= new Map();
    scope.names.set(name, entry);
    if (entry.owed !== undefined) scope.owed = append(scope.owed, entry.owed);
  }

  /** Declares a field or a variable of a comprehension. */
  declare({ name }: Identifier, local: Local, pos: SourcePos): void {
    if (this.#visible(name)?.isAlias) this.#clash(name, pos);
    else if (local.kind !== "field" || !this.owns(name)) this.enter(name, { local, isAlias: false });
  }

  /** Declares an alias or `let`; `pos` is where its declaration starts. */
  declareAlias({ name }: Identifier, local: Local, pos: SourcePos, mustBeUsed = true): void {
    const before = this.#visible(name);
    if (before !== undefined && !before.isAlias) this.#clash(name, pos);
    else if (this.owns(name))
      this.#errors.push(new SourceError("syntax", `the alias "${name}" is declared twice in this scope`, pos));
    else {
      const what = `unreferenced alias or let clause ${name}: use it or leave it out`;
      const owed = mustBeUsed && { owed: { what, at: pos, used: false } };
      this.enter(name, { local, isAlias: true, ...owed });
    }
  }

  #visible(name: string): Entry | undefined {
    for (let scope = this.#innermost; scope !== undefined; scope = scope.up) {
      const found = scope.names?.get(name);
      if (found !== undefined && !found.isShared) return found;
    }
    return undefined;
  }

  /** Whether the innermost scope has a name itself. */
  owns(name: string): boolean {
    const found = this.#innermost?.names?.get(name);
    return found !== undefined && !found.isShared;
  }

  #clash(name: string, pos: SourcePos): void {
    const detail = `the name "${name}" stands for an alias or let and for a field, here or around it; rename one`;
    this.#errors.push(new SourceError("syntax", detail, pos));
  }

  /** What an identifier means, where a scope has its name; the name counts as used then. */
  meaning({ name, pos }: Identifier): Meaning | undefined {
    let up = 0;
    for (let scope = this.#innermost; scope !== undefined; scope = scope.up, up++) {
      const found = scope.names?.get(name);
      if (found === undefined) continue;
      if (found.owed !== undefined) found.owed.used = true;
      if (scope === this.#inPattern) {
        const detail = `reference "${name}" in a pattern refers to a field that the pattern would be matched against`;
        this.#errors.push(new SourceError("syntax", detail, pos));
      }
      return meaningOf(found.local, up, name);
    }
    return undefined;
  }

  /** The names that can be used here. */
  *names(): Generator<string> {
    for (let scope = this.#innermost; scope !== undefined; scope = scope.up) yield* scope.names?.keys() ?? [];
  }
}

function meaningOf(local: Local, up: number, name: string): Meaning {
  switch (local.kind) {
    case "variable":
      return { kind: "variable", up, name };
    case "self":
      return { kind: "self", up };
    case "package":
      return local;
    default:
      return { ...local, up };
  }
}

/** The fields of files that can be referred to by name. */
export function fieldsOf(files: readonly File[]): Map<string, Local> {
  const fields = new Map<string, Local>();
  for (const { decls } of files)
    for (const { label } of decls.filter((decl) => decl.kind === "field"))
      if (label.kind === "identifier") fields.set(label.name, { kind: "field", key: identifierKey(label) });
  return fields;
}
