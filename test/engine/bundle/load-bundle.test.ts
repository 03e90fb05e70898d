import { describe, expect, test } from "vitest";
import { loadBundle, loadBundleName } from "../../../src/engine/bundle/index.js";
import { toJson } from "../../../src/engine/json/index.js";

const inputs = (...files: [name: string, text: string][]) =>
  files.map(([name, text]) => ({ name, bytes: Buffer.from(text) }));

const text = `
package main

let repository = "oci://example.com/modules"
#Team: {name: string, size: int | *1}
teams: [...#Team] & [{name: "a"}, {name: "b", size: 2}]

bundle: {
	apiVersion: "v1alpha1"
	name:       "teams"
	instances: {
		for team in teams {
			"\\(team.name)-apps": {
				module: url: "\\(repository)/app"
				namespace: team.name
				values: {replicas: team.size, token: string @timoni(runtime:string:TOKEN)}
			}
		}
		last: {
			module: {url: "file://./last", version: "1.2.3", digest: "sha256:${"a".repeat(64)}"}
			namespace: "c"
		}
	}
}
`;

describe("loadBundle()", () => {
  test("gives the instances in their order, with places, defaults and secrets", async () => {
    const bundle = await loadBundle(inputs(["a.cue", text]), { runtime: (name) => `${name}-value` });
    expect(bundle.name).toBe("teams");
    expect(bundle.secrets).toEqual(["TOKEN-value"]);
    expect(
      bundle.instances.map(({ name, namespace, module }) => [name, namespace, module.url, module.version]),
    ).toEqual([
      ["a-apps", "a", "oci://example.com/modules/app", "latest"],
      ["b-apps", "b", "oci://example.com/modules/app", "latest"],
      ["last", "c", "file://./last", "1.2.3"],
    ]);
    const [first, , last] = bundle.instances;
    expect(first?.values && toJson(first.values, "***")).toEqual({ replicas: 1, token: "***" });
    expect(last?.values).toBeUndefined();
    expect([last?.pos.line, last?.module.urlPos.line, last?.module.versionPos.line]).toEqual([19, 20, 20]);
    expect(last?.module.digest).toBe(`sha256:${"a".repeat(64)}`);
  });

  test("counts texts and evaluated numbers of the runtime as secret, not booleans", async () => {
    const values = [
      "s: string @timoni(runtime:string:S)",
      "n: int @timoni(runtime:number:N)",
      "b: bool @timoni(runtime:bool:B)",
    ];
    const file = `bundle: {
      apiVersion: "v1alpha1"
      name: "x"
      instances: i: {module: url: "oci://a/b", namespace: "n", values: {\n${values.join("\n")}\n}}
    }`;
    const variables: Readonly<Record<string, string>> = { S: "text", N: "1e3", B: "true" };
    const { secrets } = await loadBundle(inputs(["a.cue", file]), { runtime: (name) => variables[name] });
    expect(secrets).toEqual(["text", 1000]);
  });

  test("tells the sources that it read, also where another one has a fault", async () => {
    const seen: string[] = [];
    const files = inputs(["a.cue", text], ["b.cue", "a: }"]);
    await expect(loadBundle(files, { onSource: (name) => seen.push(name) })).rejects.toThrow("b.cue:1:4");
    expect(seen).toEqual(["a.cue", "b.cue", "the definition of bundles"]);
  });

  test("names every variable that is not set", async () => {
    const failing = loadBundle(inputs(["a.cue", text]));
    await expect(failing).rejects.toThrow(
      "bundle.instances.a-apps.values.token: the runtime variable TOKEN is not set; export TOKEN",
    );
    await expect(failing).rejects.toThrow(
      "bundle.instances.b-apps.values.token: the runtime variable TOKEN is not set",
    );
  });

  test("wants a bundle", async () => {
    await expect(loadBundle(inputs(["a.yaml", "bundel: {}"]))).rejects.toThrow(/a\.yaml:1:1.*bundle/);
  });
});

describe("a bundle is unified with the definition of bundles", () => {
  const bundle = (instances: string) =>
    `bundle: {apiVersion: "v1alpha1", name: "x", instances: {${instances}}}\n_base: {z: _app, y: _app}\n_app: {module: url: "oci://r/m", namespace: "n"}`;
  const load = (text: string) => loadBundle(inputs(["a.cue", text]));

  test("its defaults can be referred to", async () => {
    const { instances, located } = await load(bundle("a: _app & {module: {}, values: tag: module.version}, b: a"));
    expect(instances.map(({ values }) => values && toJson(values))).toEqual([{ tag: "latest" }, { tag: "latest" }]);
    expect(toJson(located)).toMatchObject({ instances: { a: { module: { url: "oci://r/m", version: "latest" } } } });
  });

  test("a version that is a type is the default, at the place of the module's URL", async () => {
    const [only] = (await load(bundle('a: {module: {url: "oci://r/m", version: string}, namespace: "n"}'))).instances;
    expect(only?.module.version).toBe("latest");
    expect(only?.module.versionPos).toEqual(only?.module.urlPos);
  });

  test("another default of the version is none", async () => {
    const other = '_app & {module: version: *"1.0.0" | string}';
    await expect(load(bundle(`a: ${other}`))).rejects.toThrow("bundle.instances.a.module.version: incomplete value");
  });

  test("what is missing is told as the schema says it, at its place in the files", async () => {
    const missing = "a.cue:1:60: bundle.instances.a.namespace: required value is missing";
    await expect(load(bundle('a: {module: url: "oci://r/m"}'))).rejects.toThrow(missing);
    await expect(load(bundle('a: {module: url: "oci://r/m", namespace: 3}'))).rejects.toThrow(
      "bundle.instances.a.namespace: expected a string",
    );
  });

  // Instances are applied in the order of the value, as Timoni does it, which is not always the order of the lines.
  test.each([
    ['for t in ["c", "a"] {(t): _app}, first: _app, if true {cond: _app}, last: _app', "c a cond first last"],
    ["a: _app, _base, b: _app", "a b z y"],
    ["[string]: _app, web: {}, api: {}", "web api"],
  ])("instances have the order of the value: %s", async (instances, order) => {
    expect((await load(bundle(instances))).instances.map(({ name }) => name).join(" ")).toBe(order);
  });

  test("the definition of a whole bundle may be closed", async () => {
    const text = `#Fleet: {_env: string, bundle: {apiVersion: "v1alpha1", name: "x", instances: web: {module: url: "oci://r/m", namespace: _env}}}
#Fleet & {_env: "prod"}`;
    expect((await load(text)).instances.map(({ name, namespace }) => [name, namespace])).toEqual([["web", "prod"]]);
  });
});

test("loadBundleName() needs no more than the name", async () => {
  expect(await loadBundleName(inputs(["a.cue", text]))).toBe("teams");
  expect(await loadBundleName(inputs(["a.cue", 'bundle: {\n name: "x"\n other: int\n}']))).toBe("x");
  await expect(loadBundleName(inputs(["a.cue", "bundle: name: 3"]))).rejects.toThrow(
    "a.cue:1:15: bundle.name: expected a string",
  );
});

test("constraints with regular expressions are checked", async () => {
  const constrained = (name: string) => loadBundleName(inputs(["a.cue", `bundle: name: =~"^[a-z]+$" & "${name}"`]));
  expect(await constrained("abc")).toBe("abc");
  await expect(constrained("ABC")).rejects.toThrow("a.cue:1:");
});
