import { isUtf8 } from "node:buffer";
import { isAlias, isMap, isScalar, isSeq, type Node, parseAllDocuments, type Scalar, visit, type YAMLMap } from "yaml";
import type { Expr, Field } from "../ast.js";
import { dataField, listLiteral, scalarLiteral, structLiteral } from "../make-ast.js";
import { aliasTargets } from "../yaml-aliases.js";
import { isKnownTag, isMergeKey, scalarOf, yamlKey, yamlScalar } from "../yaml-scalar.js";
import type { Arguments } from "./arguments.js";
import { CallFault } from "./package.js";

/** Reads the documents of a YAML text, as the reference implementation does. */
export function parseYaml(args: Arguments): Expr[] {
  const text = args.text(0);
  args.claimParsing(text);
  if (!isUtf8(args.bytes(0))) throw new CallFault("yaml: invalid UTF-8");
  if (/[^\t\n\r\x20-\x7e\x85\xa0-\ufffd\u{10000}-\u{10ffff}]/u.test(text))
    throw new CallFault("yaml: control characters are not allowed");
  // They end lines there, and are characters like others here.
  if (/[\x85\u2028\u2029]/.test(text)) throw args.unsupported("YAML with the line breaks U+0085, U+2028 and U+2029");
  const at = { pos: args.place(0) };
  const secret = args.isSecret;
  const documents = parseAllDocuments(text, { prettyErrors: false, merge: true, schema: "core", uniqueKeys: true });
  if ("empty" in documents) return [];
  return documents.map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new CallFault(`yaml: ${error.message}`);
    const targets = aliasTargets(document, visit);
    return document.contents === null ? scalarLiteral(null, at, secret) : convert(document.contents, []);

    function convert(node: unknown, within: readonly Node[]): Expr {
      args.evaluator.budget.claimNode(at.pos);
      if (isAlias(node)) {
        const target = targets.get(node);
        if (target === undefined || within.includes(target))
          throw new CallFault(`yaml: the alias ${node.source} has no value`);
        return convert(target, within);
      }
      if (isMap(node)) return structLiteral(fieldsOf(node, [...within, node]), at);
      if (isSeq(node)) {
        const inside = [...within, node];
        return listLiteral(
          node.items.map((item) => convert(item, inside)),
          at,
        );
      }
      return isScalar(node) ? scalar(node) : scalarLiteral(null, at, secret);
    }

    function fieldsOf(map: YAMLMap, within: readonly Node[]): Field[] {
      const fields = new Map<string, Field>();
      for (const { key, value } of map.items) {
        // An empty key takes a question mark.
        if (
          isScalar(key) &&
          key.type === "PLAIN" &&
          key.source === "" &&
          !text.slice(0, key.range?.[0]).trimEnd().endsWith("?")
        )
          throw new CallFault("yaml: did not find expected key");
        if (isScalar(key) && isMergeKey(scalarOf(key))) merge(value, fields, within);
        else {
          const name = keyOf(key);
          fields.set(name, dataField(name, convert(value, within), at));
        }
      }
      return [...fields.values()];
    }

    /** What is merged counts where it stands: before it is what it replaces, and behind it what replaces it. */
    function merge(value: unknown, into: Map<string, Field>, within: readonly Node[]): void {
      args.evaluator.budget.claimNode(at.pos);
      const target = isAlias(value) ? targets.get(value) : value;
      if (isSeq(target)) for (const item of [...target.items].reverse()) merge(item, into, within);
      else if (isMap(target) && !within.includes(target))
        for (const field of fieldsOf(target, [...within, target]))
          into.set(field.label.kind === "string-label" ? field.label.value : "", field);
      else throw new CallFault("yaml: map merge requires a map or a list of maps as the value");
    }

    function keyOf(key: unknown): string {
      const target = isAlias(key) ? targets.get(key) : key;
      const name = isScalar(target) ? yamlKey(scalarOf(target), at) : undefined;
      if (name === undefined) throw new CallFault("yaml: a key is a scalar, and no negative number");
      return name;
    }

    function scalar(node: Scalar): Expr {
      const scalar = scalarOf(node);
      const { tag, text } = scalar;
      if (!isKnownTag(tag)) throw new CallFault(`yaml: cannot unmarshal tag ${tag}`);
      const read = yamlScalar(scalar, at, secret);
      if (read === undefined) throw new CallFault(`yaml: ${text} has no value in CUE`);
      return read;
    }
  });
}
