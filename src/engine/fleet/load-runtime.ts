import runtimeSchema from "../../../schemas/runtime.schema.json" with { type: "json" };
import { throwFaults } from "../diagnostics/index.js";
import { checkedText, type Located, type LocatedField, locate } from "../json/index.js";
import { type ObjectRef, withScope } from "../object/index.js";
import { type EvaluateSourcesOptions, evaluateSources } from "../runtime/index.js";
import { compileSchema } from "../schema/index.js";
import type { SourceInput } from "../source/index.js";
import type { RuntimeCluster, RuntimeExpression, RuntimeFile, RuntimeQuery } from "./runtime-file.js";

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
  throwFaults((await validator.check(located, ["runtime"])).faults);
  const clusters = locate(located, ["clusters"]);
  const values = locate(located, ["values"]);
  return {
    name: checkedText(located, "name"),
    clusters: clusters?.kind === "struct" ? [...clusters.fields].map(clusterOf) : [],
    queries: values?.kind === "list" ? values.items.map(queryOf) : [],
  };
}

function clusterOf([name, { value }]: [string, LocatedField]): RuntimeCluster {
  const context = locate(value, ["kubeContext"]);
  return {
    name,
    group: checkedText(value, "group"),
    context: checkedText(value, "kubeContext"),
    contextPos: context?.pos ?? value.pos,
  };
}

function queryOf(value: Located): RuntimeQuery {
  const query = locate(value, ["query"]);
  const named = locate(value, ["for"]);
  const optional = locate(value, ["optional"]);
  return {
    ref: parseQuery(checkedText(value, "query")),
    optional: optional?.kind === "scalar" && optional.value === true,
    expressions: named?.kind === "struct" ? [...named.fields].map(expressionOf) : [],
    pos: query?.pos ?? value.pos,
  };
}

function expressionOf([variable, { value }]: [string, LocatedField]): RuntimeExpression {
  return { variable, text: value.kind === "scalar" ? String(value.value) : "", pos: value.pos };
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
