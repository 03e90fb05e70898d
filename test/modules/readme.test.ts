import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { updateReadme } from "../../src/engine/module/option-table.js";
import { allVersions, located, moduleAt, moduleNames, modulesDir, render, renderInstances } from "./catalog.js";

describe.each(moduleNames)("the README of %s", (module) => {
  const path = join(modulesDir, module, "README.md");

  // `npx vitest run test/modules/readme.test.ts -u` writes the tables anew.
  test("has the options that the schema has", async () => {
    const { schema } = await moduleAt(module);
    await expect(updateReadme(readFileSync(path, "utf8"), schema)).toMatchFileSnapshot(path);
  });
});

test("an older version's README shows its own version, options and defaults", () => {
  const old = allVersions.find(({ module, version }) => module === "flux-aio" && version === "2.2.3-0");
  const readme = Buffer.from(old?.files.get("README.md") ?? []).toString("utf8");
  expect(readme).toContain('version: "2.2.3-0"');
  expect(readme).toContain('| `controllers.source.image.tag` | string | `"v1.2.4"` |');
  expect(readme).not.toContain("controllers.watcher");
  expect(readme).not.toContain("2.9.4-0");
});

describe.each(moduleNames)("the examples of %s's README", (module) => {
  const readme = readFileSync(join(modulesDir, module, "README.md"), "utf8");
  const examples = [...readme.matchAll(/^```(cue|yaml)\n(.*?)^```$/gms)].map(([, format = "", text = ""]) => ({
    format,
    text,
  }));

  test("are there in CUE and in YAML", () => {
    expect(examples.map(({ format }) => format)).toEqual(["cue", "yaml"]);
  });

  test.each(examples)("build: $format", async ({ format, text }) => {
    const objects = await renderInstances({ name: `README.${format}`, bytes: Buffer.from(text) }, () => "secret");
    expect(objects.length).toBeGreaterThan(0);
  });

  test("render where they are values alone", async () => {
    for (const [, text = ""] of readme.matchAll(/^```yaml values\n(.*?)^```$/gms)) {
      const { values } = parse(text);
      const objects = await render(await moduleAt(module), located(values), { name: "flux", namespace: "apps" });
      expect(objects.length, text).toBeGreaterThan(0);
    }
  });
});
