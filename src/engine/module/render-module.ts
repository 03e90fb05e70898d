import { FaultsError, SheafError, type SourcePos, throwFaults } from "../diagnostics/index.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../json/index.js";
import { formatRef, type KubeObject, type ObjectRef, refKey, refOf, sortObjects } from "../object/index.js";
import { type ObjectPatch, PatchError, patchObjects } from "../patch/index.js";
import {
  type Partials,
  type RenderedDocument,
  type RenderOptions,
  renderDocuments,
  type TemplateProgram,
} from "../template/index.js";
import { type CompiledModule, partialsOf } from "./compile-module.js";
import { type InnerInstance, readInnerInstances } from "./inner-instances.js";
import { isValidObject, objectFault } from "./kube-object.js";
import { ModuleError } from "./module-error.js";
import { labelPath, startOf } from "./module-files.js";
import { TraceNotes } from "./trace-notes.js";

/** What templates are rendered with: the names that their paths start from. */
export type RenderContext = Readonly<{
  /** Checked, with defaults. */
  values: JsonObject;
  instance: Readonly<{ name: string; namespace: string }>;
  bundle: Readonly<{ name: string }>;
  module: Readonly<{ name: string; version: string }>;
  /** The Kubernetes version of the target: `1.31.2`. */
  kube: Readonly<{ version: string }>;
}>;

/** An object, and where it is made. */
export type Placed = Readonly<{ object: KubeObject; pos: SourcePos }>;

/**
 * Renders all templates of a module, checks what they make, adds the common metadata and applies the module's patches.
 * To those goes also what the modules inside have made.
 *
 * The objects are new, except that what is below `metadata` of custom resource definitions is shared between calls,
 * since it is large: treat objects as read-only.
 *
 * @param renderInner Renders an instance of a module inside
 * @throws {SheafError} The first fault of every template, or every document that is no object
 */
export function renderModule(
  compiled: CompiledModule,
  label: string,
  input: RenderContext,
  renderInner: (instance: InnerInstance) => readonly Placed[],
): KubeObject[] {
  const context = contextOf(compiled, input);
  const faults: SheafError[] = [];
  const attempt = <T>(render: () => T[]): T[] => {
    try {
      return render();
    } catch (error) {
      if (error instanceof FaultsError) faults.push(...error.errors);
      else if (error instanceof SheafError) faults.push(error);
      else throw error;
      return [];
    }
  };
  const [common] = attempt(() => [commonMetadata(compiled, label, context)]);
  const placed: Placed[] = compiled.crds.map((object) => ({ object, pos: startOf(labelPath(label, "crds")) }));
  for (const program of compiled.templates) {
    for (const { value, pos } of attempt(() => render(program, compiled, label, context))) {
      if (isValidObject(value)) placed.push({ object: value, pos });
      else faults.push(new ModuleError("bad-object", objectFault(value), pos));
    }
  }
  for (const instance of attempt(() => innerInstancesOf(compiled, label, input))) {
    // Several instances of one module bring its definitions once.
    const isNew = ({ object }: Placed) =>
      object.kind !== "CustomResourceDefinition" || placed.every((other) => refKeyOf(other) !== refKeyOf({ object }));
    placed.push(...attempt(() => [...renderInner(instance)]).filter(isNew));
  }
  faults.push(...findDuplicates(placed));
  throwFaults(faults);
  const objects = placed.map(({ object }) => withMetadata(object, common ?? { labels: {}, annotations: {} }));
  return sortObjects(
    compiled.patches === null ? objects : patched(objects, compiled, compiled.patches, label, context),
  );
}

/**
 * Where a part of an object comes from: its place in a template, or that of the nearest part around it. Renders anew, and
 * takes note; what a patch made has the place of what was there before.
 *
 * @returns Undefined for an object that the module does not make
 */
export function findPlace(
  compiled: CompiledModule,
  label: string,
  input: RenderContext,
  wanted: ObjectRef,
  steps: readonly (string | number)[],
): SourcePos | undefined {
  const notes = new TraceNotes();
  for (const program of compiled.templates) {
    for (const { value, pos } of render(program, compiled, label, contextOf(compiled, input), notes.trace)) {
      if (isValidObject(value) && refKey(refOf(value)) === refKey(wanted)) return notes.placeOf(value, steps, pos);
    }
  }
  const isBrought = compiled.crds.some((crd) => refKey(refOf(crd)) === refKey(wanted));
  return isBrought ? startOf(labelPath(label, "crds")) : undefined;
}

/** The instances of modules inside, with the values that instances.yaml gives them. */
export function innerInstancesOf(compiled: CompiledModule, label: string, input: RenderContext): InnerInstance[] {
  const { instances: program, modules } = compiled;
  if (program === null) return [];
  const context = contextOf(compiled, input);
  const partials = labelled(partialsOf(compiled), label);
  return readInnerInstances(labelProgram(program, label), context, partials, Object.keys(modules), input.instance);
}

function contextOf({ manifest }: CompiledModule, input: RenderContext): JsonObject {
  return {
    values: input.values,
    instance: { ...input.instance },
    bundle: { ...input.bundle },
    module: { ...input.module, constants: manifest.constants },
    kube: { ...input.kube },
  };
}

/** The objects with the changes that patches.yaml makes. */
function patched(
  objects: readonly KubeObject[],
  compiled: CompiledModule,
  program: TemplateProgram,
  label: string,
  context: JsonObject,
): KubeObject[] {
  const [document] = render(program, compiled, label, context);
  if (document === undefined) return [...objects];
  const { pos } = document;
  try {
    const made = patchObjects(objects, readPatches(document.value, pos)).map((object): Placed => {
      if (isValidObject(object)) return { object, pos };
      throw new ModuleError("bad-object", `a patch makes what is no object: ${objectFault(object)}`, pos);
    });
    throwFaults(findDuplicates(made));
    return made.map(({ object }) => object);
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    throw new ModuleError("bad-patch", error.message, pos);
  }
}

function readPatches(value: JsonValue, pos: SourcePos): ObjectPatch[] {
  const { patches, ...other } = isJsonObject(value) ? value : { other: value };
  if (!Array.isArray(patches) || Object.keys(other).length > 0)
    throw new ModuleError("bad-patch", "patches.yaml must be a map with a list of patches", pos);
  return patches.map((each, index) => {
    const { patch, target } = isJsonObject(each) ? each : {};
    if (!Array.isArray(patch) && !isJsonObject(patch))
      throw new ModuleError("bad-patch", `patch ${index}: patch must be an object or a list of operations`, pos);
    if (!isJsonObject(target)) return { patch };
    return { patch, target: stringMap(target, "target", (detail) => new ModuleError("bad-patch", detail, pos)) };
  });
}

function render(
  program: TemplateProgram,
  compiled: CompiledModule,
  label: string,
  context: JsonObject,
  trace?: RenderOptions["trace"],
): RenderedDocument[] {
  const partials = labelled(partialsOf(compiled), label);
  return renderDocuments(labelProgram(program, label), context, { partials, trace });
}

function labelled(partials: Partials, label: string): Partials {
  return new Map([...partials].map(([name, program]) => [name, labelProgram(program, label)]));
}

function labelProgram(program: TemplateProgram, label: string): TemplateProgram {
  return { ...program, file: labelPath(label, program.file) };
}

type CommonMetadata = Readonly<{ labels: JsonObject; annotations: JsonObject }>;

/** What metadata.yaml gives for every object. */
function commonMetadata(compiled: CompiledModule, label: string, context: JsonObject): CommonMetadata {
  if (compiled.metadata === null) return { labels: {}, annotations: {} };
  const [document] = render(compiled.metadata, compiled, label, context);
  const { value = {}, pos } = document ?? {};
  const fault = (detail: string) => new ModuleError("bad-object", detail, pos);
  if (!isJsonObject(value)) throw fault("metadata.yaml must be a map with labels and annotations");
  const unknown = Object.keys(value).find((key) => key !== "labels" && key !== "annotations");
  if (unknown !== undefined) throw fault(`metadata.yaml has labels and annotations, but not ${unknown}`);
  return {
    labels: stringMap(value.labels, "labels", fault),
    annotations: stringMap(value.annotations, "annotations", fault),
  };
}

function stringMap(
  value: JsonValue | undefined,
  name: string,
  fault: (detail: string) => ModuleError,
): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw fault(`${name} must be a map of strings`);
  const entries = Object.entries(value).map(([key, text]): [string, string] => {
    if (typeof text === "string") return [key, text];
    throw fault(`${name}.${key} must be a string; write it in quotes: "{{…}}"`);
  });
  return Object.fromEntries(entries);
}

/** The object with the common labels and annotations; its own win. */
function withMetadata(object: KubeObject, common: CommonMetadata): KubeObject {
  const { metadata } = object;
  const labels = merged(common.labels, metadata.labels);
  const annotations = merged(common.annotations, metadata.annotations);
  return { ...object, metadata: { ...metadata, ...(labels && { labels }), ...(annotations && { annotations }) } };
}

function merged(common: JsonObject, own: JsonValue | undefined): JsonObject | undefined {
  if (Object.keys(common).length === 0) return undefined;
  return { ...common, ...(isJsonObject(own) && own) };
}

function refKeyOf({ object }: Pick<Placed, "object">): string {
  return refKey(refOf(object));
}

function findDuplicates(placed: readonly Placed[]): ModuleError[] {
  const first = new Map<string, Placed>();
  return placed.flatMap((each) => {
    const ref = refOf(each.object);
    const other = first.get(refKey(ref));
    first.set(refKey(ref), other ?? each);
    if (other === undefined) return [];
    const detail = `${formatRef(ref)} is rendered twice, also at ${other.pos.file}:${other.pos.line}; give one another name`;
    return [new ModuleError("duplicate-object", detail, each.pos, [other.pos])];
  });
}
