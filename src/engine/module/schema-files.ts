import { dirname, join } from "node:path/posix";
import { type Located, type LocatedField, type LocatedStruct, locate } from "../json/index.js";
import { ModuleError } from "./module-error.js";
import { byName, decodeRef } from "./subschemas.js";

/** A schema in which everything from other files stands in its place, and what was wrong with references to them. */
export type WholeSchema = Readonly<{ located: Located; faults: readonly ModuleError[] }>;

/** What may stand beside a reference to a file: it tells about the option, and wins over what the file says. */
const annotations = new Set(["$ref", "title", "description", "default", "examples"]);
/** Keywords whose value is no schema. */
const data = new Set(["default", "const", "enum", "examples"]);
/** References in references may multiply. */
const maxNodes = 100_000;

/**
 * Puts what `$ref`s to other files of a module lead to in their places, with the places that it has there: the schema is
 * then whole, whoever reads it.
 *
 * @param schema values.schema.json
 * @param read Another file of the module as located JSON; undefined where there is none
 * @example `{ "$ref": "schemas/kustomization.json#/$defs/patches", "description": "Changes to what is applied." }`
 */
export function inlineSchemaFiles(schema: Located, read: (path: string) => Located | undefined): WholeSchema {
  const inliner = new Inliner(schema, read);
  return { located: inliner.inline(schema, "values.schema.json", []), faults: inliner.faults };
}

class Inliner {
  readonly faults: ModuleError[] = [];
  /** Files that were read. */
  readonly #files: Map<string, Located | undefined>;
  readonly #read: (path: string) => Located | undefined;
  #nodes = 0;
  #isFull = false;

  constructor(own: Located, read: (path: string) => Located | undefined) {
    this.#files = new Map([["values.schema.json", own]]);
    this.#read = read;
  }

  /**
   * @param file Where the part stands
   * @param around The references that lead here
   * @param isByName Whether the keys are names, and no keywords
   */
  inline(part: Located, file: string, around: readonly string[], isByName = false): Located {
    if (part.kind === "scalar") return part;
    if (part.kind === "list") return { ...part, items: part.items.map((item) => this.inline(item, file, around)) };
    const target = isByName ? undefined : this.#target(part, file, around);
    if (target !== undefined) return target;
    this.#nodes += part.fields.size;
    const fields = [...part.fields].map(([key, field]): [string, LocatedField] => [
      key,
      !isByName && data.has(key)
        ? field
        : { ...field, value: this.inline(field.value, file, around, !isByName && byName.has(key)) },
    ]);
    return { ...part, fields: new Map(fields) };
  }

  /** What stands in the place of a schema that refers to another file. */
  #target(part: LocatedStruct, file: string, around: readonly string[]): Located | undefined {
    const ref = part.fields.get("$ref")?.value;
    if (ref?.kind !== "scalar" || typeof ref.value !== "string" || /^[a-z][a-z0-9+.-]*:/i.test(ref.value))
      return undefined;
    const [path = "", fragment = ""] = ref.value.split("#");
    const isOwn = file === "values.schema.json" && path === "";
    if (isOwn) return undefined;
    const fault = (detail: string) => {
      this.faults.push(new ModuleError("bad-schema", detail, ref.pos));
      return { ...part, fields: new Map() };
    };
    const from = path === "" ? file : join(dirname(file), path);
    const name = `${from}#${fragment}`;
    if (around.includes(name)) return fault(`${name} leads back to itself; write it into $defs of values.schema.json`);
    if (this.#nodes > maxNodes) {
      if (!this.#isFull) fault(`the schema has more than ${maxNodes} parts`);
      this.#isFull = true;
      return part;
    }
    const other = [...part.fields.keys()].find((key) => !annotations.has(key));
    if (other !== undefined)
      return fault(`beside a $ref to a file stand ${[...annotations].slice(1).join(", ")}, but not ${other}`);
    if (!this.#files.has(from)) this.#files.set(from, this.#read(from));
    const whole = this.#files.get(from);
    if (whole === undefined)
      return fault(`the module has no ${from}; files from beside its folder are named in include`);
    const found = locate(whole, decodeRef(`#${fragment}`));
    if (found?.kind !== "struct") return fault(`${from} has no schema at #${fragment}`);
    const target = this.inline(found, from, [...around, name]);
    if (target.kind !== "struct") return undefined;
    const beside = [...part.fields].filter(([key]) => key !== "$ref");
    return { ...target, fields: new Map([...target.fields, ...beside]) };
  }
}
