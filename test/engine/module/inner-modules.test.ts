import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { sheaf, tempDir } from "../../support/run-cli.js";

const manifest = (name: string, rest = "") =>
  `apiVersion: sheaf/v1\nkind: Module\nname: ${name}\ndescription: A test.\n${rest}`;
const schema = (properties: object, rest = {}) =>
  JSON.stringify({ type: "object", additionalProperties: false, properties, ...rest });
const text = { type: "string", description: "A text." };
const labels = "labels:\n  app.kubernetes.io/name: {{instance.name}}\n";

const page: Record<string, string> = {
  "page/module.yaml": manifest(
    "page",
    'kubeVersion: ">=1.30.0-0"\napplySets:\n  - name: maps\n    kinds: [ConfigMap]\n',
  ),
  "page/values.schema.json": schema(
    {
      title: { ...text, pattern: "^[a-z ]*$" },
      token: { ...text, pattern: "^[a-z]+$" },
      size: { type: "integer", default: 1, description: "S." },
    },
    { required: ["title"], examples: [{ title: "a" }] },
  ),
  "page/metadata.yaml": `${labels}  version: "{{module.version}}"\n`,
  "page/templates/map.yaml": `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{instance.name}}
  namespace: {{instance.namespace}}
data:
  title: {{values.title}}
  token: {{default values.token ""}}
  size: "{{values.size}}"
`,
};
const site: Record<string, string> = {
  "site/module.yaml": manifest("site", "modules:\n  page: { url: file://../page }\n"),
  "site/values.schema.json": schema({ title: text, token: text }, { required: ["title"], examples: [{ title: "b" }] }),
  "site/metadata.yaml": "labels:\n  site: {{instance.name}}\n  app.kubernetes.io/name: outer\n",
  "site/instances.yaml": `instances:
  - module: page
    values:
      title: {{values.title}}
      token: {{optional values.token}}
  - module: page
    name: {{instance.name}}-two
    namespace: other
    values:
      title: constant
      size: 2
`,
};

function project(files: Readonly<Record<string, string | undefined>> = {}): string {
  const cwd = tempDir();
  for (const [path, content] of Object.entries({ ...page, ...site, ...files })) {
    if (content === undefined) continue;
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), content);
  }
  return cwd;
}

const bundle = (url: string, values = '{ title: "hello" }') =>
  `bundle:\n  apiVersion: v1alpha1\n  name: b\n  instances:\n    web:\n      module: { url: "${url}" }\n      namespace: apps\n      values: ${values}\n`;

describe("a module inside of another", () => {
  test("is rendered with its own values, name, version and labels", async () => {
    const cwd = project({ "b.yaml": bundle("file://./site") });
    const { stdout, stderr } = await sheaf(["bundle", "build", "-f", "b.yaml"], { cwd });
    expect(stderr).toBe("");
    expect(stdout).toBe(`---
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
  namespace: apps
  labels:
    site: web
    app.kubernetes.io/name: web
    version: "0.0.0-devel"
data:
  title: hello
  token: ""
  size: "1"
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: web-two
  namespace: other
  labels:
    site: web
    app.kubernetes.io/name: web-two
    version: "0.0.0-devel"
data:
  title: constant
  token: ""
  size: "2"
`);
  });

  test("is packed, so that what is pulled needs nothing beside it", async () => {
    const cwd = project({ "b.yaml": bundle("oci-layout:./registry") });
    const run = (...line: string[]) => sheaf(line, { cwd });
    expect(await run("mod", "push", "site", "oci-layout:./registry", "-v", "1.2.3")).toMatchObject({ code: 0 });
    const built = await run("bundle", "build", "-f", "b.yaml");
    expect(built.stdout.match(/version: .*/g)).toEqual(['version: "1.2.3"', 'version: "1.2.3"']);
    expect(await run("mod", "pull", "oci-layout:./registry", "-v", "1.2.3", "-o", "far/site")).toMatchObject({
      code: 0,
    });
    expect(readFileSync(join(cwd, "far/site/modules/page/values.schema.json"), "utf8")).toBe(
      page["page/values.schema.json"],
    );
    expect(await run("mod", "vet", "far/site")).toMatchObject({ code: 0, stderr: "" });
  });

  test("comes from a registry or the catalog by its version, also through another module", async () => {
    const cwd = project({
      "site/module.yaml": manifest(
        "site",
        'modules:\n  page: { url: "oci://registry.example/page", version: 1.0.0 }\n',
      ),
      "outer/module.yaml": manifest("outer", "modules:\n  site: { url: file://../site }\n"),
      "outer/values.schema.json": schema({}),
      "outer/instances.yaml": "instances:\n  - module: site\n    values: { title: x }\n",
    });
    const run = (...line: string[]) => sheaf(line, { cwd });
    expect(await run("mod", "push", "page", "oci-layout:./pages", "-v", "1.0.0")).toMatchObject({ code: 0 });
    const mirror = ["--mirror", "registry.example/page=oci-layout:./pages"];
    const vetted = await run("mod", "vet", "outer", ...mirror);
    expect(vetted).toMatchObject({
      code: 0,
      stdout: "module outer is valid: 2 objects with default and example values\n",
    });
    expect((await run("mod", "vet", "outer", "--offline")).stderr).toContain(
      "site/module.yaml:6:16: oci://registry.example/page cannot be had: oci://registry.example/page:1.0.0 is not in the cache",
    );
  });

  test("brings its definitions once, its images, apply sets and checks", async () => {
    const crd = (labels: string) =>
      `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: pages.example.com${labels} }\nspec: { group: example.com, scope: Namespaced, names: { kind: Page, plural: pages }, versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }] }\n`;
    const cwd = project({ "page/crds/pages.yaml": crd("") });
    const { stdout } = await sheaf(["mod", "vet", "site"], { cwd });
    expect(stdout).toContain("3 objects");
  });

  test("has the last word on the version of Kubernetes", async () => {
    const cwd = project({ "b.yaml": bundle("file://./site") });
    const { stderr } = await sheaf(["bundle", "build", "-f", "b.yaml", "--kube-version", "1.29"], { cwd });
    expect(stderr).toContain("the module page 0.0.0-devel runs on Kubernetes >=1.30.0-0, but the target is 1.29.0");
  });

  test("never tells a value that was computed, since it may be secret", async () => {
    const cwd = project({ "b.yaml": bundle("file://./site", '{ title: "x", token: "S3CR3T" }') });
    const { stderr, code } = await sheaf(["bundle", "build", "-f", "b.yaml"], { cwd });
    expect(stderr).toContain(
      "site/instances.yaml:5:7: instances.0.values.token: *** (a secret) does not match ^[a-z]+$",
    );
    expect(stderr).not.toContain("S3CR3T");
    expect(code).toBe(1);
  });
});

test.each<[title: string, files: Record<string, string>, faults: string[]]>([
  [
    "values that the module inside does not take",
    { "site/instances.yaml": "instances:\n  - module: page\n    values:\n      titel: a\n      size: 1.5\n" },
    [
      "site/instances.yaml:4:7: instances.0.values.titel: unknown field; did you mean title?",
      "site/instances.yaml:5:7: instances.0.values.size: expected an integer, found the number 1.5",
    ],
  ],
  [
    "a fault of the module inside, with both places",
    { "page/templates/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{values.nothing}}\n" },
    [
      "site/modules/page/templates/map.yaml:4:9: values.nothing is undefined; ",
      ", in the instance of site/instances.yaml:2:3",
    ],
  ],
  [
    "a file of the module inside that is wrong",
    { "page/templates/map.yaml": "a: {{foo}\n" },
    ["site/modules/page/templates/map.yaml:1:4: the expression never ends"],
  ],
  [
    "an object that both make",
    {
      "site/templates/map.yaml":
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{instance.name}}\n  namespace: {{instance.namespace}}\n",
    },
    ["site/instances.yaml:2:3: ConfigMap/default/site is rendered twice, also at site/templates/map.yaml:1"],
  ],
  [
    "what no server takes, at its place in the module inside",
    {
      "page/templates/map.yaml":
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{instance.name}}\ndata:\n  a: {{values.size}}\n",
    },
    ["site/modules/page/templates/map.yaml:6:3: ConfigMap/site: data.a: expected a string"],
  ],
  [
    "a module that is not named",
    { "site/instances.yaml": "instances:\n  - module: pgae\n" },
    ["site/instances.yaml:2:5: module.yaml has no module pgae inside; did you mean page?"],
  ],
  [
    "a field that an instance does not have",
    { "site/instances.yaml": "instances:\n  - module: page\n    value: {}\n" },
    ["site/instances.yaml:3:5: unknown field value; did you mean values?"],
  ],
  [
    "no list",
    { "site/instances.yaml": "page:\n  values: {}\n" },
    ["site/instances.yaml:1:1: instances.yaml must be a map with a list of instances"],
  ],
  [
    "an instance without a module",
    { "site/instances.yaml": "instances:\n  - name: a\n" },
    ["site/instances.yaml:2:3: an instance needs its module as a string"],
  ],
  [
    "a folder that is not there",
    { "site/module.yaml": manifest("site", "modules:\n  page: { url: file://../pages }\n") },
    ["site/module.yaml:6:16: file://../pages does not exist"],
  ],
  [
    "a folder that is no module",
    { "site/module.yaml": manifest("site", "modules:\n  page: { url: file://../x }\n"), "x/a": "" },
    ["site/module.yaml:6:16: file://../x is no module: it has no module.yaml"],
  ],
  [
    "a folder elsewhere",
    { "site/module.yaml": manifest("site", "modules:\n  page: { url: file:///etc }\n") },
    ["site/module.yaml:6:16: file:///etc is outside of"],
  ],
  [
    "itself",
    { "page/module.yaml": manifest("page", "modules:\n  site: { url: file://../site }\n") },
    ["page/module.yaml:6:16: file://../site leads back to the module itself"],
  ],
  [
    "a version that may change",
    { "site/module.yaml": manifest("site", "modules:\n  page: { url: oci://a.example/page }\n") },
    ["site/module.yaml:6:16: oci://a.example/page needs its version beside it"],
  ],
  [
    "a version of a folder",
    { "site/module.yaml": manifest("site", "modules:\n  page: { url: file://../page, version: 1.0.0 }\n") },
    ["modules.page.version"],
  ],
])("%s is refused", async (_, files, faults) => {
  const cwd = project(files);
  const { stderr, code } = await sheaf(["mod", "vet", "site"], { cwd, env: { NO_COLOR: "1" } });
  for (const fault of faults) expect(stderr).toContain(fault);
  expect(code).toBe(1);
});
