import type { SourcePos } from "../diagnostics/index.js";
import { isJsonObject, type JsonObject, type JsonValue, type Located } from "../json/index.js";
import { formatRef, type KubeObject, labelOf, refOf } from "../object/index.js";
import { partialFacts, placeToPos, templatePaths, templateTests } from "../template/index.js";
import type { Rendering } from "./check-rendering.js";
import { type CompiledModule, partialsOf, programsOf } from "./compile-module.js";
import { findImages } from "./images.js";
import { ModuleError } from "./module-error.js";
import { labelPath, startOf } from "./module-files.js";
import { posAt } from "./schema-faults.js";
import { resolveRef } from "./schema-options.js";

/** The label that ties what belongs to one application together, https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ */
const nameLabel = "app.kubernetes.io/name";

/**
 * What works, but is likely not what was meant: options that no template uses or that nobody explains, branches that are
 * never taken, images whose content may change, objects that cannot be told to belong together.
 *
 * @param schema values.schema.json with places
 * @param renderings What the samples of the module rendered
 */
export function lintModule(
  compiled: CompiledModule,
  label: string,
  schema: Located,
  renderings: readonly Rendering[],
): ModuleError[] {
  return [
    ...lintOptions(compiled, schema),
    ...findDeadBranches(compiled, label),
    ...findUnusedParts(compiled, label),
    ...renderings.flatMap(lintRendering),
  ];
}

/** Partials and modules inside that nothing uses. */
function* findUnusedParts(compiled: CompiledModule, label: string): Generator<ModuleError> {
  const partials = partialsOf(compiled);
  const used = new Set(
    [...programsOf(compiled), ...partials.values()].flatMap((program) =>
      partialFacts(program).uses.map(({ node }) => node.name),
    ),
  );
  for (const [name, { file }] of partials) {
    if (used.has(name)) continue;
    yield new ModuleError(
      "unused-partial",
      "no template uses this partial; use it, or take it away",
      startOf(labelPath(label, file)),
    );
  }
  if (compiled.instances !== null) return;
  for (const name of Object.keys(compiled.modules)) {
    const detail = `the module ${name} is inside, but there is no instances.yaml that renders it`;
    yield new ModuleError("unused-module", detail, startOf(labelPath(label, "module.yaml")));
  }
}

/** An option that a user sets: one without properties of its own. */
type Option = Readonly<{ steps: readonly string[]; at: readonly string[]; node: JsonObject }>;

function lintOptions(compiled: CompiledModule, schema: Located): ModuleError[] {
  const partials = partialsOf(compiled);
  const used = programsOf(compiled).flatMap((program) =>
    templatePaths(program, partials).flatMap(({ steps, isWhole }) =>
      steps[0] === "values" ? [{ steps: steps.slice(1), isWhole }] : [],
    ),
  );
  return [...optionsOf(compiled.schema, compiled.schema, [], [])].flatMap(({ steps, at, node }) => {
    const name = `values.${steps.join(".")}`;
    const isUsed = used.some((path) => covers(path, steps));
    const warnings: ModuleError[] = [];
    if (!isUsed)
      warnings.push(
        new ModuleError("unused-value", `no template uses ${name}; use it, or take the option away`, posAt(schema, at)),
      );
    if (typeof node.description !== "string")
      warnings.push(
        new ModuleError(
          "no-description",
          `${name} has no description; say in one line what it does`,
          posAt(schema, at),
        ),
      );
    return warnings;
  });
}

/** @param around The references that lead here: an option that has itself among its own is one as a whole */
function* optionsOf(
  node: JsonObject,
  root: JsonObject,
  steps: readonly string[],
  at: readonly string[],
  around: readonly JsonValue[] = [],
): Generator<Option> {
  const { properties } = node;
  if (!isJsonObject(properties)) return;
  for (const [key, child] of Object.entries(properties)) {
    if (!isJsonObject(child)) continue;
    const option = { steps: [...steps, key], at: [...at, "properties", key], node: resolveRef(child, root) };
    const { $ref } = child;
    const isAgain = $ref !== undefined && around.includes($ref);
    const inside = $ref === undefined ? around : [...around, $ref];
    if (!isAgain && isJsonObject(option.node.properties))
      yield* optionsOf(option.node, root, option.steps, option.at, inside);
    else yield option;
  }
}

type UsedPath = Readonly<{ steps: readonly (string | undefined)[]; isWhole: boolean }>;

/** Whether a path of a template takes in an option: it is in it, leads into it, or takes what is around it as a whole. */
function covers({ steps, isWhole }: UsedPath, option: readonly string[]): boolean {
  const shared = Math.min(steps.length, option.length);
  for (let i = 0; i < shared; i++) if (steps[i] !== undefined && steps[i] !== option[i]) return false;
  return steps.length >= option.length || isWhole;
}

/** Branches on a choice that the schema does not offer. */
function findDeadBranches(compiled: CompiledModule, label: string): ModuleError[] {
  const partials = partialsOf(compiled);
  return programsOf(compiled).flatMap((program) =>
    templateTests(program, partials).flatMap(({ file, place, steps, value }) => {
      const node = steps[0] === "values" ? schemaAt(compiled.schema, steps.slice(1)) : undefined;
      const choices = node && choicesOf(node);
      if (choices === undefined || choices.includes(value)) return [];
      const path = steps.join(".");
      const detail = `${path} is never ${JSON.stringify(value)}: the schema allows ${choices.map((each) => JSON.stringify(each)).join(", ")}`;
      return [new ModuleError("dead-branch", detail, placeToPos(labelPath(label, file), place))];
    }),
  );
}

function schemaAt(root: JsonObject, steps: readonly (string | undefined)[]): JsonObject | undefined {
  let node: JsonObject = root;
  for (const step of steps) {
    const { properties } = resolveRef(node, root);
    const next = step !== undefined && isJsonObject(properties) ? properties[step] : undefined;
    if (!isJsonObject(next)) return undefined;
    node = next;
  }
  return resolveRef(node, root);
}

function choicesOf(node: JsonObject): readonly JsonValue[] | undefined {
  if (Array.isArray(node.enum)) return node.enum;
  if (node.const !== undefined) return [node.const];
  return node.type === "boolean" ? [true, false] : undefined;
}

function lintRendering(rendering: Rendering): ModuleError[] {
  const { objects } = rendering;
  return objects.flatMap((object) => [...lintLabels(rendering, object), ...lintImages(rendering, object)]);
}

function* lintLabels(rendering: Rendering, object: KubeObject): Generator<ModuleError> {
  if (labelOf(object, nameLabel) !== undefined) return;
  const detail = `${formatRef(refOf(object))} has no label ${nameLabel}; add it to labels in metadata.yaml`;
  yield new ModuleError("no-label", detail, placeIn(rendering, object, ["metadata"]));
}

function* lintImages(rendering: Rendering, object: KubeObject): Generator<ModuleError> {
  for (const { image, steps } of findImages(object)) {
    const tag = /:([^/:@]+)(?:@.*)?$/.exec(image)?.[1];
    if (image.includes("@") || (tag !== undefined && tag !== "latest")) continue;
    const what = tag === undefined ? "has neither tag nor digest" : "has the tag latest";
    const detail = `${formatRef(refOf(object))}: the image ${image} ${what}, so that its content changes; name a version`;
    yield new ModuleError("loose-image", detail, placeIn(rendering, object, steps));
  }
}

function placeIn(
  { module, input }: Rendering,
  object: KubeObject,
  steps: readonly (string | number)[],
): SourcePos | undefined {
  return module.placeOf(input, refOf(object), steps);
}
