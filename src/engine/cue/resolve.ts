import { SourceError, type SourcePos, suggest } from "../diagnostics/index.js";
import type { BinaryOp, Clause, Comprehension, Decl, Expr, Field, File, Identifier, Label, LetDecl } from "./ast.js";
import { builtinNames } from "./builtin-names.js";
import { basicTypes } from "./kind.js";
import { formatPath, identifierKey, type Key, staticKey } from "./label.js";
import { packageClause } from "./package-clauses.js";
import { standardPackages } from "./packages/standard-packages.js";
import { append } from "./vertex.js";

/**
 * What an identifier means. `up` counts the environments between the place of use and the one that has the name: each
 * struct literal, file, loop, `let` clause, named pattern and value alias makes one.
 */
export type Meaning = Readonly<
  | { kind: "field"; up: number; key: Key }
  /** The field that an alias in front of a computed label names. */
  | { kind: "dynamic-field"; up: number; label: Expr }
  | { kind: "let"; up: number; decl: LetDecl }
  /** A loop's variable, the `let` of a comprehension or the name of a pattern. */
  | { kind: "variable"; up: number; name: string }
  /** The value that the alias stands before. */
  | { kind: "self"; up: number }
  | { kind: "type"; name: string }
  | { kind: "builtin"; name: string }
  | { kind: "package"; path: string }
>;
export type Meanings = ReadonlyMap<Identifier, Meaning>;

/** For so many faults, the names that were meant are looked for. */
export const maxAdvised = 20;

type Local = Readonly<
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

/**
 * Finds what every identifier of one package means, and of an expression in its scope. Names that mean nothing and
 * declarations that nothing uses are errors. `size` is the number of fields and list items.
 */
export function resolve(
  files: readonly File[],
  expression?: File,
): {
  meanings: Map<Identifier, Meaning>;
  errors: SourceError[];
  size: number;
} {
  const resolver = new Resolver(files);
  // Fields of files with a package clause are seen from all files; imports, aliases and lets only from their own.
  const shared = fieldsOf(files.filter((file) => packageClause(file) !== undefined));
  for (const file of files) resolver.file(file, shared);
  if (expression !== undefined) resolver.file(expression, fieldsOf(files));
  return { meanings: resolver.meanings, errors: resolver.errors, size: resolver.size };
}

function fieldsOf(files: readonly File[]): Map<string, Local> {
  const fields = new Map<string, Local>();
  for (const { decls } of files)
    for (const { label } of decls.filter((decl) => decl.kind === "field"))
      if (label.kind === "identifier") fields.set(label.name, { kind: "field", key: identifierKey(label) });
  return fields;
}

/** A type or bound that stands there itself never becomes a value, as what a reference leads to may. */
export function isNeverConcrete(expr: Expr, meanings: Meanings): boolean {
  if (expr.kind === "paren") return isNeverConcrete(expr.expr, meanings);
  if (expr.kind === "identifier") return meanings.get(expr)?.kind === "type";
  return expr.kind === "unary" && expr.op !== "+" && expr.op !== "-" && expr.op !== "!";
}

class Resolver {
  readonly meanings = new Map<Identifier, Meaning>();
  readonly errors: SourceError[] = [];
  /** Fields and list items seen. */
  size = 0;
  readonly #files: readonly File[];
  readonly #path: Key[] = [];
  /** What a field or item that is looked at says, where it may be a text without its quotes. */
  #bareText: string | undefined;
  #scope: Scope | undefined;
  /** The struct whose pattern is looked at. */
  #inPattern: Scope | undefined;

  constructor(files: readonly File[]) {
    this.#files = files;
  }

  file(file: File, shared: ReadonlyMap<string, Local>): void {
    this.#within(() => {
      for (const [name, local] of shared) this.#enter(name, { local, isAlias: false, isShared: true });
      const fields = fieldsOf([file]);
      for (const spec of file.imports) {
        const name = spec.name?.name ?? packageName(spec.path);
        if (fields.has(name) || this.#own(name)) {
          const detail = `${name} redeclared as imported package name: import it under another one, as in import x ${JSON.stringify(spec.path)}`;
          this.errors.push(new SourceError("syntax", detail, spec.pos));
          continue;
        }
        const owed = { what: `imported and not used: ${JSON.stringify(spec.path)}`, at: spec.pos, used: false };
        this.#enter(name, { local: { kind: "package", path: spec.path }, isAlias: false, owed });
      }
      this.#decls(file.decls);
    });
  }

  #within(visit: () => void): void {
    const scope: Scope = { names: undefined, owed: undefined, up: this.#scope };
    this.#scope = scope;
    visit();
    this.#scope = scope.up;
    for (const { what, at, used } of scope.owed ?? []) if (!used) this.errors.push(new SourceError("unused", what, at));
  }

  #enter(name: string, entry: Entry): void {
    const scope = this.#scope;
    if (scope === undefined) return;
    scope.names ??= new Map();
    scope.names.set(name, entry);
    if (entry.owed !== undefined) scope.owed = append(scope.owed, entry.owed);
  }

  /** Declares a field or a variable of a comprehension. */
  #declare({ name }: Identifier, local: Local, pos: SourcePos): void {
    if (this.#visible(name)?.isAlias) this.#clash(name, pos);
    else if (local.kind !== "field" || !this.#own(name)) this.#enter(name, { local, isAlias: false });
  }

  /** Declares an alias or `let`; `pos` is where its declaration starts. */
  #declareAlias({ name }: Identifier, local: Local, pos: SourcePos, mustBeUsed = true): void {
    const before = this.#visible(name);
    if (before !== undefined && !before.isAlias) this.#clash(name, pos);
    else if (this.#own(name))
      this.errors.push(new SourceError("syntax", `the alias "${name}" is declared twice in this scope`, pos));
    else {
      const what = `unreferenced alias or let clause ${name}: use it or leave it out`;
      const owed = mustBeUsed && { owed: { what, at: pos, used: false } };
      this.#enter(name, { local, isAlias: true, ...owed });
    }
  }

  #visible(name: string): Entry | undefined {
    for (let scope = this.#scope; scope !== undefined; scope = scope.up) {
      const found = scope.names?.get(name);
      if (found !== undefined && !found.isShared) return found;
    }
    return undefined;
  }

  #own(name: string): boolean {
    const found = this.#scope?.names?.get(name);
    return found !== undefined && !found.isShared;
  }

  #clash(name: string, pos: SourcePos): void {
    const detail = `the name "${name}" stands for an alias or let and for a field, here or around it; rename one`;
    this.errors.push(new SourceError("syntax", detail, pos));
  }

  #decls(decls: readonly Decl[]): void {
    for (const decl of decls) {
      if (decl.kind === "let") this.#declareAlias(decl.name, { kind: "let", decl }, decl.pos);
      if (decl.kind === "field") this.#declareField(decl);
    }
    for (const decl of decls) this.#decl(decl);
  }

  #declareField({ label, alias, value }: Field): void {
    const key = staticKey(label);
    if (alias !== undefined && key !== undefined) this.#declareAlias(alias, { kind: "field", key }, alias.pos);
    if (alias !== undefined && label.kind === "dynamic-label")
      this.#declareAlias(alias, { kind: "dynamic-field", label: label.expr }, alias.pos);
    const { pos } = value.kind === "alias" ? value.expr : value;
    if (label.kind === "identifier") this.#declare(label, { kind: "field", key: identifierKey(label) }, pos);
  }

  #decl(decl: Decl): void {
    this.size++;
    switch (decl.kind) {
      case "field":
        this.#field(decl);
        return;
      case "let":
        this.#let(decl);
        return;
      case "embedding":
        this.#expr(decl.expr);
        return;
      case "comprehension":
        this.#comprehension(decl);
        return;
      case "ellipsis":
        if (decl.type !== undefined) this.#expr(decl.type);
        return;
      case "attribute":
        return;
    }
  }

  /** The name of a `let` in its own value means what it means around the scope. */
  #let({ name, value }: LetDecl): void {
    const own = this.#scope?.names?.get(name.name);
    this.#scope?.names?.delete(name.name);
    this.#expr(value);
    if (own !== undefined) this.#scope?.names?.set(name.name, own);
  }

  #field({ label, alias, value }: Field): void {
    if (label.kind === "identifier" && label.name === "_")
      this.errors.push(
        new SourceError("syntax", `cannot use _ as a label; write "_" for a field of that name`, label.pos),
      );
    this.#path.push(staticKey(label) ?? "[]");
    if (label.kind === "dynamic-label") this.#expr(label.expr);
    if (label.kind === "pattern-label") this.#patternField(label, alias, value);
    else this.#value(value);
    this.#path.pop();
  }

  #patternField(label: Label & { kind: "pattern-label" }, alias: Identifier | undefined, value: Expr): void {
    this.#inPattern = this.#scope;
    this.#expr(label.expr);
    this.#inPattern = undefined;
    const named = (name: Identifier | undefined, kind: "variable" | "self", visit: () => void): void => {
      if (name === undefined) visit();
      else
        this.#within(() => {
          this.#declareAlias(name, { kind }, name.pos, kind === "self");
          visit();
        });
    };
    named(label.alias, "variable", () => named(alias, "self", () => this.#expr(value)));
  }

  #comprehension({ clauses, body }: Comprehension): void {
    const visit = (index: number): void => {
      const clause = clauses[index];
      if (clause === undefined) this.#expr(body);
      else this.#clause(clause, () => visit(index + 1));
    };
    visit(0);
  }

  #clause(clause: Clause, visitRest: () => void): void {
    if (clause.kind === "if") {
      this.#expr(clause.condition);
      visitRest();
      return;
    }
    this.#expr(clause.kind === "for" ? clause.source : clause.value);
    this.#within(() => {
      const names = clause.kind === "let" ? [clause.name] : [clause.key, clause.value];
      for (const name of names)
        if (name !== undefined && name.name !== "_") this.#declare(name, { kind: "variable" }, name.pos);
      visitRest();
    });
  }

  /** A field's value or an item. */
  #value(expr: Expr): void {
    this.#bareText = bareText(expr);
    this.#expr(expr);
    this.#bareText = undefined;
  }

  #expr(expr: Expr): void {
    switch (expr.kind) {
      case "identifier":
        this.#reference(expr);
        return;
      case "literal":
      case "bottom":
        return;
      case "struct":
        this.#within(() => this.#decls(expr.decls));
        return;
      case "list":
        this.size += expr.items.length;
        for (const item of expr.items) {
          if (item.kind === "comprehension") this.#comprehension(item);
          else if (item.kind !== "ellipsis") this.#value(item);
          else if (item.type !== undefined) this.#expr(item.type);
        }
        return;
      case "interpolation":
        for (const part of expr.exprs) this.#expr(part);
        return;
      case "unary":
        if (expr.op === "*")
          this.errors.push(new SourceError("syntax", "a default mark '*' stands only before a disjunct", expr.pos));
        this.#expr(expr.operand);
        return;
      case "selector":
        if (expr.operand.kind === "identifier") this.#reference(expr.operand, true);
        else this.#expr(expr.operand);
        return;
      case "binary":
        for (const operand of [expr.left, expr.right]) {
          this.#operand(operand, expr.op);
          if (expr.op === "&" || expr.op === "|" || !isNeverConcrete(operand, this.meanings)) continue;
          const detail = `invalid operand of ${expr.op}: it takes a concrete value, not a type or bound`;
          this.errors.push(new SourceError("type-mismatch", detail, operand.pos));
        }
        return;
      case "paren":
        this.#expr(expr.expr);
        return;
      case "alias":
        this.#within(() => {
          this.#declareAlias(expr.name, { kind: "self" }, expr.name.pos);
          this.#expr(expr.expr);
        });
        return;
      case "index":
        this.#expr(expr.operand);
        this.#expr(expr.index);
        return;
      case "slice":
        this.#expr(expr.operand);
        if (expr.low !== undefined) this.#expr(expr.low);
        if (expr.high !== undefined) this.#expr(expr.high);
        return;
      case "call":
        this.#expr(expr.callee);
        for (const arg of expr.args) this.#expr(arg);
        return;
    }
  }

  #operand(expr: Expr, op: BinaryOp): void {
    if (op === "|" && expr.kind === "unary" && expr.op === "*") this.#operand(expr.operand, op);
    else this.#expr(expr);
  }

  #reference(identifier: Identifier, isSelected = false): void {
    const { name } = identifier;
    let up = 0;
    for (let scope = this.#scope; scope !== undefined; scope = scope.up, up++) {
      const found = scope.names?.get(name);
      if (found === undefined) continue;
      if (found.owed !== undefined) found.owed.used = true;
      if (scope === this.#inPattern) {
        const detail = `reference "${name}" in a pattern refers to a field that the pattern would be matched against`;
        this.errors.push(new SourceError("syntax", detail, identifier.pos));
      }
      this.meanings.set(identifier, meaningOf(found.local, up, name));
      return;
    }
    // Every predeclared name has a second form, which a field of the same name does not hide.
    const plain = name.startsWith("__") ? name.slice(2) : name;
    if (basicTypes.has(plain)) this.meanings.set(identifier, { kind: "type", name: plain });
    else if (builtinNames.has(plain)) this.meanings.set(identifier, { kind: "builtin", name: plain });
    else this.#notFound(identifier, isSelected);
  }

  #notFound({ name, pos }: Identifier, isSelected: boolean): void {
    // Many faults take long enough without advice.
    const hint = this.errors.length < maxAdvised ? this.#hint(name, isSelected) : "";
    const where = this.#path.length === 0 ? "" : `${formatPath(this.#path)}: `;
    this.errors.push(new SourceError("reference-not-found", `${where}reference "${name}" not found${hint}`, pos));
  }

  #hint(name: string, isSelected: boolean): string {
    const path = isSelected ? [...standardPackages.keys()].find((each) => packageName(each) === name) : undefined;
    if (path !== undefined) return `; the file lacks import ${JSON.stringify(path)}`;
    const other = this.#files.find((file) => fieldsOf([file]).has(name));
    if (other !== undefined)
      return `; ${other.file} has it, but no package clause: files that use fields of each other begin with the same one, such as package main`;
    // Any two short names are near each other.
    const near = name.length < 3 ? undefined : suggest(name, this.#visibleNames());
    const meant = yamlConstants.get(name.toLowerCase()) ?? near;
    if (meant !== undefined) return `; did you mean ${meant}?`;
    const isText = this.#bareText !== undefined && !/^[_#]/.test(this.#bareText);
    return isText ? `; a string is written "${this.#bareText}", with the quotes` : "";
  }

  *#visibleNames(): Generator<string> {
    for (let scope = this.#scope; scope !== undefined; scope = scope.up) yield* scope.names?.keys() ?? [];
    for (const name of basicTypes.keys()) if (name !== "_") yield name;
  }
}

/** What YAML has for constants, and CUE by another name. */
const yamlConstants: ReadonlyMap<string, string> = new Map([
  ...["true", "yes", "on"].map((name) => [name, "true"] as const),
  ...["false", "no", "off"].map((name) => [name, "false"] as const),
  ...["null", "nil", "none"].map((name) => [name, "null"] as const),
]);

/** `flux-system`, as names that operators join. */
function bareText(expr: Expr): string | undefined {
  if (expr.kind === "identifier") return expr.name;
  if (expr.kind === "literal") return expr.value.type === "number" ? expr.value.text : undefined;
  if (expr.kind !== "binary" || (expr.op !== "-" && expr.op !== "/")) return undefined;
  const [left, right] = [bareText(expr.left), bareText(expr.right)];
  return left === undefined || right === undefined ? undefined : `${left}${expr.op}${right}`;
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

/** `"encoding/json"` is used as `json`, `"x.org/a:b"` as `b`, `"x.org/a@v1"` as `a`. */
function packageName(path: string): string {
  const [, plain = "", name] = /^([^:]*)(?::(.*))?$/.exec(path) ?? [];
  return (
    name ??
    plain
      .replace(/@v\d+(?=\/|$)/, "")
      .split("/")
      .at(-1) ??
    path
  );
}
