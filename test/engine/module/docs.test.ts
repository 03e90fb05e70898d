import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readTests, runTest } from "../../../src/engine/authoring/index.js";
import { loadModule, optionTable, vetModule } from "../../../src/engine/module/index.js";
import { formats } from "../../../src/engine/schema/index.js";
import { filesOf } from "./module-files.js";

const page = readFileSync("docs/modules.md", "utf8");

function blockOf(name: string): string {
  const text = new RegExp(`^\`\`\`\\w+ ${name}\\n(.*?)^\`\`\`$`, "ms").exec(page)?.[1];
  if (text === undefined) throw new Error(`docs/modules.md has no block ${name}`);
  return text;
}

function moduleFiles() {
  return filesOf({
    "module.yaml": blockOf("module"),
    "values.schema.json": blockOf("schema"),
    "templates/app.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{instance.name}}\n  labels:\n    app.kubernetes.io/name: app\n" +
      'data:\n  host: {{values.host}}\n  replicas: "{{values.replicas}}"\n' +
      "  image: {{module.constants.image}}:{{values.image.tag}}\n",
  });
}

test("the module of docs/modules.md vets clean", async () => {
  const { faults, warnings, objects } = await vetModule(moduleFiles());
  expect([...faults, ...warnings].map(({ message }) => message)).toEqual([]);
  expect(objects).toHaveLength(1);
});

test("its tests pass", async () => {
  const module = await loadModule(moduleFiles());
  const tests = await readTests(blockOf("tests"), "app.yaml", "tests/app.yaml");
  const results = await Promise.all(tests.map((each) => runTest(module, each)));
  expect(results.flat().map(({ failures }) => failures)).toEqual([[], [], []]);
});

test("its table of options is what its schema gives", () => {
  expect(blockOf("options").trim()).toBe(optionTable(JSON.parse(blockOf("schema"))));
});

test("its formats are those that are checked", () => {
  const rows = Object.entries(formats).map(([name, { example }]) => `| \`${name}\` | ${example} |`);
  const table = ["| Format | For example |", "|---|---|", ...rows].join("\n");
  expect(/<!-- formats:start -->\n(.*)\n<!-- formats:end -->/s.exec(page)?.[1]).toBe(table);
});
