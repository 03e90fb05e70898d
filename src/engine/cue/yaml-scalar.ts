import type { Literal } from "./ast.js";
import { numberLiteral, type Place, scalarLiteral } from "./make-ast.js";
import { isNumberLiteral } from "./number-literal.js";

/** A scalar of a YAML text: `text` is what it says without quotes. */
export type YamlScalar = Readonly<{ text: string; isPlain: boolean; tag?: string | undefined }>;

/** A scalar as the library `yaml` has it, whose own opinion of what a plain one means does not count. */
export function scalarOf({ type, value, source, tag }: ParsedScalar): YamlScalar {
  const isPlain = type === "PLAIN";
  return { text: typeof value === "string" && !isPlain ? value : (source ?? String(value)), isPlain, tag };
}

type ParsedScalar = Readonly<{ type?: string; value: unknown; source?: string; tag?: string }>;

/**
 * A scalar of YAML as the reference implementation reads it: YAML 1.2 with the octals (`0644`), binary numbers and digit
 * groups (`1_000`) of 1.1, whose other words (`yes`, `on`) are text. Undefined for what CUE has no value for: infinity, and
 * what is not as its tag says.
 */
export function yamlScalar({ text, isPlain, tag }: YamlScalar, at: Place, secret = false): Literal | undefined {
  const type = tag?.replace(coreTags, "");
  if (type === undefined || type === "!")
    return isPlain ? plainScalar(text, at, secret) : scalarLiteral(text, at, secret);
  if (textTypes.has(type)) return scalarLiteral(text, at, secret);
  if (type === "binary") {
    return { ...scalarLiteral(text, at, secret), value: { type: "bytes", value: Buffer.from(text, "base64") } };
  }
  const plain = plainScalar(text, at, secret);
  return plain !== undefined && typeOf(plain) === type ? plain : undefined;
}

/** What a scalar is called as a key; undefined where it cannot be one. */
export function yamlKey(scalar: YamlScalar, at: Place): string | undefined {
  const value = yamlScalar(scalar, at)?.value;
  switch (value?.type) {
    case "string":
      return value.value;
    case "number":
      return value.text.startsWith("-") ? undefined : value.text;
    case "null":
    case "bool":
      return value.type === "null" ? "null" : String(value.value);
    default:
      return undefined;
  }
}

/** Whether a key stands for the fields of the map, or the list of maps, behind it. */
export function isMergeKey({ text, isPlain, tag }: YamlScalar): boolean {
  return text === "<<" && isPlain && (tag === undefined || tag === "!");
}

/** Whether a tag is YAML's own, or none. */
export function isKnownTag(tag: string | undefined): boolean {
  return tag === undefined || tag === "!" || tag.startsWith(coreTags);
}

const coreTags = "tag:yaml.org,2002:";
const textTypes = new Set(["str", "timestamp"]);

function typeOf({ value }: Literal): string {
  if (value.type === "number") return /^[-+]?0[xX]|^[^.eE]*$/.test(value.text) ? "int" : "float";
  return value.type;
}

function plainScalar(text: string, at: Place, secret: boolean): Literal | undefined {
  if (/^(?:~|null|Null|NULL|)$/.test(text)) return scalarLiteral(null, at, secret);
  if (/^(?:true|True|TRUE|false|False|FALSE)$/.test(text))
    return scalarLiteral(text.toLowerCase() === "true", at, secret);
  if (/^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/.test(text)) return undefined;
  const [, sign = "", digits = ""] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  const number = numberText(digits);
  if (number === undefined) return scalarLiteral(text, at, secret);
  return numberLiteral(sign === "-" ? `-${number}` : number, at, secret);
}

/** The literal of CUE for the digits of a YAML number; undefined where they are text. */
function numberText(digits: string): string | undefined {
  if (/^0[0-7_]+$/.test(digits)) return `0o${digits.slice(1)}`;
  if (/^0\d/.test(digits) && !/[.eE]/.test(digits)) return undefined;
  const isInteger = /^(?:0[xX][\da-fA-F_]+|0o[0-7_]+|0b[01_]+|\d[\d_]*)$/.test(digits);
  const isFloat = /^(?:\.\d[\d_]*|\d[\d_]*(?:\.[\d_]*)?)(?:[eE][-+]?\d+)?$/.test(digits);
  if (!isInteger && !(isFloat && Number.isFinite(Number(digits.replaceAll("_", ""))))) return undefined;
  return isNumberLiteral(digits) ? digits : undefined;
}
