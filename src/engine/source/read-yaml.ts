import type { Alias, Node, Scalar, YAMLMap, YAMLSeq } from "yaml";
import {
  aliasTargets,
  attribute,
  dataField,
  dataFile,
  type Expr,
  type Field,
  type File,
  identifier,
  isKnownTag,
  isMergeKey,
  listLiteral,
  type Place,
  scalarLiteral,
  scalarOf,
  structLiteral,
  type YamlScalar,
  yamlKey,
  yamlScalar,
} from "../cue/index.js";
import { SourceError, type SourcePos } from "../diagnostics/index.js";
import { runtimeAttribute } from "./attribute.js";

/** Values that one file may have once its aliases are written out: what a billion laughs runs into. */
const maxNodes = 200_000;
const maxDepth = 200;

const attributeText = new RegExp(`^(?:(.*?)\\s+)?@${runtimeAttribute}\\(([^()]*)\\)$`, "s");
const typeNames = new Set(["string", "number", "bool"]);

/**
 * Reads a YAML document as data in the form of a CUE file, so that it unifies with any other source. Scalars and merge keys
 * (`<<`) are what they are to the reference implementation, see {@link yamlScalar}.
 * A plain scalar may carry a runtime attribute, after the name of its type or after a default:
 * `token: string @timoni(runtime:string:TOKEN)`, `port: 80 @timoni(runtime:number:PORT)`. A quoted scalar is text.
 *
 * @returns The file and every fault found in it, sorted; with faults the file may lack what they are about
 */
export async function readYaml(text: string, file: string): Promise<{ file: File; errors: SourceError[] }> {
  const yaml = await import("yaml");
  const lines = new yaml.LineCounter();
  const errors: SourceError[] = [];
  const documents = yaml.parseAllDocuments(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const [document, second] = "empty" in documents ? [] : documents;
  if (document === undefined) return { file: dataFile(file, structLiteral([], { pos: posAt(0) })), errors };

  for (const fault of documents.flatMap((d) => d.errors)) {
    errors.push(new SourceError("syntax", explain(fault.code, fault.message), posAt(fault.pos[0])));
  }
  if (second?.range) errors.push(fault("syntax", "a second document; one file holds one", second.range[0]));

  let count = 0;
  const targets = aliasTargets(document, yaml.visit);
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
    if (isTooMuch(node, depth)) return scalarLiteral(null, place(node));
    if (yaml.isAlias(node)) return convertAlias(node, within, depth);
    if (!isKnownTag(node.tag)) {
      errors.push(fault("unsupported", `the tag ${node.tag} is not known here; write plain data`, start(node)));
      return scalarLiteral(null, place(node));
    }
    if (yaml.isMap(node)) return convertMap(node, [...within, node], depth);
    if (yaml.isSeq(node)) return convertSeq(node, [...within, node], depth);
    if (yaml.isScalar(node)) return literal(scalarOf(node), node);
    return scalarLiteral(null, place(node));
  }

  function isTooMuch(node: Node, depth: number): boolean {
    if (++count === maxNodes + 1) {
      errors.push(
        fault("limit-exceeded", `more than ${maxNodes} values once the aliases are written out`, start(node)),
      );
    }
    if (depth === maxDepth) errors.push(fault("limit-exceeded", `nested more than ${maxDepth} deep`, start(node)));
    return count > maxNodes || depth >= maxDepth;
  }

  function convertAlias(node: Alias, within: readonly Node[], depth: number): Expr {
    const target = targets.get(node);
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
    return structLiteral([...fieldsOf(map, within, depth).values()], place(map));
  }

  function fieldsOf(map: YAMLMap, within: readonly Node[], depth: number): Map<string, Field> {
    const fields = new Map<string, Field>();
    for (const { key, value } of map.items) {
      if (!yaml.isScalar(key)) {
        const at = yaml.isNode(key) ? start(key) : 0;
        errors.push(fault("syntax", "a key has to be a string, not a list, a map or an alias", at));
      } else if (isMergeKey(scalarOf(key))) merge(value, fields, within, depth);
      else {
        const field = convertField(key, value, within, depth);
        if (field !== undefined) fields.set(field.name, field.field);
      }
    }
    return fields;
  }

  /** What is merged counts where it stands: before it is what it replaces, and behind it what replaces it. */
  function merge(value: unknown, into: Map<string, Field>, within: readonly Node[], depth: number): void {
    const target = yaml.isAlias(value) ? targets.get(value) : value;
    if (yaml.isNode(target) && isTooMuch(target, depth)) return;
    if (yaml.isSeq(target)) for (const item of [...target.items].reverse()) merge(item, into, within, depth + 1);
    else if (yaml.isMap(target) && !within.includes(target))
      for (const [name, field] of fieldsOf(target, [...within, target], depth + 1)) into.set(name, field);
    else {
      const at = yaml.isNode(value) ? start(value) : 0;
      errors.push(fault("syntax", "what is merged (<<) has to be a map, or a list of maps", at));
    }
  }

  function convertField(key: Scalar, value: unknown, within: readonly Node[], depth: number) {
    const at = place(key);
    const name = yamlKey(scalarOf(key), at);
    if (name === undefined) {
      errors.push(fault("syntax", "the key has no name in CUE; put quotes around it", start(key)));
      return undefined;
    }
    if (!yaml.isNode(value)) return { name, field: dataField(name, scalarLiteral(null, at), at) };
    const asked = yaml.isScalar(value) ? runtimeValue(value) : undefined;
    if (asked !== undefined) return { name, field: dataField(name, asked.value, at, [asked.attribute]) };
    return { name, field: dataField(name, convert(value, within, depth + 1), at) };
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
    const value = typeNames.has(before) ? identifier(before, at) : literal({ text: before, isPlain: true }, node);
    return { value, attribute: attribute(runtimeAttribute, body, at) };
  }

  function literal(scalar: YamlScalar, node: Scalar): Expr {
    const read = yamlScalar(scalar, place(node));
    if (read !== undefined) return read;
    errors.push(fault("unsupported", `${scalar.text} has no form in JSON`, start(node)));
    return scalarLiteral(null, place(node));
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
