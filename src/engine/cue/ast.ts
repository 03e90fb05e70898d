import type { SourcePos } from "../diagnostics/index.js";

/** What every node has: the place of its first character and the offset just behind its last one. */
type At = Readonly<{ pos: SourcePos; end: number }>;
type Node<T> = Readonly<T> & At;

/** One CUE file. `comments` are all comments of the text, in its order. */
export type File = Readonly<{
  kind: "file";
  file: string;
  package?: Identifier;
  imports: readonly ImportSpec[];
  decls: readonly Decl[];
  comments: readonly Comment[];
}>;

/** `import name "path"` */
export type ImportSpec = Node<{ kind: "import"; name?: Identifier; path: string }>;
/** A line comment with its slashes. */
export type Comment = Node<{ kind: "comment"; text: string }>;

/** `@name(text)`: `text` is the body between the parentheses, as it was written. */
export type Attribute = Node<{ kind: "attribute"; name: string; text: string }>;

export type Decl = Field | LetDecl | Embedding | Comprehension | Ellipsis | Attribute;

/** `alias=label: value @attribute()`; `mark` tells `label?:` and `label!:` from `label:`. */
export type Field = Node<{
  kind: "field";
  label: Label;
  alias?: Identifier;
  mark: "" | "?" | "!";
  value: Expr;
  attributes: readonly Attribute[];
}>;

export type Label = Identifier | StringLabel | DynamicLabel | PatternLabel;
/** `"a-b": value`; in contrast to an identifier no reference reaches it by name. */
export type StringLabel = Node<{ kind: "string-label"; value: string }>;
/** `(expr): value` and `"a-\(x)": value` */
export type DynamicLabel = Node<{ kind: "dynamic-label"; expr: Expr }>;
/** `[alias=expr]: value` */
export type PatternLabel = Node<{ kind: "pattern-label"; alias?: Identifier; expr: Expr }>;

/** `let name = value`, as a declaration and as a clause of a comprehension. */
export type LetDecl = Node<{ kind: "let"; name: Identifier; value: Expr }>;
export type Embedding = Node<{ kind: "embedding"; expr: Expr }>;
/** `...` or `...type` */
export type Ellipsis = Node<{ kind: "ellipsis"; type?: Expr }>;

export type Comprehension = Node<{ kind: "comprehension"; clauses: readonly Clause[]; body: StructLiteral }>;
export type Clause = ForClause | IfClause | LetDecl;
export type ForClause = Node<{ kind: "for"; key?: Identifier; value: Identifier; source: Expr }>;
export type IfClause = Node<{ kind: "if"; condition: Expr }>;

export type Expr =
  | Identifier
  | Literal
  | Interpolation
  | Bottom
  | StructLiteral
  | ListLiteral
  | Unary
  | Binary
  | Paren
  | Selector
  | Index
  | Slice
  | Call
  | Alias;

/** A hidden name of an imported package is another one than in other packages: `package` tells which. */
export type Identifier = Node<{ kind: "identifier"; name: string; package?: string }>;

/** A scalar that is known. `secret` marks one that must never be shown, such as a token from the environment. */
export type Literal = Node<{ kind: "literal"; value: LiteralValue; secret: boolean }>;
/** A number keeps its text: any number of CUE (`0x1F`, `1_000`, `1.5Ki`, `1e3`), with a minus sign where data has one. */
export type LiteralValue = Readonly<
  | { type: "null" }
  | { type: "bool"; value: boolean }
  | { type: "number"; text: string }
  | { type: "string"; value: string }
  | { type: "bytes"; value: Uint8Array }
>;

/** `"a\(b)c"` or `'a\(b)c'`: `texts` has one item more than `exprs`, and starts the sequence. */
export type Interpolation = Node<{
  kind: "interpolation";
  type: "string" | "bytes";
  texts: readonly string[];
  exprs: readonly Expr[];
}>;
/** `_|_` */
export type Bottom = Node<{ kind: "bottom" }>;
/** `{ … }`; `braces` is false for the inner structs of `a: b: c`. */
export type StructLiteral = Node<{ kind: "struct"; decls: readonly Decl[]; braces: boolean }>;
export type ListLiteral = Node<{ kind: "list"; items: readonly (Expr | Comprehension | Ellipsis)[] }>;

/** `*` marks a default of a disjunction; the comparisons make bounds. */
export type UnaryOp = "+" | "-" | "!" | "*" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "=~" | "!~";
export type Unary = Node<{ kind: "unary"; op: UnaryOp; operand: Expr }>;
export type BinaryOp =
  | ("&" | "|" | "&&" | "||" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "=~" | "!~")
  | ("+" | "-" | "*" | "/" | "div" | "mod" | "quo" | "rem");
export type Binary = Node<{ kind: "binary"; op: BinaryOp; opPos: SourcePos; left: Expr; right: Expr }>;
export type Paren = Node<{ kind: "paren"; expr: Expr }>;
/** `operand.name` and `operand."name"` */
export type Selector = Node<{ kind: "selector"; operand: Expr; name: Identifier | StringLabel }>;
export type Index = Node<{ kind: "index"; operand: Expr; index: Expr }>;
export type Slice = Node<{ kind: "slice"; operand: Expr; low?: Expr; high?: Expr }>;
export type Call = Node<{ kind: "call"; callee: Expr; args: readonly Expr[] }>;
/** `name=expr` as the value of a field. */
export type Alias = Node<{ kind: "alias"; name: Identifier; expr: Expr }>;
