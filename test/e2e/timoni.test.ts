import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { isJsonObject, type JsonValue } from "../../src/engine/json/index.js";
import { evaluateSources } from "../../src/engine/runtime/index.js";
import { type BundleCase, bundleCases, writeBundleCases } from "../engine/bundle/timoni-cases.js";
import { showLocated } from "../engine/cue/evaluate-text.js";
import { cluster, get, newNamespace, patch, sheaf } from "./cluster.js";

/**
 * Timoni itself and sheaf on one cluster. Its module cannot be had from the Go module proxy, so `SHEAF_E2E_TIMONI` names the program; it
 * builds from its repository with `go build ./cmd/timoni`.
 */
const timoni = process.env.SHEAF_E2E_TIMONI;

const dir = mkdtempSync(join(tmpdir(), "sheaf-timoni-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** One module in both forms. Each renders a ConfigMap that the other has, and one that it does not have. */
const moduleFiles = {
  "timoni/cue.mod/module.cue": 'module: "timoni.sh/app"\nlanguage: version: "v0.9.0"\n',
  "timoni/values.cue": "package main\n\nvalues: {}\n",
  "timoni/timoni.cue": `package main

values: text: string | *"hello"
timoni: {
	apiVersion: "v1alpha1"
	_name:      string @tag(name)
	_namespace: string @tag(namespace)
	instance: config: values
	apply: app: [for suffix in ["both", "timoni"] {
		apiVersion: "v1"
		kind:       "ConfigMap"
		metadata: {name: "\\(_name)-\\(suffix)", namespace: _namespace}
		data: text: values.text
	}]
}
`,
  "sheaf/module.yaml": "apiVersion: sheaf/v1\nkind: Module\nname: app\ndescription: Two ConfigMaps.\n",
  "sheaf/values.schema.json": JSON.stringify({
    type: "object",
    additionalProperties: false,
    properties: { text: { type: "string", default: "hello" } },
  }),
  "sheaf/templates/config.yaml": ["both", "sheaf"]
    .map(
      (suffix) => `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{instance.name}}-${suffix}
  namespace: {{instance.namespace}}
data:
  text: {{values.text}}
`,
    )
    .join("---\n"),
};

type Tool = "timoni" | "sheaf";
let namespace: string;
let bundle: string;

beforeEach(async () => {
  namespace = await newNamespace("timoni");
  bundle = `shared-${namespace}`;
  for (const [path, text] of Object.entries(moduleFiles)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  for (const tool of ["timoni", "sheaf"]) {
    const instance = (name: string, text: string) =>
      `${name}: {module: url: "file://${join(dir, tool)}", namespace: "${namespace}", values: text: "${text}"}`;
    const instances = [instance("one", `from ${tool}`), instance("two", "5ecret of two")].join("\n");
    writeFileSync(
      join(dir, `${tool}.cue`),
      `bundle: {\napiVersion: "v1alpha1"\nname: "${bundle}"\ninstances: {\n${instances}\n}\n}\n`,
    );
  }
});

async function run(tool: Tool, ...args: string[]): Promise<string> {
  if (tool === "sheaf") {
    const { code, stdout, stderr } = await sheaf(args, { cwd: dir });
    expect(code, `${args.join(" ")}\n${stderr}`).toBe(0);
    return stdout;
  }
  const env = { ...process.env, KUBECONFIG: cluster.kubeconfig };
  const { stdout, stderr } = await promisify(execFile)(timoni ?? "", args, { cwd: dir, env });
  return stdout + stderr;
}

const apply = (tool: Tool) => run(tool, "bundle", "apply", "-f", `${tool}.cue`);

/** The suffixes of the ConfigMaps that an instance has, with their texts. */
async function configMaps(name: string): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const suffix of ["both", "timoni", "sheaf"]) {
    const object = await get(`/api/v1/namespaces/${namespace}/configmaps/${name}-${suffix}`);
    if (object !== undefined) found[suffix] = object.data;
  }
  return found;
}

describe.skipIf(timoni === undefined)("Timoni and sheaf", () => {
  test.each<[Tool, Tool]>([
    ["timoni", "sheaf"],
    ["sheaf", "timoni"],
  ])("what %s applied, %s lists, upgrades and deletes", async (first, second) => {
    await apply(first);
    expect(await configMaps("one")).toEqual({ both: { text: `from ${first}` }, [first]: { text: `from ${first}` } });
    const listed = await run(second, "list", "-A", "--bundle", bundle);
    for (const name of ["one", "two"]) expect(listed).toMatch(new RegExp(`^${name}\\s+${namespace}\\s`, "m"));
    expect(await run(second, "bundle", "status", bundle)).toMatch(/ConfigMap\/\S+\/one-both/);
    expect(await run(second, "inspect", "resources", "one", "-n", namespace)).toContain("one-both");
    const values = await run(
      second,
      "inspect",
      "values",
      "one",
      "-n",
      namespace,
      ...(second === "sheaf" ? ["--show-secrets"] : []),
    );
    expect(values).toContain(`from ${first}`);

    await apply(second);
    expect(await configMaps("one")).toEqual({ both: { text: `from ${second}` }, [second]: { text: `from ${second}` } });
    await apply(first);
    expect(await configMaps("two")).toEqual({ both: { text: "5ecret of two" }, [first]: { text: "5ecret of two" } });
    await run(second, "bundle", "delete", bundle);
    expect([await configMaps("one"), await configMaps("two")]).toEqual([{}, {}]);
    expect(await get(`/api/v1/namespaces/${namespace}/secrets/timoni.one`)).toBeUndefined();
  });

  test.each<Tool>(["timoni", "sheaf"])("an apply of %s that was killed is finished by the other", async (killed) => {
    const other = killed === "timoni" ? "sheaf" : "timoni";
    await apply(other);
    const path = `/api/v1/namespaces/${namespace}/secrets/timoni.one`;
    const before = await recorded(path);
    await apply(killed);
    // As a kill before the last write leaves it: objects of the new revision, which is pending.
    await patch(path, { data: { instance: before, pending: await recorded(path) } });
    expect(await run(other, "list", "-A", "--bundle", bundle)).toContain("one");
    await apply(other);
    expect(await configMaps("one")).toEqual({ both: { text: `from ${other}` }, [other]: { text: `from ${other}` } });
    await run(other, "bundle", "delete", bundle);
    expect([await configMaps("one"), await configMaps("two")]).toEqual([{}, {}]);
  });
});

/** `SHEAF_RECORD_TIMONI=1` writes what Timoni gives into the table. */
describe.skipIf(timoni === undefined)("the table of bundles", () => {
  test("has the values that Timoni prints", async () => {
    const cases: BundleCase[] = [];
    for (const each of bundleCases()) cases.push({ ...each, expected: await printedByTimoni(each) });
    if (process.env.SHEAF_RECORD_TIMONI !== undefined) writeBundleCases(cases);
    expect(cases).toEqual(bundleCases());
  });
});

async function printedByTimoni({ files, variables }: BundleCase): Promise<string> {
  const folder = mkdtempSync(join(dir, "bundle-"));
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
  const args = [
    "bundle",
    "vet",
    "--print-value",
    "--runtime-from-env",
    ...[...files.keys()].flatMap((file) => ["-f", file]),
  ];
  const env = { PATH: process.env.PATH, HOME: folder, ...variables };
  const run = promisify(execFile)(timoni ?? "", args, { cwd: folder, env });
  const printed = await run.catch((error: { code?: unknown }) => {
    if (error.code === 1) return undefined;
    throw error;
  });
  if (printed === undefined) return "refused";
  // Where a default was taken, the whole disjunction is printed, with the functions of its constraints.
  const text = `${printed.stdout.includes("strings.") ? 'import "strings"\n' : ""}${printed.stdout}`;
  const source = { name: "printed.cue", bytes: Buffer.from(text) };
  return showLocated(await evaluateSources([source], ["bundle"]));
}

/** The instance in a record, in base64. */
async function recorded(path: string): Promise<JsonValue> {
  const data = (await get(path))?.data;
  if (!isJsonObject(data) || data.instance === undefined) throw new TypeError(`${path} is no record`);
  return data.instance;
}
