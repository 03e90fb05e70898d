import { expect, test } from "vitest";
import { readTests, runTest } from "../../../src/engine/authoring/index.js";
import { loadModule } from "../../../src/engine/module/index.js";
import { filesOf, podinfo } from "../module/module-files.js";

const module = await loadModule(filesOf(podinfo), { label: "podinfo" });
const values = "values: { url: 'https://a' }";

async function failuresOf(test: string): Promise<string[]> {
  const indented = test.replace(/^/gm, "    ").replace(/^ {4}/, "  - ");
  const [read] = await readTests(`tests:\n${indented}\n`, "a.yaml", "podinfo/tests/a.yaml");
  if (read === undefined) throw new TypeError("there is a test");
  return (await runTest(module, read)).flatMap(({ failures }) => failures);
}

test.each<[title: string, test: string]>([
  ["some fields", `name: a\n${values}\nobjects: [{ kind: Deployment, spec: { replicas: 1 } }]`],
  [
    "an object by its name",
    `name: a\n${values}\ninstance: { name: web }\nobjects: [{ kind: Deployment, metadata: { name: web } }]`,
  ],
  ["a count", `name: a\n${values}\ncount: 2`],
  ["what is not there", `name: a\n${values}\nabsent: [Secret, ConfigMap/podinfo-tls]`],
  ["an error", "name: a\nvalues: { url: 5 }\nerror: expected a string"],
  ["several versions", `name: a\n${values}\nkubeVersions: ["1.31", v1.35.2]`],
])("%s can be expected", async (_, text) => {
  expect(await failuresOf(text)).toEqual([]);
});

test.each<[test: string, failure: string]>([
  [
    `name: a\n${values}\nobjects: [{ kind: Deployment, spec: { replicas: 2, x: 1 } }]`,
    "Deployment/podinfo: spec.replicas: expected 2, found 1|Deployment/podinfo: spec.x: expected 1, found nothing",
  ],
  [
    `name: a\n${values}\nobjects: [{ kind: Deployment, spec: { template: { spec: { containers: [] } } } }]`,
    'Deployment/podinfo: spec.template.spec.containers: expected 0 items, found 1: [{"name":"app","image":"ghcr.io/stefanprodan/podinfo:6.0.0","args":["--url=https://a"]}]',
  ],
  [
    `name: a\n${values}\nobjects: [{ kind: Service }]`,
    "Service is not rendered; there are CustomResourceDefinition/pages.example.com, Deployment/podinfo",
  ],
  [`name: a\n${values}\nabsent: [Deployment]`, "Deployment must not be there, but Deployment/podinfo is rendered"],
  [
    `name: a\n${values}\ncount: 3`,
    "expected 3 objects, found 2: CustomResourceDefinition/pages.example.com, Deployment/podinfo",
  ],
  [
    `name: a\n${values}\nerror: url`,
    'expected an error with "url", but it rendered CustomResourceDefinition/pages.example.com, Deployment/podinfo',
  ],
  ["name: a\nvalues: { url: 5 }", "podinfo/tests/a.yaml:3:20: values.url: expected a string, found the number 5"],
  [
    "name: a\nvalues: { url: 5 }\nerror: other",
    'expected an error with "other", found podinfo/tests/a.yaml:3:20: values.url: expected a string, found the number 5',
  ],
])("%j: %s", async (text, failure) => {
  expect((await failuresOf(text)).join("|")).toBe(failure);
});

test.each<[text: string, fault: string]>([
  ["tests: [{ nam: a }]", "a.yaml:1:11: tests.0.nam: unknown field; did you mean name?"],
  ["tests: []", "a.yaml:1:8: tests: the value must NOT have fewer than 1 items"],
  ["tests: [{ name: a }, { name: a }]", 'a.yaml:1:30: there is a test "a" already; give it another name'],
  ["", "a.yaml:1:1: the file is empty"],
])("tests that cannot be read: %j", async (text, fault) => {
  await expect(readTests(text, "a.yaml", "a.yaml")).rejects.toThrow(fault);
});
