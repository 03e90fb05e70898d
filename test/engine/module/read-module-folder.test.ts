import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { loadModule, packModule, readModuleFolder } from "../../../src/engine/module/index.js";
import { sheaf, tempDir } from "../../support/run-cli.js";

const manifest = (include: string) => `apiVersion: sheaf/v1\nkind: Module\nname: app\ndescription: A test.\n${include}`;
const shared = "labels:\n  app.kubernetes.io/name: {{instance.name}}\n";
const configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{instance.name}}\n";

/** A folder with a module `app` and what is beside it. */
function project(files: Readonly<Record<string, string>>): string {
  const cwd = tempDir();
  const all = {
    "app/values.schema.json": '{"type":"object","additionalProperties":false}',
    "app/templates/map.yaml": configMap,
    "shared/metadata.yaml": shared,
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), text);
  }
  return cwd;
}

const included = "include:\n  metadata.yaml: ../shared/metadata.yaml\n";

test("what a module shares is a part of it, and is packed", async () => {
  const cwd = project({ "app/module.yaml": manifest(included) });
  const tree = await readModuleFolder(join(cwd, "app"), "app");
  expect([...tree.files.keys()]).toEqual(["metadata.yaml", "module.yaml", "templates/map.yaml", "values.schema.json"]);
  const module = await loadModule(tree.files);
  const kube = { version: "1.35.0" };
  const [object] = module.render({ values: {}, instance: { name: "a", namespace: "b" }, bundle: { name: "c" }, kube });
  expect(object?.metadata.labels).toEqual({ "app.kubernetes.io/name": "a" });
  const { warnings } = await packModule(tree, { version: "1.0.0", label: "app" });
  expect(warnings).toEqual([]);
});

test("a published module is whole: pulled, it needs nothing beside it", async () => {
  const cwd = project({ "app/module.yaml": manifest(included) });
  const run = (...line: string[]) => sheaf(line, { cwd });
  expect(await run("mod", "push", "app", "oci-layout:./registry", "-v", "1.0.0")).toMatchObject({ code: 0 });
  expect(await run("mod", "pull", "oci-layout:./registry", "-v", "1.0.0", "-o", "far/away/app")).toMatchObject({
    code: 0,
  });
  expect(await run("mod", "vet", "far/away/app")).toMatchObject({ code: 0, stderr: "" });
});

test("a file of the module's own wins", async () => {
  const cwd = project({ "app/module.yaml": manifest(included), "app/metadata.yaml": "labels: {}\n" });
  const { files } = await readModuleFolder(join(cwd, "app"), "app");
  expect(Buffer.from(files.get("metadata.yaml") ?? []).toString()).toBe("labels: {}\n");
});

test.each<[include: string, fault: string]>([
  [
    "include:\n  metadata.yaml: ../shared/metdata.yaml\n",
    "app/module.yaml:6:18: ../shared/metdata.yaml does not exist; write",
  ],
  [
    "include:\n  metadata.yaml: ../../../../../../etc/passwd\n",
    "app/module.yaml:6:18: ../../../../../../etc/passwd is outside of",
  ],
  ["include:\n  metadata.yaml: ../shared\n", "app/module.yaml:6:18: ../shared cannot be read; it has to be a file"],
  ["include:\n  metadata.yaml: templates/map.yaml\n", 'include."metadata.yaml": "templates/map.yaml" does not match'],
  ["include:\n  README.md: ../shared/metadata.yaml\n", 'include."README.md": the name does not match'],
])("%j is refused", async (include, fault) => {
  const cwd = project({ "app/module.yaml": manifest(include) });
  const { code, stderr } = await sheaf(["mod", "vet", "app"], { cwd });
  expect(stderr).toContain(fault);
  expect(code).toBe(1);
});
