import { isJsonObject, type JsonValue, type Located, locate, setKey } from "../json/index.js";
import { SchemaError } from "./errors.js";
import { formatPath, parsePointer } from "./path.js";

/** The `contentMediaType` of a string that stands for data: what it holds takes its place. */
export const yamlMediaType = "application/yaml";

/** Plain scalars that YAML 1.1, which Kubernetes' tools read, and YAML 1.2 take for different values. */
const ambiguous =
  /^(?:[yn]|yes|no|on|off|[-+]?0[0-7_]+|[-+]?0o[0-7]+|[-+]?0b[01_]+|[-+]?\d+_[\d_]*|[-+]?[1-9]\d*(?::[0-5]?\d)+)$/i;

/**
 * Puts what texts of YAML hold in their places.
 *
 * @param value The plain data of `located`, which is changed
 * @param pointers Where the texts are
 * @returns What is wrong with them; a text that is at fault stays
 */
export async function readYamlTexts(
  value: JsonValue,
  located: Located,
  pointers: Iterable<string>,
  path: readonly string[],
): Promise<SchemaError[]> {
  const faults: SchemaError[] = [];
  for (const pointer of pointers) {
    const steps = parsePointer(pointer);
    const found = locate(located, steps);
    if (found?.kind !== "scalar" || typeof found.value !== "string") continue;
    // What a secret was taken apart into could no longer be told from other data.
    const read = found.secret
      ? { fault: "is read as YAML, so it cannot come from the runtime; fill in single values of it as a map or list" }
      : await readYaml(found.value);
    if ("value" in read) put(value, steps, read.value);
    else faults.push(new SchemaError("invalid-value", formatPath([...path, ...steps]), read.fault, found.pos));
  }
  return faults;
}

/** Faults for texts of YAML where data is wanted. */
export function refuseYamlTexts(located: Located, pointers: Iterable<string>, path: readonly string[]): SchemaError[] {
  return [...pointers].flatMap((pointer) => {
    const steps = parsePointer(pointer);
    const found = locate(located, steps);
    if (found === undefined) return [];
    const detail = "is text that stands for data; write the map or list itself here";
    return [new SchemaError("invalid-value", formatPath([...path, ...steps]), detail, found.pos)];
  });
}

function put(value: JsonValue, steps: readonly string[], part: JsonValue): void {
  const [step = "", ...rest] = steps;
  const next = Array.isArray(value) ? value[Number(step)] : isJsonObject(value) ? value[step] : undefined;
  if (next === undefined) return;
  if (rest.length > 0) put(next, rest, part);
  else if (Array.isArray(value)) value[Number(step)] = part;
  else if (isJsonObject(value)) setKey(value, step, part);
}

/** The map or list that a text holds, or what is wrong with it. */
async function readYaml(text: string): Promise<{ value: JsonValue } | { fault: string }> {
  const yaml = await import("yaml");
  const lines = new yaml.LineCounter();
  const documents = yaml.parseAllDocuments(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const [document, second] = "empty" in documents ? [] : documents;
  const fault = (detail: string, offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { fault: `${detail}, at line ${line}, column ${col} of the text` };
  };
  const [error] = documents.flatMap(({ errors }) => errors);
  if (error !== undefined) return fault(`is not YAML: ${error.code.toLowerCase().replaceAll("_", " ")}`, error.pos[0]);
  if (second?.range) return fault("has a second document; write each into a text of its own", second.range[0]);
  if (document === undefined || !yaml.isCollection(document.contents))
    return { fault: "is text that holds no map and no list; expected YAML of one" };
  let found: { detail: string; offset: number } | undefined;
  yaml.visit(document, {
    Scalar(_, { type, source = "", value, range }) {
      const offset = range?.[0] ?? 0;
      if (type !== "PLAIN" || found !== undefined) return;
      if (ambiguous.test(source))
        found = { detail: "has a value that versions of YAML read differently; put it in quotes", offset };
      else if (typeof value === "number" && (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER))
        found = { detail: "has a number that JSON cannot carry exactly; put it in quotes", offset };
    },
  });
  if (found !== undefined) return fault(found.detail, found.offset);
  try {
    return { value: JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 100 }))) };
  } catch {
    return { fault: "has aliases of too much, or without an anchor" };
  }
}
