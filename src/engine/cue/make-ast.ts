import type { SourcePos } from "../diagnostics/index.js";
import type {
  Attribute,
  Decl,
  Embedding,
  Expr,
  Field,
  File,
  Identifier,
  ListLiteral,
  Literal,
  StructLiteral,
} from "./ast.js";

/** Place and end of a made node. Without `end` the node counts as empty. */
export type Place = Readonly<{ pos: SourcePos; end?: number }>;

/** A known scalar. `secret` keeps it out of every message. */
export function scalarLiteral(value: null | boolean | string, at: Place, secret = false): Literal {
  if (value === null) return { kind: "literal", value: { type: "null" }, secret, ...span(at) };
  if (typeof value === "boolean") return { kind: "literal", value: { type: "bool", value }, secret, ...span(at) };
  return { kind: "literal", value: { type: "string", value }, secret, ...span(at) };
}

/** A known number by its text: any number literal of CUE or JSON, with an optional sign. */
export function numberLiteral(text: string, at: Place, secret = false): Literal {
  return { kind: "literal", value: { type: "number", text }, secret, ...span(at) };
}

export function listLiteral(items: readonly Expr[], at: Place): ListLiteral {
  return { kind: "list", items, ...span(at) };
}

export function structLiteral(decls: readonly Decl[], at: Place): StructLiteral {
  return { kind: "struct", decls, braces: true, ...span(at) };
}

/** A regular field of data; `name` may be any string, and no reference reaches it by name. */
export function dataField(name: string, value: Expr, at: Place, attributes: readonly Attribute[] = []): Field {
  const label = { kind: "string-label", value: name, ...span(at) } as const;
  return { kind: "field", label, mark: "", value, attributes, pos: at.pos, end: value.end };
}

export function attribute(name: string, text: string, at: Place): Attribute {
  return { kind: "attribute", name, text, ...span(at) };
}

export function identifier(name: string, at: Place): Identifier {
  return { kind: "identifier", name, ...span(at) };
}

export function embedding(expr: Expr): Embedding {
  return { kind: "embedding", expr, pos: expr.pos, end: expr.end };
}

/** A file that holds one value of data, at the top. */
export function dataFile(file: string, value: Expr): File {
  const decls = value.kind === "struct" ? value.decls : [embedding(value)];
  return { kind: "file", file, imports: [], decls, comments: [] };
}

function span(at: Place): { pos: SourcePos; end: number } {
  return { pos: at.pos, end: at.end ?? at.pos.offset };
}
