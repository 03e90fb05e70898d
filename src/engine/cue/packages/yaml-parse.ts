import { isAlias, isMap, isScalar, isSeq, type Node, parseAllDocuments, Scalar, type YAMLMap } from "yaml";
import type { Expr, Field } from "../ast.js";
import { dataField, listLiteral, numberLiteral, scalarLiteral, structLiteral } from "../make-ast.js";
import { isNumberLiteral } from "../number-literal.js";
import type { Arguments } from "./arguments.js";
import { CallFault } from "./package.js";

/** Reads the documents of a YAML text, as the reference implementation does: YAML 1.2 with octals and booleans of both versions. */
export function parseYaml(args: Arguments): Expr[] {
  const text = args.text(0);
  args.claimParsing(text);
  const at = { pos: args.place(0) };
  const secret = args.isSecret;
  const documents = parseAllDocuments(text, { prettyErrors: false, merge: true, schema: "core", uniqueKeys: true });
  if ("empty" in documents) return [scalarLiteral(null, at, secret)];
  return documents.map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new CallFault(`yaml: ${error.message}`);
    return document.contents === null ? scalarLiteral(null, at, secret) : convert(document.contents, []);

    function convert(node: unknown, within: readonly Node[]): Expr {
      args.evaluator.budget.claimNode(at.pos);
      if (isAlias(node)) {
        const target = node.resolve(document);
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
        if (isScalar(key) && key.source === "<<" && key.type === "PLAIN") merge(value, fields, within);
        else {
          const name = keyOf(key);
          fields.set(name, dataField(name, convert(value, within), at));
        }
      }
      return [...fields.values()];
    }

    /** Fields of a merged map count where the map has none of its own. */
    function merge(value: unknown, into: Map<string, Field>, within: readonly Node[]): void {
      const target = isAlias(value) ? value.resolve(document) : value;
      if (isSeq(target)) for (const item of target.items) merge(item, into, within);
      else if (isMap(target) && !within.includes(target))
        for (const field of fieldsOf(target, [...within, target])) {
          const name = field.label.kind === "string-label" ? field.label.value : "";
          if (!into.has(name)) into.set(name, field);
        }
      else throw new CallFault("yaml: map merge requires a map or a list of maps as the value");
    }

    function keyOf(key: unknown): string {
      const target = isAlias(key) ? key.resolve(document) : key;
      if (!isScalar(target)) throw new CallFault("yaml: a key is a scalar");
      const literal = scalar(target);
      if (literal.kind !== "literal") return String(target.source ?? target.value);
      const { value } = literal;
      if (value.type === "string") return value.value;
      if (value.type === "number") return value.text;
      return value.type === "null" ? "null" : String(value.value);
    }

    function scalar(node: Scalar): Expr {
      const { source = "", tag } = node;
      if (tag !== undefined && tag !== "!" && !tag.startsWith("tag:yaml.org,2002:"))
        throw new CallFault(`yaml: cannot unmarshal tag ${tag}`);
      if (tag === "!!binary" || tag === "tag:yaml.org,2002:binary")
        return {
          kind: "literal",
          value: { type: "bytes", value: Buffer.from(String(source || node.value), "base64") },
          secret,
          pos: at.pos,
          end: 0,
        };
      if (node.type !== Scalar.PLAIN || tag === "!" || tag === "tag:yaml.org,2002:str")
        return scalarLiteral(typeof node.value === "string" ? node.value : source, at, secret);
      return plain(source);
    }

    function plain(source: string): Expr {
      if (/^(?:~|null|Null|NULL|)$/.test(source)) return scalarLiteral(null, at, secret);
      if (/^(?:true|True|TRUE|false|False|FALSE)$/.test(source))
        return scalarLiteral(source.toLowerCase() === "true", at, secret);
      const [, sign = "", digits = ""] = /^([-+]?)(.*)$/s.exec(source) ?? [];
      const number = numberText(digits);
      if (number !== undefined) return numberLiteral(sign === "-" ? `-${number}` : number, at, secret);
      if (/^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/.test(source))
        throw new CallFault(`yaml: ${source} is no number of CUE`);
      return scalarLiteral(source, at, secret);
    }
  });
}

/** The literal of CUE for the digits of a YAML number; undefined where they are text. */
function numberText(digits: string): string | undefined {
  if (/^0[0-7_]+$/.test(digits)) return `0o${digits.slice(1)}`;
  if (/^0\d/.test(digits) && !/[.eE]/.test(digits)) return undefined;
  if (/^(?:0x[\da-fA-F_]+|0o[0-7_]+|0b[01_]+|\d[\d_]*)$/.test(digits))
    return isNumberLiteral(digits) ? digits : undefined;
  if (!/^(?:\.\d[\d_]*|\d[\d_]*(?:\.[\d_]*)?)(?:[eE][-+]?\d+)?$/.test(digits)) return undefined;
  return isNumberLiteral(digits) ? digits : undefined;
}
