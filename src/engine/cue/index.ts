export type {
  Alias,
  Attribute,
  Binary,
  BinaryOp,
  Bottom,
  Call,
  Clause,
  Comment,
  Comprehension,
  Decl,
  DynamicLabel,
  Ellipsis,
  Embedding,
  Expr,
  Field,
  File,
  ForClause,
  Identifier,
  IfClause,
  ImportSpec,
  Index,
  Interpolation,
  Label,
  LetDecl,
  ListLiteral,
  Literal,
  LiteralValue,
  Paren,
  PatternLabel,
  Selector,
  Slice,
  StringLabel,
  StructLiteral,
  Unary,
  UnaryOp,
} from "./ast.js";
export type { Limits } from "./budget.js";
export { isLeftOut } from "./build-attributes.js";
export { type EvaluateOptions, evaluate } from "./evaluate.js";
export { parseExpression } from "./expression-file.js";
export { IncompleteValueError } from "./fault.js";
export { formatCue } from "./format/format.js";
export { type Library, loadLibrary, type PackageLoader } from "./library.js";
export {
  attribute,
  dataField,
  dataFile,
  embedding,
  identifier,
  listLiteral,
  numberLiteral,
  type Place,
  scalarLiteral,
  structLiteral,
} from "./make-ast.js";
export { mapFields } from "./map-fields.js";
export { isNumberLiteral } from "./number-literal.js";
export { parse } from "./parser.js";
export { type ValueFormat, writeValue } from "./write-value.js";
/** @internal The package's declarations name no other package. */
export { aliasTargets } from "./yaml-aliases.js";
export { isKnownTag, isMergeKey, scalarOf, type YamlScalar, yamlKey, yamlScalar } from "./yaml-scalar.js";
