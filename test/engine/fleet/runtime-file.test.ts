import { describe, expect, test } from "vitest";
import { checkContexts, loadRuntime, selectClusters } from "../../../src/engine/fleet/index.js";

const load = (text: string, name = "fleet.cue") => loadRuntime([{ name, bytes: Buffer.from(text) }]);

/** The example of Timoni's documentation, as it stands there. */
const fleet = `runtime: {
	apiVersion: "v1alpha1"
	name:       "fleet"
	clusters: {
		"preview-eu-1": {
			group:       "staging"
			kubeContext: "eks-eu-west-2"
		}
		"prod-eu-1": {
			group:       "production"
			kubeContext: "eks-eu-west-1"
		}
		"10": {
			group:       "staging"
			kubeContext: "eks-ten"
		}
	}
	values: [
		{
			query: "k8s:v1:Secret:infra:redis-auth"
			for: {
				"REDIS_PASS": "obj.data.password"
				"REDIS_CA":   "obj.data.\\"ca.crt\\""
			}
		},
		{
			query: "k8s:cert-manager.io/v1:ClusterIssuer:letsencrypt"
			for: "ISSUER_EMAIL": "obj.spec.acme.email"
			optional: true
		},
	]
}`;

describe("loadRuntime()", () => {
  test("gives clusters and queries in their order", async () => {
    const { name, clusters, queries } = await load(fleet);
    expect(name).toBe("fleet");
    expect(clusters.map(({ name, group, context, contextPos }) => [name, group, context, contextPos.line])).toEqual([
      ["preview-eu-1", "staging", "eks-eu-west-2", 7],
      ["prod-eu-1", "production", "eks-eu-west-1", 11],
      ["10", "staging", "eks-ten", 15],
    ]);
    expect(queries.map(({ ref, optional }) => [ref, optional])).toEqual([
      [{ group: "", version: "v1", kind: "Secret", namespace: "infra", name: "redis-auth" }, false],
      [{ group: "cert-manager.io", version: "v1", kind: "ClusterIssuer", namespace: "", name: "letsencrypt" }, true],
    ]);
    expect(queries[0]?.expressions.map(({ variable, text, pos }) => [variable, text, pos.line])).toEqual([
      ["REDIS_PASS", "obj.data.password", 22],
      ["REDIS_CA", 'obj.data."ca.crt"', 23],
    ]);
  });

  test.each([
    ["YAML", "runtime.yaml", "runtime:\n  apiVersion: v1alpha1\n  name: one\n"],
    ["JSON", "runtime.json", '{"runtime":{"apiVersion":"v1alpha1","name":"one","clusters":{}}}'],
  ])("reads %s; without clusters and values, too", async (_, name, text) => {
    expect(await load(text, name)).toEqual({ name: "one", clusters: [], queries: [] });
  });

  test("unifies several files", async () => {
    const more = { name: "more.yaml", bytes: Buffer.from("runtime: {clusters: {late: {group: a, kubeContext: b}}}") };
    const { clusters } = await loadRuntime([{ name: "fleet.cue", bytes: Buffer.from(fleet) }, more]);
    expect(clusters.map(({ name }) => name)).toEqual(["late", "preview-eu-1", "prod-eu-1", "10"]);
  });

  test.each([
    ["no runtime", "bundle: {}", 'fleet.cue:1:1: there is no field "runtime"'],
    [
      "another version",
      'runtime: {apiVersion: "v1", name: "a"}',
      'fleet.cue:1:23: runtime.apiVersion: "v1" has to be "v1alpha1"',
    ],
    ["a bad name", 'runtime: {apiVersion: "v1alpha1", name: "A"}', "fleet.cue:1:41: runtime.name:"],
    [
      "a cluster without a context",
      'runtime: {apiVersion: "v1alpha1", name: "a", clusters: x: group: "g"}',
      "fleet.cue:1:59: runtime.clusters.x.kubeContext: required value is missing",
    ],
    [
      "a misspelled field",
      'runtime: {apiVersion: "v1alpha1", name: "a", clusters: x: {group: "g", kubeContxt: "c"}}',
      "did you mean kubeContext?",
    ],
    [
      "a query of another form",
      'runtime: {apiVersion: "v1alpha1", name: "a", values: [{query: "v1:Secret:a:b", for: A: "obj"}]}',
      "k8s:APIVERSION:KIND:NAMESPACE:NAME",
    ],
  ])("refuses %s", async (_, text, message) => {
    await expect(load(text)).rejects.toThrow(message);
  });
});

describe("selectClusters()", () => {
  const names = async (selection: Parameters<typeof selectClusters>[1]) =>
    selectClusters(await load(fleet), selection).map(({ name }) => name);

  test("takes all, one by its name in any case, or a group", async () => {
    expect(await names({})).toHaveLength(3);
    expect(await names({ cluster: "*", group: "*" })).toHaveLength(3);
    expect(await names({ cluster: "PROD-eu-1" })).toEqual(["prod-eu-1"]);
    expect(await names({ group: "Staging" })).toEqual(["preview-eu-1", "10"]);
  });

  test.each([
    [{ cluster: "prod-eu-2" }, 'runtime "fleet" has no cluster "prod-eu-2"; did you mean "prod-eu-1"?'],
    [{ group: "dev" }, 'runtime "fleet" has no group "dev"; it has: staging, production'],
    [
      { cluster: "prod-eu-1", group: "staging" },
      'the cluster prod-eu-1 of runtime "fleet" is not in the group staging',
    ],
  ])("refuses %j", async (selection, message) => {
    await expect(names(selection)).rejects.toThrow(message);
  });
});

test("checkContexts() names every context that the kubeconfig lacks, at its place", async () => {
  const { clusters } = await load(fleet);
  const kubeconfig = { names: ["eks-eu-west-3", "eks-ten"], kubeconfig: "kubeconfig /c" };
  expect(() => checkContexts(clusters, kubeconfig)).toThrow(
    'fleet.cue:7:17: cluster "preview-eu-1": kubeconfig /c has no context "eks-eu-west-2"; did you mean "eks-eu-west-3"?\n' +
      'fleet.cue:11:17: cluster "prod-eu-1": kubeconfig /c has no context "eks-eu-west-1"; did you mean "eks-eu-west-3"?',
  );
  expect(() => checkContexts(clusters.slice(2), kubeconfig)).not.toThrow();
});
