import type { Alias, Document, Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import {
  attribute,
  dataField,
  dataFile,
  type Expr,
  type Field,
  type File,
  identifier,
  listLiteral,
  numberLiteral,
  type Place,
  scalarLiteral,
  structLiteral,
} from "../cue/index.js";
import { SourceError, type SourcePos } from "../diagnostics/index.js";
import { runtimeAttribute } from "./attribute.js";

/** Values that one file may have once its aliases are written out: what a billion laughs runs into. */
const maxNodes = 200_000;
const maxDepth = 200;

const attributeText = new RegExp(`^(?:(.*?)\\s+)?@${runtimeAttribute}\\(([^()]*)\\)$`, "s");
const typeNames = new Set(["string", "number", "bool"]);

/**
 * Reads a YAML 1.2 document (core schema) as data in the form of a CUE file, so that it unifies with any other source.
 * A plain scalar may carry a runtime attribute, after the name of its type or after a default:
 * `token: string @timoni(runtime:string:TOKEN)`, `port: 80 @timoni(runtime:number:PORT)`. A quoted scalar is text.
 *
 * @returns The file and every fault found in it, sorted; with faults the file may lack what they are about
 */
export async function readYaml(text: string, file: string): Promise<{ file: File; errors: SourceError[] }> {
  const yaml = await import("yaml");
  const lines = new yaml.LineCounter();
  const errors: SourceError[] = [];
  const documents = yaml.parseAllDocuments(text, { lineCounter: lines, intAsBigInt: true, prettyErrors: false });
  const [document, second] = "empty" in documents ? [] : documents;
  if (document === undefined) return { file: dataFile(file, structLiteral([], { pos: posAt(0) })), errors };

  for (const fault of documents.flatMap((d) => d.errors)) {
    errors.push(new SourceError("syntax", explain(fault.code, fault.message), posAt(fault.pos[0])));
  }
  if (second?.range) errors.push(fault("syntax", "a second document; one file holds one", second.range[0]));

  let count = 0;
  const value = document.contents === null ? structLiteral([], { pos: posAt(0) }) : convert(document.contents, [], 0);
  return { file: dataFile(file, value), errors: upToLimit(errors) };

  function posAt(offset: number): SourcePos {
    const { line, col } = lines.linePos(offset);
    return { file, offset, line: Math.max(1, line), column: Math.max(1, col) };
  }

  function place(node: Node): Place {
    return { pos: posAt(node.range?.[0] ?? 0), end: node.range?.[1] ?? 0 };
  }

  function fault(code: string, detail: string, at: number): SourceError {
    return new SourceError(code, detail, posAt(at));
  }

  /** `within` are the anchored nodes that are being converted: an alias to one of them would never end. */
  function convert(node: Node, within: readonly Node[], depth: number): Expr {
    if (++count === maxNodes + 1) {
      errors.push(
        fault("limit-exceeded", `more than ${maxNodes} values once the aliases are written out`, start(node)),
      );
    }
    if (depth === maxDepth) errors.push(fault("limit-exceeded", `nested more than ${maxDepth} deep`, start(node)));
    if (count > maxNodes || depth >= maxDepth) return scalarLiteral(null, place(node));
    if (yaml.isAlias(node)) return convertAlias(node, document, within, depth);
    if (node.tag !== undefined && !node.tag.startsWith("tag:yaml.org,2002:")) {
      errors.push(fault("unsupported", `the tag ${node.tag} is not known here; write plain data`, start(node)));
    }
    if (yaml.isMap(node)) return convertMap(node, [...within, node], depth);
    if (yaml.isSeq(node)) return convertSeq(node, [...within, node], depth);
    if (yaml.isScalar(node)) return convertScalar(node);
    return scalarLiteral(null, place(node));
  }

  function convertAlias(node: Alias, doc: Document.Parsed | undefined, within: readonly Node[], depth: number): Expr {
    const target = doc && node.resolve(doc);
    if (target === undefined) {
      errors.push(fault("syntax", `the alias *${node.source} names nothing above it`, start(node)));
      return scalarLiteral(null, place(node));
    }
    if (within.includes(target)) {
      errors.push(fault("cycle", `the alias *${node.source} stands inside of what it names`, start(node)));
      return scalarLiteral(null, place(node));
    }
    return convert(target, within, depth + 1);
  }

  function convertMap(map: YAMLMap, within: readonly Node[], depth: number): Expr {
    const fields = map.items.flatMap((pair) => convertPair(pair, within, depth) ?? []);
    return structLiteral(fields, place(map));
  }

  function convertPair(pair: Pair, within: readonly Node[], depth: number): Field | undefined {
    if (!yaml.isScalar(pair.key)) {
      const at = yaml.isNode(pair.key) ? start(pair.key) : 0;
      errors.push(fault("syntax", "a key has to be a string, not a list, a map or an alias", at));
      return undefined;
    }
    const key = pair.key;
    if (key.value === "<<" && key.type === "PLAIN") {
      errors.push(fault("unsupported", "merge keys are not part of YAML 1.2; write the fields out", start(key)));
      return undefined;
    }
    const name = typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
    if (!yaml.isNode(pair.value)) return dataField(name, scalarLiteral(null, place(key)), place(key));
    const asked = yaml.isScalar(pair.value) ? runtimeValue(pair.value) : undefined;
    if (asked !== undefined) return dataField(name, asked.value, place(key), [asked.attribute]);
    return dataField(name, convert(pair.value, within, depth + 1), place(key));
  }

  function convertSeq(seq: YAMLSeq, within: readonly Node[], depth: number): Expr {
    const items = seq.items.map((item): Expr => {
      if (!yaml.isNode(item)) return scalarLiteral(null, place(seq));
      const asked = yaml.isScalar(item) ? runtimeValue(item) : undefined;
      return asked === undefined ? convert(item, within, depth + 1) : attributedItem(asked, place(item));
    });
    return listLiteral(items, place(seq));
  }

  /** Attributes belong to fields, so an item of a list that has one is `{value: … @timoni(…)}.value`. */
  function attributedItem(asked: RuntimeValue, at: Place): Expr {
    const operand = structLiteral([dataField("value", asked.value, at, [asked.attribute])], at);
    const name = { kind: "string-label", value: "value", pos: operand.pos, end: operand.end } as const;
    return { kind: "selector", operand, name, pos: operand.pos, end: operand.end };
  }

  function runtimeValue(node: Scalar): RuntimeValue | undefined {
    if (node.type !== "PLAIN") return undefined;
    const match = attributeText.exec(node.source ?? "");
    if (match === null) {
      // Taken for text, a misspelled attribute would become the password itself.
      if (/@\w+\(runtime:|@timoni\b/.test(node.source ?? ""))
        errors.push(fault("bad-attribute", attributeAdvice, start(node)));
      return undefined;
    }
    const [, before = "", body = ""] = match;
    const at = place(node);
    const value = typeNames.has(before) ? identifier(before, at) : convertScalar(defaultScalar(before, node));
    return { value, attribute: attribute(runtimeAttribute, body, at) };
  }

  /** The default in front of an attribute, read as YAML reads a plain scalar. */
  function defaultScalar(source: string, node: Scalar): Scalar {
    const contents = yaml.parseDocument(source, { intAsBigInt: true }).contents;
    const scalar = yaml.isScalar(contents) ? contents : new yaml.Scalar(source);
    scalar.range = node.range ?? null;
    return scalar;
  }

  function convertScalar(node: Scalar): Expr {
    const { value } = node;
    const at = place(node);
    if (value === null || typeof value === "boolean" || typeof value === "string") return scalarLiteral(value, at);
    if (typeof value === "bigint") return numberLiteral(value.toString(), at);
    if (typeof value === "number" && Number.isFinite(value)) return numberLiteral(decimalText(node, value), at);
    errors.push(fault("unsupported", `${node.source ?? String(value)} has no form in JSON`, start(node)));
    return scalarLiteral(null, at);
  }
}

/** Behind the place where a limit is passed nothing was read in earnest: the library, too, has given up somewhere there. */
function upToLimit(errors: readonly SourceError[]): SourceError[] {
  const limits = errors.filter(({ code }) => code === "limit-exceeded").map(({ pos }) => pos.offset);
  const first = limits.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return errors.filter(({ pos }) => pos.offset <= first);
}

const attributeAdvice = `not a runtime attribute; write: string @${runtimeAttribute}(runtime:string:NAME), or put quotes around text`;

type RuntimeValue = { value: Expr; attribute: ReturnType<typeof attribute> };

function start(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** The text of a float as CUE has it: YAML's `+1.`, `.5` and `1.5` become `1.0`, `0.5` and `1.5`. */
function decimalText(node: Scalar, value: number): string {
  const match = /^([-+]?)(\d*)(?:\.(\d*))?([eE][-+]?\d+)?$/.exec(node.source ?? "");
  if (match === null) return JSON.stringify(value);
  const [, sign = "", whole = "", fraction = "", exponent = ""] = match;
  const trimmed = whole.replace(/^0+(?=\d)/, "");
  return `${sign === "-" ? "-" : ""}${trimmed || "0"}.${fraction || "0"}${exponent}`;
}

/** The library's message, with what would be right where it does not say so. */
function explain(code: string, message: string): string {
  switch (code) {
    case "DUPLICATE_KEY":
      return "the key stands twice in this map; keep one of the two";
    case "TAB_AS_INDENT":
      return "a tab cannot indent YAML; use spaces";
    case "BAD_SCALAR_START":
      return `${message}; put quotes around text, and a type in front of an attribute: string @${runtimeAttribute}(…)`;
    default:
      return message;
  }
}
