import type { ErrorObject } from "ajv";
import { adviseOnName, suggest } from "../diagnostics/index.js";
import { isJsonObject, type JsonValue, type Located, type LocatedScalar, locate, typeNames } from "../json/index.js";
import { sinceKeyword } from "./create-ajv.js";
import { SchemaError } from "./errors.js";
import { formats } from "./formats.js";
import { formatPath, parsePointer } from "./path.js";

const maxShownLength = 60;
/** Choices that a message names. */
const maxListed = 30;

/** Keywords that only say that one of their parts has failed; the parts say why. */
const wrappers = new Set(["if", "propertyNames", "oneOf", "anyOf"]);

/** Turns ajv's errors into faults with the user's place and with what would be right. A secret value is never shown. */
export function describeFaults(errors: readonly ErrorObject[], root: Located, path: readonly string[]): SchemaError[] {
  const faults = dropEchoes([...chooseBranches(nameProperties(errors))]).map((error) => describe(error, root, path));
  return [...new Map(faults.map((fault) => [fault.message, fault])).values()];
}

/** ajv says which name a fault is about, unless the schema of names is behind a `$ref`: then the wrapping error does. */
function nameProperties(errors: readonly ErrorObject[]): ErrorObject[] {
  const named = [...errors];
  for (const [index, wrapper] of errors.entries()) {
    if (wrapper.keyword !== "propertyNames") continue;
    const object = wrapper.schemaPath.slice(0, -"propertyNames".length);
    for (let at = index - 1; at >= 0; at--) {
      const error = named[at];
      const isOfName = error?.instancePath === wrapper.instancePath && !error.schemaPath.startsWith(object);
      if (error === undefined || error.propertyName !== undefined || !isOfName) break;
      named[at] = { ...error, propertyName: wrapper.params.propertyName };
    }
  }
  return named;
}

/**
 * One mistake is one fault: a text that does not match its pattern seldom has its format, and a field that is missing may
 * be there with its name misspelled.
 */
function dropEchoes(errors: readonly ErrorObject[]): ErrorObject[] {
  const unmatched = new Set(errors.filter(({ keyword }) => keyword === "pattern").map((error) => error.instancePath));
  const misspelled = new Set(errors.filter(isUnknownField).map((error) => fieldKey(error, meantField(error))));
  return errors.filter((error) => {
    if (error.keyword === "format") return !unmatched.has(error.instancePath);
    return error.keyword !== "required" || !misspelled.has(fieldKey(error, error.params.missingProperty));
  });
}

function isUnknownField({ keyword }: ErrorObject): boolean {
  return keyword === "additionalProperties" || keyword === "unevaluatedProperties";
}

function unknownField({ params }: ErrorObject): string {
  return String(params.additionalProperty ?? params.unevaluatedProperty);
}

function knownFields({ parentSchema }: ErrorObject): string[] {
  return isRecord(parentSchema?.properties) ? Object.keys(parentSchema.properties) : [];
}

function meantField(error: ErrorObject): string | undefined {
  return suggest(unknownField(error), knownFields(error));
}

function fieldKey({ instancePath }: ErrorObject, name: unknown): string {
  return `${instancePath}/${String(name)}`;
}

/**
 * A value that fits no branch of an `anyOf` or `oneOf` fails in each of them. What helps is the branch that was meant: the
 * one whose type fits; with none, all types are named in one fault.
 */
function* chooseBranches(errors: readonly ErrorObject[]): Generator<ErrorObject> {
  const choices = errors.filter(({ keyword }) => keyword === "anyOf" || keyword === "oneOf");
  const within = (error: ErrorObject, choice: ErrorObject) => error.schemaPath.startsWith(`${choice.schemaPath}/`);
  for (const error of errors) {
    if (choices.some((choice) => within(error, choice)) || wrappers.has(error.keyword)) continue;
    yield error;
  }
  for (const choice of choices) {
    if (choices.some((outer) => outer !== choice && within(choice, outer))) continue;
    const parts = errors.filter((error) => error !== choice && within(error, choice) && !wrappers.has(error.keyword));
    const mismatched = new Set(
      parts
        .filter(({ keyword, instancePath }) => keyword === "type" && instancePath === choice.instancePath)
        .map((error) => branchOf(error, choice)),
    );
    const meant = parts.filter((error) => !mismatched.has(branchOf(error, choice)));
    const isOverfull = Array.isArray(choice.params.passingSchemas); // it is no fault of the branches that did not fit
    if (parts.length === 0 || isOverfull) yield choice;
    else if (meant.length > 0) yield* joinConstants(meant);
    else yield { ...choice, keyword: "type", params: { type: parts.flatMap(({ params }) => params.type ?? []) } };
  }
}

/** Branches that want other constants in one place want one of them. */
function joinConstants(errors: readonly ErrorObject[]): ErrorObject[] {
  const constants = errors.filter(({ keyword }) => keyword === "const");
  return errors.flatMap((error) => {
    const alike = constants.filter(({ instancePath }) => instancePath === error.instancePath);
    if (error.keyword !== "const" || alike.length < 2) return [error];
    const allowedValues = alike.map(({ params }) => params.allowedValue);
    return error === alike[0] ? [{ ...error, keyword: "enum", params: { allowedValues } }] : [];
  });
}

function branchOf(error: ErrorObject, choice: ErrorObject): string {
  return error.schemaPath.slice(choice.schemaPath.length + 1).split("/")[0] ?? "";
}

function describe(error: ErrorObject, root: Located, top: readonly string[]): SchemaError {
  const steps = parsePointer(error.instancePath);
  const here = locate(root, steps);
  const pos = nearestPos(root, steps);
  const at = (step: string) => formatPath([...top, ...steps, step]);
  const parent = here?.kind === "struct" ? here : undefined;

  if (error.propertyName !== undefined) {
    const keyPos = parent?.fields.get(error.propertyName)?.keyPos ?? pos;
    return new SchemaError("invalid-value", at(error.propertyName), `the name ${explainValue(error)}`, keyPos);
  }
  switch (error.keyword) {
    case "additionalProperties":
    case "unevaluatedProperties": {
      const name = unknownField(error);
      const known = knownFields(error);
      const since = isRecord(error.parentSchema?.[sinceKeyword]) ? error.parentSchema[sinceKeyword][name] : undefined;
      const advice = typeof since === "string" ? `version ${since} of the module has it` : adviseOnName(name, known);
      const detail = `unknown field; ${advice}`;
      return new SchemaError("unknown-field", at(name), detail, parent?.fields.get(name)?.keyPos ?? pos);
    }
    case "required":
    case "dependentRequired": {
      const name = String(error.params.missingProperty);
      return new SchemaError("missing-value", at(name), `required value is missing${aboutField(error, name)}`, pos);
    }
    case "false schema":
      return new SchemaError("unknown-field", formatPath([...top, ...steps]), "has no place here", pos);
    case "type":
      return new SchemaError("wrong-type", formatPath([...top, ...steps]), explainType(error, here), pos);
    default: {
      const found = here?.kind === "scalar" ? `${shown(here)} ` : "the value ";
      return new SchemaError("invalid-value", formatPath([...top, ...steps]), `${found}${explainValue(error)}`, pos);
    }
  }
}

/** The place of a value; one that is a default has the place of what encloses it. */
function nearestPos(root: Located, steps: readonly string[]): Located["pos"] {
  for (let length = steps.length; length > 0; length--) {
    const found = locate(root, steps.slice(0, length));
    if (found !== undefined) return found.pos;
  }
  return root.pos;
}

function aboutField(error: ErrorObject, name: string): string {
  const properties = error.parentSchema?.properties;
  const field = isRecord(properties) && isRecord(properties[name]) ? properties[name] : undefined;
  return typeof field?.description === "string" ? `: ${field.description}` : "";
}

function explainType(error: ErrorObject, found: Located | undefined): string {
  const types: unknown[] = [error.params.type].flat();
  const wanted = [...new Set(types.map((type) => typeNames[String(type)] ?? String(type)))].join(" or ");
  return `expected ${wanted}, found ${found === undefined ? clipped(JSON.stringify(error.data)) : shownWithType(found)}`;
}

function shownWithType(found: Located): string {
  if (found.kind === "struct") return "an object";
  if (found.kind === "list") return "a list";
  if (found.value === null) return "null";
  if (typeof found.value === "string") return `the string ${shown(found)}`;
  return `${typeof found.value === "boolean" ? "" : "the number "}${shown(found)}`;
}

function shown(scalar: LocatedScalar): string {
  if (scalar.secret) return "*** (a secret)";
  return clipped(JSON.stringify(scalar.value));
}

function clipped(text: string): string {
  return text.length > maxShownLength ? `${text.slice(0, maxShownLength)}…` : text;
}

/** What is wrong with a value, as the rest of a sentence that starts with it. */
function explainValue(error: ErrorObject): string {
  const { params } = error;
  switch (error.keyword) {
    case "enum": {
      const allowed: JsonValue[] = Array.isArray(params.allowedValues) ? params.allowedValues : [];
      return `is not one of ${listed(allowed)}`;
    }
    case "const":
      return `has to be ${JSON.stringify(params.allowedValue)}`;
    case "format": {
      const example = formats[String(params.format)]?.example;
      return `is no ${String(params.format).replaceAll("-", " ")}${example === undefined ? "" : `; write for example ${example}`}`;
    }
    case "pattern":
      return `does not match ${String(params.pattern)}${exampleOf(error)}`;
    case "oneOf": {
      const names = passingNames(error);
      if (names.length > 1) return `has ${names.join(" and ")}, of which it takes only one`;
      return "fits none of the forms that are allowed here";
    }
    case "not":
      return `is not taken here${exampleOf(error)}`;
    case "anyOf":
      return "fits none of the forms that are allowed here";
    case "minLength":
      return params.limit === 1 ? "is empty" : `has to have at least ${String(params.limit)} characters`;
    case "maxLength":
      return `has more than ${String(params.limit)} characters`;
    default:
      return error.message ?? `fails the rule ${error.keyword}`;
  }
}

function listed(values: readonly JsonValue[]): string {
  const texts = values.slice(0, maxListed).map((value) => JSON.stringify(value));
  return `${texts.join(", ")}${values.length > maxListed ? ` and ${values.length - maxListed} more` : ""}`;
}

/** What the branches of a `oneOf` that were all right ask for. */
function passingNames({ schema, params }: ErrorObject): string[] {
  const branches: unknown[] = Array.isArray(schema) ? schema : [];
  const passing: unknown[] = Array.isArray(params.passingSchemas) ? params.passingSchemas : [];
  return passing.flatMap((index) => {
    const branch = branches[Number(index)];
    return isRecord(branch) && Array.isArray(branch.required) ? branch.required.map(String) : [];
  });
}

function exampleOf(error: ErrorObject): string {
  const { examples, description } = error.parentSchema ?? {};
  if (Array.isArray(examples) && examples.length > 0) return `; write for example ${JSON.stringify(examples[0])}`;
  return typeof description === "string" ? ` (${description})` : "";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return isJsonObject(value);
}
