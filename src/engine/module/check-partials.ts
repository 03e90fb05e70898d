import { adviseOnName } from "../diagnostics/index.js";
import { isJsonObject } from "../json/index.js";
import { type PartialUse, partialFacts, placeToPos, type TemplateProgram } from "../template/index.js";
import { ModuleError } from "./module-error.js";
import { labelPath } from "./module-files.js";

/** Partials inside each other; more than a reader can follow. */
const maxDepth = 20;

/**
 * What is wrong with how templates use partials, whatever the values are: partials that are not there, that lead back to
 * themselves or do not fit where they stand, and arguments that are missing or that nobody reads.
 *
 * @param templates All templates that are no partials
 * @param label What places put before a path
 */
export function checkPartials(
  templates: readonly TemplateProgram[],
  partials: ReadonlyMap<string, TemplateProgram>,
  label: string,
): ModuleError[] {
  const faults: ModuleError[] = [];
  const facts = new Map([...partials].map(([name, program]) => [name, partialFacts(program)]));
  const usersOf = [
    ...templates.map((program) => ({ program, ...partialFacts(program), isPartial: false })),
    ...[...partials].flatMap(([name, program]) => {
      const known = facts.get(name);
      return known === undefined ? [] : [{ program, ...known, isPartial: true }];
    }),
  ];
  const depths = new Map<string, number>();
  const depthOf = (name: string, above: readonly string[]): number => {
    const known = depths.get(name);
    if (known !== undefined || above.includes(name)) return known ?? Number.POSITIVE_INFINITY;
    const inside = facts.get(name)?.uses ?? [];
    const depth = 1 + Math.max(0, ...inside.map(({ node }) => depthOf(node.name, [...above, name])));
    depths.set(name, depth);
    return depth;
  };

  for (const { program, uses, args, isPartial } of usersOf) {
    const fault = (place: PartialUse["node"]["place"], detail: string) =>
      faults.push(new ModuleError("bad-partial", detail, placeToPos(labelPath(label, program.file), place)));
    if (!isPartial)
      for (const { name, place } of args) fault(place, `args.${name} is known in partials only; write values.${name}`);
    for (const use of uses) {
      const { name, place, args: given } = use.node;
      const [partial, read] = [partials.get(name), facts.get(name)?.args ?? []];
      if (partial === undefined) {
        const advice = partials.size === 0 ? "the module has no partials" : adviseOnName(name, [...partials.keys()]);
        fault(place, `there is no partials/${name}.yaml; ${advice}`);
        continue;
      }
      const depth = depthOf(name, []);
      if (depth > maxDepth) {
        fault(
          place,
          depth === Number.POSITIVE_INFINITY
            ? `the partial ${name} leads back to itself`
            : `more than ${maxDepth} partials stand inside each other`,
        );
      }
      const misfit = misfitOf(use, partial);
      if (misfit !== undefined) fault(place, misfit);
      const names = [...new Set(read.map((each) => each.name))];
      for (const [key] of given) {
        if (!names.includes(key))
          fault(
            place,
            `the partial ${name} reads no args.${key}${names.length === 0 ? "" : `; ${adviseOnName(key, names)}`}`,
          );
      }
      for (const key of new Set(read.filter(({ isSure }) => isSure).map((each) => each.name))) {
        if (given.every(([other]) => other !== key)) fault(place, `the partial ${name} needs ${key}=…`);
      }
    }
  }
  return faults;
}

/** Why what a partial makes cannot stand where it is used, as far as that is sure. */
function misfitOf(
  { node: { name }, isEntry, isDocument }: PartialUse,
  { documents }: TemplateProgram,
): string | undefined {
  const [first] = documents;
  const sure = documents.filter(({ kind }) => kind === "document");
  if (!isDocument && sure.length > 1)
    return `the partial ${name} makes ${sure.length} documents, so it can stand as a document of its own only`;
  if (!isEntry || documents.length > 1 || first?.kind !== "document") return undefined;
  const { value } = first;
  const isOther =
    value.kind === "list" || value.kind === "text" || (value.kind === "constant" && !isJsonObject(value.value));
  return isOther
    ? `the partial ${name} makes no map, but stands among the entries of one; write key: {{> ${name}}}`
    : undefined;
}
