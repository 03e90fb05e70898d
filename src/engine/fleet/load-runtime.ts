import runtimeSchema from "../../../schemas/runtime.schema.json" with { type: "json" };
import { throwFaults } from "../diagnostics/index.js";
import { type Located, type LocatedField, locate } from "../json/index.js";
import { type ObjectRef, withScope } from "../object/index.js";
import { type EvaluateSourcesOptions, evaluateSources } from "../runtime/index.js";
import { compileSchema } from "../schema/index.js";
import type { SourceInput } from "../source/index.js";
import type { RuntimeCluster, RuntimeFile, RuntimeQuery } from "./runtime-file.js";

/**
 * Loads a runtime file: reads its files, unifies them and checks the result against schemas/runtime.schema.json.
 *
 * @param inputs The files (CUE, YAML or JSON), as bytes with their names
 * @param options `onSource` is told every source that could be read, for excerpts in messages
 * @throws {SheafError} One fault, or a {@link FaultsError} with all that were found at the same stage
 * @example
 * ```ts
 * const { clusters } = await loadRuntime([{ name: "fleet.cue", bytes: await readFile("fleet.cue") }]);
 * ```
 */
export async function loadRuntime(
  inputs: readonly SourceInput[],
  options: Omit<EvaluateSourcesOptions, "runtime"> = {},
): Promise<RuntimeFile> {
  const located = await evaluateSources(inputs, ["runtime"], options);
  const validator = await compileSchema({ ...runtimeSchema.$defs.runtime, $defs: runtimeSchema.$defs });
  throwFaults(validator.check(located, ["runtime"]).faults);
  const values = locate(located, ["values"]);
  return {
    name: textAt(located, "name"),
    clusters: inOrder(fieldsAt(located, "clusters"), inputs).map(clusterOf),
    queries: values?.kind === "list" ? values.items.map(queryOf) : [],
  };
}

function clusterOf([name, { value }]: [string, LocatedField]): RuntimeCluster {
  const context = locate(value, ["kubeContext"]);
  return {
    name,
    group: textAt(value, "group"),
    context: textAt(value, "kubeContext"),
    contextPos: context?.pos ?? value.pos,
  };
}

function queryOf(value: Located): RuntimeQuery {
  const query = locate(value, ["query"]);
  const optional = locate(value, ["optional"]);
  return {
    ref: parseQuery(textAt(value, "query")),
    optional: optional?.kind === "scalar" && optional.value === true,
    expressions: fieldsAt(value, "for").map(([variable, field]) => ({
      variable,
      text: field.value.kind === "scalar" ? String(field.value.value) : "",
      pos: field.value.pos,
    })),
    pos: query?.pos ?? value.pos,
  };
}

/** `k8s:v1:Secret:infra:redis-auth`, or without a namespace; the schema has checked its form. */
function parseQuery(query: string): ObjectRef {
  const [, apiVersion = "", kind = "", first = "", second] = query.split(":");
  const slash = apiVersion.indexOf("/");
  return withScope({
    group: slash < 0 ? "" : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind,
    namespace: second === undefined ? "" : first,
    name: second ?? first,
  });
}

/** As the files name them; evaluation may have come by them in another order. */
function inOrder(fields: readonly [string, LocatedField][], inputs: readonly SourceInput[]): [string, LocatedField][] {
  const files = inputs.map(({ name }) => name);
  return [...fields].sort(
    ([, { keyPos: a }], [, { keyPos: b }]) => files.indexOf(a.file) - files.indexOf(b.file) || a.offset - b.offset,
  );
}

function fieldsAt(value: Located, key: string): [string, LocatedField][] {
  const found = locate(value, [key]);
  return found?.kind === "struct" ? [...found.fields] : [];
}

/** The text of a field that the schema has found to be there, and a string. */
function textAt(value: Located, key: string): string {
  const found = locate(value, [key]);
  if (found?.kind !== "scalar" || typeof found.value !== "string")
    throw new TypeError(`${key} is checked by the schema`);
  return found.value;
}
