import { SourceError } from "../diagnostics/index.js";
import type { BinaryOp, Clause, Comprehension, Decl, Expr, Field, File, Identifier, Label } from "./ast.js";
import { builtinNames } from "./builtin-names.js";
import { basicTypes } from "./kind.js";
import { formatPath, identifierKey, type Key, staticKey } from "./label.js";
import { isNeverConcrete, type Meaning } from "./meaning.js";
import { bareText, maxAdvised, nameAdvice } from "./name-advice.js";
import { packageClause } from "./package-clauses.js";
import { packageName } from "./package-name.js";
import { fieldsOf, type Local, Scopes } from "./scope.js";

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

class Resolver {
  readonly meanings = new Map<Identifier, Meaning>();
  readonly errors: SourceError[] = [];
  /** Fields and list items seen. */
  size = 0;
  readonly #files: readonly File[];
  readonly #path: Key[] = [];
  /** What a field or item that is looked at says, where it may be a text without its quotes. */
  #bareText: string | undefined;
  readonly #scopes = new Scopes(this.errors);

  constructor(files: readonly File[]) {
    this.#files = files;
  }

  file(file: File, shared: ReadonlyMap<string, Local>): void {
    this.#scopes.within(() => {
      for (const [name, local] of shared) this.#scopes.enter(name, { local, isAlias: false, isShared: true });
      const fields = fieldsOf([file]);
      for (const spec of file.imports) {
        const name = spec.name?.name ?? packageName(spec.path);
        if (fields.has(name) || this.#scopes.owns(name)) {
          const detail = `${name} redeclared as imported package name: import it under another one, as in import x ${JSON.stringify(spec.path)}`;
          this.errors.push(new SourceError("syntax", detail, spec.pos));
          continue;
        }
        const owed = { what: `imported and not used: ${JSON.stringify(spec.path)}`, at: spec.pos, used: false };
        this.#scopes.enter(name, { local: { kind: "package", path: spec.path }, isAlias: false, owed });
      }
      this.#decls(file.decls);
    });
  }

  #decls(decls: readonly Decl[]): void {
    for (const decl of decls) {
      if (decl.kind === "let") this.#scopes.declareAlias(decl.name, { kind: "let", decl }, decl.pos);
      if (decl.kind === "field") this.#declareField(decl);
    }
    for (const decl of decls) this.#decl(decl);
  }

  #declareField({ label, alias, value }: Field): void {
    const key = staticKey(label);
    if (alias !== undefined && key !== undefined) this.#scopes.declareAlias(alias, { kind: "field", key }, alias.pos);
    if (alias !== undefined && label.kind === "dynamic-label")
      this.#scopes.declareAlias(alias, { kind: "dynamic-field", label: label.expr }, alias.pos);
    const { pos } = value.kind === "alias" ? value.expr : value;
    if (label.kind === "identifier") this.#scopes.declare(label, { kind: "field", key: identifierKey(label) }, pos);
  }

  #decl(decl: Decl): void {
    this.size++;
    switch (decl.kind) {
      case "field":
        this.#field(decl);
        return;
      case "let":
        // The name of a `let` in its own value means what it means around the scope.
        this.#scopes.without(decl.name.name, () => this.#expr(decl.value));
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
    this.#scopes.inPattern(() => this.#expr(label.expr));
    const named = (name: Identifier | undefined, kind: "variable" | "self", visit: () => void): void => {
      if (name === undefined) visit();
      else
        this.#scopes.within(() => {
          this.#scopes.declareAlias(name, { kind }, name.pos, kind === "self");
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
    this.#scopes.within(() => {
      const names = clause.kind === "let" ? [clause.name] : [clause.key, clause.value];
      for (const name of names)
        if (name !== undefined && name.name !== "_") this.#scopes.declare(name, { kind: "variable" }, name.pos);
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
        this.#scopes.within(() => this.#decls(expr.decls));
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
        this.#scopes.within(() => {
          this.#scopes.declareAlias(expr.name, { kind: "self" }, expr.name.pos);
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
    const meaning = this.#scopes.meaning(identifier) ?? predeclared(identifier.name);
    if (meaning !== undefined) this.meanings.set(identifier, meaning);
    else this.#notFound(identifier, isSelected);
  }

  #notFound({ name, pos }: Identifier, isSelected: boolean): void {
    // Many faults take long enough without advice.
    const hint =
      this.errors.length < maxAdvised
        ? nameAdvice({ name, isSelected, text: this.#bareText }, this.#scopes, this.#files)
        : "";
    const where = this.#path.length === 0 ? "" : `${formatPath(this.#path)}: `;
    this.errors.push(new SourceError("reference-not-found", `${where}reference "${name}" not found${hint}`, pos));
  }
}

/** Every predeclared name has a second form, which a field of the same name does not hide. */
function predeclared(name: string): Meaning | undefined {
  const plain = name.startsWith("__") ? name.slice(2) : name;
  if (basicTypes.has(plain)) return { kind: "type", name: plain };
  return builtinNames.has(plain) ? { kind: "builtin", name: plain } : undefined;
}
