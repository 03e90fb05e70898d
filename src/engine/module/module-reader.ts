import { SheafError } from "../diagnostics/index.js";
import { isJsonObject, type JsonObject, type JsonValue, type Located, toJson } from "../json/index.js";
import type { KubeObject } from "../object/index.js";
import { compileTemplate, type TemplateProgram } from "../template/index.js";
import { isValidObject, objectFault } from "./kube-object.js";
import { type ModuleManifest, readManifest } from "./manifest.js";
import { ModuleError } from "./module-error.js";
import { decodeText, labelPath, type ModuleFiles, startOf } from "./module-files.js";
import type { LocatedFile } from "./read-located.js";
import { findSchemaFaults } from "./schema-faults.js";
import { inlineSchemaFiles } from "./schema-files.js";
import { isDeeperThan } from "./schema-loops.js";

type ReadLocated = (text: string, file: string) => LocatedFile;

/** More than an author could follow, and less than exhausts the stack. */
const maxSchemaDepth = 200;

/** Reads the files of a module one by one, and collects what is wrong with them. */
export class ModuleReader {
  readonly faults: SheafError[] = [];
  readonly #files: ModuleFiles;
  readonly #label: string;

  constructor(files: ModuleFiles, label: string) {
    this.#files = files;
    this.#label = label;
  }

  /** Timoni's modules are CUE: they look alike from outside, and cannot run here. */
  cueFault(): ModuleError | undefined {
    if (this.#files.has("module.yaml")) return undefined;
    const cue = [...this.#files.keys()].find((path) => path.endsWith(".cue") || path.startsWith("cue.mod/"));
    if (cue === undefined) return undefined;
    const detail = `this is a CUE module (it has ${cue} and no module.yaml), which Timoni runs and sheaf does not`;
    return new ModuleError("cue-module", this.#label === "" ? detail : `${this.#label}: ${detail}`);
  }

  /** The paths of a form, sorted. */
  paths(form: RegExp): string[] {
    return [...this.#files.keys()].filter((path) => form.test(path)).sort();
  }

  text(path: string, options: Readonly<{ optional?: boolean }> = {}): string | undefined {
    const bytes = this.#files.get(path);
    const file = labelPath(this.#label, path);
    if (bytes === undefined) {
      if (!options.optional)
        this.faults.push(new ModuleError("missing-file", `the module has no ${path}`, startOf(file)));
      return undefined;
    }
    return this.#collect(() => decodeText(bytes, file));
  }

  async manifest(): Promise<ModuleManifest | undefined> {
    const located = await this.#located("module.yaml");
    if (located === undefined) return undefined;
    const { manifest, faults } = await readManifest(located);
    this.faults.push(...faults);
    return manifest;
  }

  async schema(): Promise<{ value: JsonObject; located: Located } | undefined> {
    const path = "values.schema.json";
    const file = labelPath(this.#label, path);
    const text = this.text(path);
    const [value] = text === undefined ? [] : this.#json(text, file);
    if (text === undefined || value === undefined) return undefined;
    if (isDeeperThan(value, maxSchemaDepth)) {
      const detail = `more than ${maxSchemaDepth} maps and lists stand inside each other`;
      this.faults.push(new ModuleError("bad-schema", detail, startOf(file)));
      return undefined;
    }
    const { readLocated } = await import("./read-located.js");
    const { documents, errors } = readLocated(text, file);
    const located = documents[0] ?? { kind: "list", items: [], pos: startOf(file) };
    if (!isJsonObject(value)) {
      this.faults.push(new ModuleError("bad-schema", "the schema must be an object", located.pos));
      return undefined;
    }
    if (errors.length > 0) {
      this.faults.push(...errors);
      return undefined;
    }
    const whole = inlineSchemaFiles(located, (path) => this.#schemaFile(path, readLocated));
    const wholeValue = toJson(whole.located);
    if (whole.faults.length > 0 || !isJsonObject(wholeValue)) {
      this.faults.push(...whole.faults);
      return undefined;
    }
    const faults = await findSchemaFaults(wholeValue, whole.located);
    this.faults.push(...faults);
    return faults.length === 0 ? { value: wholeValue, located: whole.located } : undefined;
  }

  /** Another file that values.schema.json refers to. */
  #schemaFile(path: string, readLocated: ReadLocated): Located | undefined {
    const text = this.#files.has(path) ? this.text(path) : undefined;
    const file = labelPath(this.#label, path);
    if (text === undefined || this.#json(text, file).length === 0) return undefined;
    const { documents, errors } = readLocated(text, file);
    this.faults.push(...errors);
    return documents[0];
  }

  async template(path: string, options?: Readonly<{ keepPlaces?: boolean }>): Promise<TemplateProgram | undefined> {
    const text = this.text(path);
    if (text === undefined) return undefined;
    const { program, errors } = await compileTemplate(text, labelPath(this.#label, path), options);
    this.faults.push(...errors);
    return { ...program, file: path };
  }

  async partials(): Promise<Map<string, TemplateProgram>> {
    const partials = new Map<string, TemplateProgram>();
    for (const path of this.paths(/^partials\/[^/]+\.ya?ml$/)) {
      const name = path.slice("partials/".length).replace(/\.ya?ml$/, "");
      const program = await this.template(path);
      if (!/^[A-Za-z][\w-]*$/.test(name) || partials.has(name)) {
        const detail = partials.has(name)
          ? `there is a partial ${name} already`
          : "the name of a partial is letters, digits, - and _, beginning with a letter";
        this.faults.push(new ModuleError("bad-partial", detail, startOf(labelPath(this.#label, path))));
      } else if (program) partials.set(name, program);
    }
    return partials;
  }

  async crds(path: string): Promise<KubeObject[]> {
    const text = this.text(path);
    const file = labelPath(this.#label, path);
    if (text === undefined) return [];
    const values = path.endsWith(".json") ? this.#json(text, file) : await this.#yaml(text, file);
    return values.flatMap((value) => {
      if (isValidObject(value)) return [value];
      this.faults.push(new ModuleError("bad-object", objectFault(value), startOf(file)));
      return [];
    });
  }

  /** Generated definitions are large: `JSON.parse` is many times as fast as a reader that keeps places. */
  #json(text: string, file: string): JsonValue[] {
    try {
      return [JSON.parse(text)];
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const offset = Number(/position (\d+)/.exec(message)?.[1] ?? 0);
      const before = text.slice(0, offset).split("\n");
      const pos = { file, offset, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
      this.faults.push(new ModuleError("bad-file", `the file is not JSON: ${message}`, pos));
      return [];
    }
  }

  async #yaml(text: string, file: string): Promise<JsonValue[]> {
    const { readLocated } = await import("./read-located.js");
    const { documents, errors } = readLocated(text, file);
    this.faults.push(...errors);
    return documents.map((document) => toJson(document)).filter((document) => document !== null);
  }

  async #located(path: string): Promise<Located | undefined> {
    const text = this.text(path);
    const file = labelPath(this.#label, path);
    if (text === undefined) return undefined;
    const { readLocated } = await import("./read-located.js");
    const { documents, errors } = readLocated(text, file);
    this.faults.push(...errors);
    const [document, second] = documents;
    if (second !== undefined)
      this.faults.push(new ModuleError("bad-file", "the file must hold one document", second.pos));
    if (document === undefined && errors.length === 0)
      this.faults.push(new ModuleError("bad-file", "the file is empty", startOf(file)));
    return document;
  }

  #collect<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SheafError)) throw error;
      this.faults.push(error);
      return undefined;
    }
  }
}
