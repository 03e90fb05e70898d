import { adviseOnName, type SourcePos } from "../diagnostics/index.js";
import { isJsonObject, type JsonObject, type Located, locate, toJson } from "../json/index.js";
import { type Partials, renderDocuments, type TemplateProgram } from "../template/index.js";
import { ModuleError } from "./module-error.js";
import { TraceNotes } from "./trace-notes.js";

/** An instance of a module that is rendered inside of another, as instances.yaml says it. */
export type InnerInstance = Readonly<{
  /** What module.yaml calls the module. */
  module: string;
  name: string;
  namespace: string;
  /** With their places in instances.yaml; what is computed there counts as secret. */
  values: Located | undefined;
  /** What messages call the values. */
  path: readonly string[];
  pos: SourcePos;
}>;

const fields = ["module", "name", "namespace", "values"] as const;

/**
 * Renders instances.yaml.
 *
 * @param modules What module.yaml calls the modules inside
 * @param outer The instance around, whose name and namespace hold where none is given
 * @throws {ModuleError} `bad-instance`, for what is no list of instances
 * @throws {TemplateError}
 */
export function readInnerInstances(
  program: TemplateProgram,
  context: JsonObject,
  partials: Partials,
  modules: readonly string[],
  outer: Readonly<{ name: string; namespace: string }>,
): InnerInstance[] {
  const notes = new TraceNotes();
  const [document] = renderDocuments(program, context, { partials, trace: notes.trace });
  if (document === undefined) return [];
  const located = notes.located(document.value, { pos: document.pos, isConstant: true });
  const list = locate(located, ["instances"]);
  if (located.kind !== "struct" || list?.kind !== "list" || located.fields.size > 1)
    throw new ModuleError("bad-instance", "instances.yaml must be a map with a list of instances", document.pos);
  return list.items.map((item, index) => {
    const fault = (detail: string, pos = item.pos) => new ModuleError("bad-instance", detail, pos);
    if (item.kind !== "struct") throw fault(`an instance is a map of ${fields.join(", ")}`);
    for (const [key, { keyPos }] of item.fields)
      if (!fields.some((field) => field === key))
        throw fault(`unknown field ${key}; ${adviseOnName(key, fields)}`, keyPos);
    const text = (field: (typeof fields)[number], preset?: string): string => {
      const found = item.fields.get(field)?.value;
      const value = found === undefined ? preset : toJson(found);
      if (typeof value === "string" && value !== "") return value;
      throw fault(`an instance needs its ${field} as a string`, found?.pos);
    };
    const module = text("module");
    if (!modules.includes(module))
      throw fault(
        `module.yaml has no module ${module} inside; ${adviseOnName(module, modules)}`,
        item.fields.get("module")?.value.pos,
      );
    const values = item.fields.get("values")?.value;
    if (values !== undefined && !isJsonObject(toJson(values))) throw fault("values must be a map", values.pos);
    const path = ["instances", String(index), "values"];
    const { name, namespace } = { name: text("name", outer.name), namespace: text("namespace", outer.namespace) };
    return { module, name, namespace, values, path, pos: item.pos };
  });
}
