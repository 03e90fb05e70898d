import {
  type Attribute,
  type Expr,
  type Field,
  type File,
  isNumberLiteral,
  mapFields,
  numberLiteral,
  scalarLiteral,
} from "../cue/index.js";
import { SourceError, type SourcePos } from "../diagnostics/index.js";
import { runtimeAttribute } from "../source/index.js";

/** The value of a runtime variable, or undefined where it is not set. `type` is what the attribute asks for. */
export type RuntimeLookup = (name: string, type: RuntimeType) => RuntimeText | undefined;

/** A text from the runtime. It is secret, unless it says that it is not. */
export type RuntimeText = string | Readonly<{ text: string; isPublic: true }>;

/** A field that asks for a variable; `valuePos` is the place of what the file has there. */
export type RuntimeRequest = Readonly<{ name: string; type: RuntimeType; valuePos: SourcePos; filled: boolean }>;
export type RuntimeType = (typeof runtimeTypes)[number];

const runtimeTypes = ["string", "number", "bool"] as const;

/**
 * Fills the fields of a file that carry `@timoni(runtime:TYPE:NAME)`: where the variable is set, its value takes the place
 * of what the file has there (the type, or a default). Filled values are marked secret.
 *
 * @param lookup Gives a variable; absent where the user did not ask for runtime values
 * @returns The filled file, what it asks for in its order, and the faults: a malformed attribute, a value of the wrong type
 * @example
 * ```ts
 * const { file } = fillAttributes(parse("token: string @timoni(runtime:string:TOKEN)", "a.cue").file, (name) => process.env[name]);
 * ```
 */
export function fillAttributes(
  file: File,
  lookup: RuntimeLookup = () => undefined,
): { file: File; requests: RuntimeRequest[]; errors: SourceError[] } {
  const requests: RuntimeRequest[] = [];
  const errors: SourceError[] = [];
  const filled = mapFields(file, (field) => {
    const attribute = field.attributes.find(({ name }) => name === runtimeAttribute);
    return attribute === undefined ? field : fill(field, attribute);
  });
  return { file: filled, requests, errors };

  function fill(field: Field, attribute: Attribute): Field {
    const request = parseAttribute(attribute);
    if (request instanceof SourceError) {
      errors.push(request);
      return field;
    }
    const found = lookup(request.name, request.type);
    requests.push({ ...request, valuePos: field.value.pos, filled: found !== undefined });
    if (found === undefined) return field;
    const value = readValue(found, request, attribute);
    if (value instanceof SourceError) errors.push(value);
    return value instanceof SourceError ? field : { ...field, value };
  }
}

function parseAttribute(attribute: Attribute): { name: string; type: RuntimeType } | SourceError {
  const [scheme, type, ...rest] = attribute.text.trim().split(":");
  const name = rest.join(":").trim();
  const known = runtimeTypes.find((known) => known === type);
  if (scheme === "runtime" && known !== undefined && /^[A-Za-z0-9_][-A-Za-z0-9_]*$/.test(name))
    return { name, type: known };
  return new SourceError(
    "bad-attribute",
    `@${attribute.name}(${attribute.text}) is not understood; write @${runtimeAttribute}(runtime:TYPE:NAME) with the TYPE string, number or bool, and the NAME of a variable`,
    attribute.pos,
  );
}

/** The variable's text as a value of the type asked for. Its text is in no message: it may be a secret. */
function readValue(
  found: RuntimeText,
  { name, type }: { name: string; type: RuntimeType },
  attribute: Attribute,
): Expr | SourceError {
  const text = typeof found === "string" ? found : found.text;
  const secret = typeof found === "string";
  if (type === "string") return scalarLiteral(text, attribute, secret);
  if (type === "number") {
    const unsigned = text.replace(/^[-+]/, "");
    if (isNumberLiteral(unsigned)) return numberLiteral(text.replace(/^\+/, ""), attribute, secret);
    const wanted = "a number literal such as 3, 0.5, 1e3, 0x1F or 2Gi";
    return new SourceError("wrong-type", `the variable ${name} has to be ${wanted}, and is other text`, attribute.pos);
  }
  if (text === "true" || text === "false") return scalarLiteral(text === "true", attribute, secret);
  return new SourceError(
    "wrong-type",
    `the variable ${name} has to be exactly true or false, and is other text`,
    attribute.pos,
  );
}
