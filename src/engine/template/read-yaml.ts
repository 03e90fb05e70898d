import {
  CST,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  type Pair,
  parseAllDocuments,
  type Scalar,
} from "yaml";
import type { JsonValue } from "../json/index.js";

/** A part of the YAML tree and where its own text starts and ends, comments and blank lines beside it left out. */
export type Tree = ScalarTree | MapTree | ListTree;
export type ScalarTree = Readonly<{
  kind: "scalar";
  start: number;
  end: number;
  style: "plain" | "quoted" | "literal" | "folded";
  /** What the scalar says, escapes and folding resolved. */
  text: string;
  /** What it is as data, by the YAML 1.2 core schema. */
  value: JsonValue;
  /** Where its text starts: after the header line of a block scalar. */
  textStart: number;
  /** For a block scalar: whether its header takes the last line's end away (`|-`). */
  strip: boolean;
  /** For a block scalar: whether its header says how deep the text is indented (`|2`). */
  indentSaid: boolean;
}>;
export type MapTree = Readonly<{ kind: "map"; start: number; end: number; items: readonly EntryTree[] }>;
export type ListTree = Readonly<{ kind: "list"; start: number; end: number; items: readonly ItemTree[] }>;
export type EntryTree = Readonly<{ kind: "entry"; start: number; end: number; key: ScalarTree; value: Tree }>;
export type ItemTree = Readonly<{ kind: "item"; start: number; end: number; value: Tree }>;
export type DocumentTree = Readonly<{ kind: "document"; start: number; end: number; value: Tree }>;

export type YamlFault = Readonly<{ offset: number; code: "template-yaml" | "template-position"; detail: string }>;
export type YamlFile = Readonly<{
  documents: readonly DocumentTree[];
  /** Where the `---` and `...` lines are. */
  markers: readonly number[];
  comments: readonly Readonly<{ start: number; end: number }>[];
  faults: readonly YamlFault[];
}>;

/** Reads YAML as a tree of places. Anchors, aliases, tags and directives are refused: they would reach across branches. */
export function readYaml(text: string): YamlFile {
  const { markers, comments, faults } = readLexemes(text);
  const documents: DocumentTree[] = [];
  try {
    for (const document of parseAllDocuments(text, yamlOptions)) {
      for (const error of document.errors) {
        if (faults.some((fault) => fault.offset === error.pos[0])) continue;
        faults.push({ offset: error.pos[0], code: "template-yaml", detail: lowerFirst(error.message) });
      }
      if (document.errors.length > 0 || document.contents === null) continue;
      const value = toTree(document.contents, faults, 0);
      if (value.end > value.start) documents.push({ kind: "document", start: value.start, end: value.end, value });
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // the parser calls itself: a deep text exhausts the stack
    faults.push({ offset: 0, code: "template-yaml", detail: tooDeep });
  }
  return { documents, markers, comments, faults };
}

const yamlOptions = {
  version: "1.2",
  schema: "core",
  uniqueKeys: false,
  intAsBigInt: true,
  keepSourceTokens: true,
  prettyErrors: false,
  logLevel: "silent",
} as const;

/** As deep as a rendering may be. */
const maxDepth = 200;
const tooDeep = `more than ${maxDepth} maps and lists stand inside each other`;

const refused = new Map([
  ["anchor", "anchors (&name) are not supported in a template; write the value where it is used"],
  ["alias", "aliases (*name) are not supported in a template; write the value where it is used"],
  ["tag", "tags (!name) are not supported in a template; put the value in quotes to make it a string"],
  ["directive-line", "directives (%NAME) are not supported in a template; remove the line"],
]);

function readLexemes(text: string): {
  markers: number[];
  comments: { start: number; end: number }[];
  faults: YamlFault[];
} {
  const markers: number[] = [];
  const comments: { start: number; end: number }[] = [];
  const faults: YamlFault[] = [];
  let [at, inScalar] = [0, false];
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme === CST.DOCUMENT || lexeme === CST.FLOW_END) continue;
    if (lexeme === CST.SCALAR) {
      inScalar = true;
      continue;
    }
    const type = inScalar ? "scalar" : CST.tokenType(lexeme);
    if (type === "doc-start" || type === "doc-end") markers.push(at);
    if (type === "comment") comments.push({ start: at, end: at + lexeme.length });
    const detail = refused.get(type ?? "");
    if (detail !== undefined) faults.push({ offset: at, code: "template-position", detail });
    at += lexeme.length;
    inScalar = false;
  }
  return { markers, comments, faults };
}

function toTree(node: Node, faults: YamlFault[], depth: number): Tree {
  const [start, end] = node.range ?? [0, 0];
  if (isScalar(node)) return toScalar(node, faults);
  if (depth > maxDepth) {
    faults.push({ offset: start, code: "template-yaml", detail: tooDeep });
    return emptyScalar(start);
  }
  if (isMap(node)) {
    const items = node.items.map((pair) => toEntry(pair, start, faults, depth + 1));
    return { kind: "map", items, ...extent(items, start, end, node.flow) };
  }
  if (isSeq(node)) {
    const dashes = node.srcToken?.type === "block-seq" ? node.srcToken.items : [];
    const items = node.items.map((item, index) => toItem(item, dashes[index]?.start ?? [], start, faults, depth + 1));
    return { kind: "list", items, ...extent(items, start, end, node.flow) };
  }
  return emptyScalar(start); // an alias: refused already
}

/** A block collection's range also takes in comments after it; its items tell better. */
function extent(items: readonly Extent[], start: number, end: number, flow?: boolean): Extent {
  if (flow) return { start, end };
  return { start: items[0]?.start ?? start, end: items.at(-1)?.end ?? end };
}
type Extent = Readonly<{ start: number; end: number }>;

function toItem(
  item: unknown,
  before: readonly CST.SourceToken[],
  at: number,
  faults: YamlFault[],
  depth: number,
): ItemTree {
  const dash = before.find((token) => token.type === "seq-item-ind")?.offset;
  const value = valueAt(item, dash === undefined ? at : dash + 1, faults, depth);
  return { kind: "item", start: dash ?? value.start, end: value.end, value };
}

function toEntry(pair: Pair, at: number, faults: YamlFault[], depth: number): EntryTree {
  const found = isNode(pair.key) ? toTree(pair.key, faults, depth) : emptyScalar(at);
  const key = found.kind === "scalar" ? found : emptyScalar(found.start);
  const text = key.style === "plain" || key.style === "quoted" ? key.text : "";
  if (found.kind !== "scalar" || (text === "" && key.style !== "quoted"))
    faults.push({ offset: found.start, code: "template-position", detail: "a key must be text on one line" });
  else if (text === "<<" && key.style === "plain")
    faults.push({
      offset: key.start,
      code: "template-position",
      detail: "merge keys (<<) are not supported in a template; write {{#each map}} around {{@key}}: {{this}}",
    });
  const value = valueAt(pair.value, key.end, faults, depth);
  return { kind: "entry", start: key.start, end: value.end, key, value };
}

/** The tree of a value; one that is left empty stands at `at`, not after the comments that follow. */
function valueAt(node: unknown, at: number, faults: YamlFault[], depth: number): Tree {
  if (isPair(node)) {
    const entry = toEntry(node, at, faults, depth + 1); // [a: b] is short for [{a: b}]
    return { kind: "map", start: entry.start, end: entry.end, items: [entry] };
  }
  const value = isNode(node) ? toTree(node, faults, depth) : emptyScalar(at);
  return value.end === value.start ? emptyScalar(at) : value;
}

function emptyScalar(at: number): ScalarTree {
  return {
    kind: "scalar",
    start: at,
    end: at,
    style: "plain",
    text: "",
    value: null,
    textStart: at,
    strip: false,
    indentSaid: false,
  };
}

function toScalar(node: Scalar, faults: YamlFault[]): ScalarTree {
  const [start, end] = node.range ?? [0, 0];
  const token = node.srcToken;
  const block = token?.type === "block-scalar" ? token.props : undefined;
  const header = block?.find(isBlockHeader)?.source ?? "";
  const newline = block?.find((prop) => prop.type === "newline")?.offset;
  const style =
    block === undefined ? (node.type === "PLAIN" ? "plain" : "quoted") : header.startsWith("|") ? "literal" : "folded";
  return {
    kind: "scalar",
    start,
    end,
    style,
    text: node.source ?? "",
    value: toData(node.value, start, faults),
    textStart: newline === undefined ? start : newline + 1,
    strip: header.includes("-"),
    indentSaid: /[1-9]/.test(header),
  };
}

function toData(value: unknown, offset: number, faults: YamlFault[]): JsonValue {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  const number = Number(value);
  if (typeof value === "bigint" && !Number.isSafeInteger(number))
    faults.push({ offset, code: "template-position", detail: "an integer beyond 2^53 loses digits; put it in quotes" });
  else if (!Number.isFinite(number))
    faults.push({
      offset,
      code: "template-yaml",
      detail: "JSON has no such number; put it in quotes to make it a string",
    });
  return number;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function isBlockHeader(token: CST.Token): token is CST.SourceToken {
  return token.type === "block-scalar-header";
}
