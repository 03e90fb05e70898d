import { type SheafError, type SourcePos, throwFaults } from "../diagnostics/index.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../json/index.js";
import { formatRef, type KubeObject, type ObjectRef, refKey, refOf, sortObjects } from "../object/index.js";
import { type ObjectPatch, PatchError, patchObjects } from "../patch/index.js";
import {
  placeToPos,
  type RenderedDocument,
  renderDocuments,
  TemplateError,
  type TemplateProgram,
  type Trace,
} from "../template/index.js";
import type { CompiledModule } from "./compile-module.js";
import { isValidObject, objectFault } from "./kube-object.js";
import { ModuleError } from "./module-error.js";
import { labelPath, startOf } from "./module-files.js";

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

type Placed = Readonly<{ object: KubeObject; pos: SourcePos }>;

/**
 * Renders all templates of a module, checks what they make, adds the common metadata and applies the module's patches.
 *
 * The objects are new, except that what is below `metadata` of custom resource definitions is shared between calls,
 * since it is large: treat objects as read-only.
 *
 * @throws {SheafError} The first fault of every template, or every document that is no object
 */
export function renderModule(compiled: CompiledModule, label: string, input: RenderContext): KubeObject[] {
  const context = contextOf(compiled, input);
  const faults: SheafError[] = [];
  const attempt = <T>(render: () => T[]): T[] => {
    try {
      return render();
    } catch (error) {
      if (!(error instanceof TemplateError || error instanceof ModuleError)) throw error;
      faults.push(error);
      return [];
    }
  };
  const [common] = attempt(() => [commonMetadata(compiled.metadata, label, context)]);
  const placed: Placed[] = compiled.crds.map((object) => ({ object, pos: startOf(labelPath(label, "crds")) }));
  for (const program of compiled.templates) {
    for (const document of attempt(() => render(program, label, context))) {
      const pos = placeToPos(labelPath(label, program.file), document.place);
      if (isValidObject(document.value)) placed.push({ object: document.value, pos });
      else faults.push(new ModuleError("bad-object", objectFault(document.value), pos));
    }
  }
  faults.push(...findDuplicates(placed));
  throwFaults(faults);
  const objects = placed.map(({ object }) => withMetadata(object, common ?? { labels: {}, annotations: {} }));
  return sortObjects(compiled.patches === null ? objects : patched(objects, compiled.patches, label, context));
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
  const places = new Map<JsonValue, Map<string | number, SourcePos>>();
  const trace: Trace = (container, key, pos) => {
    const known = places.get(container) ?? new Map<string | number, SourcePos>();
    places.set(container, known.set(key, pos));
  };
  for (const program of compiled.templates) {
    for (const { value, place } of render(program, label, contextOf(compiled, input), trace)) {
      if (!isValidObject(value) || refKey(refOf(value)) !== refKey(wanted)) continue;
      let pos = placeToPos(labelPath(label, program.file), place);
      let at: JsonValue | undefined = value;
      for (const step of steps) {
        pos = (at === undefined ? undefined : places.get(at)?.get(step)) ?? pos;
        at = Array.isArray(at) ? at[Number(step)] : isJsonObject(at) ? at[step] : undefined;
      }
      return pos;
    }
  }
  const isBrought = compiled.crds.some((crd) => refKey(refOf(crd)) === refKey(wanted));
  return isBrought ? startOf(labelPath(label, "crds")) : undefined;
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
  program: TemplateProgram,
  label: string,
  context: JsonObject,
): KubeObject[] {
  const [document] = render(program, label, context);
  if (document === undefined) return [...objects];
  const pos = placeToPos(labelPath(label, program.file), document.place);
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

function render(program: TemplateProgram, label: string, context: JsonObject, trace?: Trace): RenderedDocument[] {
  return renderDocuments({ ...program, file: labelPath(label, program.file) }, context, {}, trace);
}

type CommonMetadata = Readonly<{ labels: JsonObject; annotations: JsonObject }>;

/** What metadata.yaml gives for every object. */
function commonMetadata(program: TemplateProgram | null, label: string, context: JsonObject): CommonMetadata {
  if (program === null) return { labels: {}, annotations: {} };
  const [document] = render(program, label, context);
  const value = document?.value ?? {};
  const pos = document && placeToPos(labelPath(label, program.file), document.place);
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
