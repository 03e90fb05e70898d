import { describe, expect, test } from "vitest";
import { isJsonObject, type JsonValue } from "../../src/engine/json/index.js";
import { listOptions } from "../../src/engine/module/index.js";
import { located, moduleAt, moduleNames, render } from "./catalog.js";
import { changesOf } from "./changes.js";
import { mergeValues } from "./merge-values.js";
import { optionCases } from "./option-cases/index.js";

describe.each(moduleNames)("%s", (name) => {
  const { base, instance, cases = [] } = optionCases[name] ?? {};

  test.each(cases.map((each) => ({ ...each, title: JSON.stringify(each.values).slice(0, 120) })))(
    "$title",
    async ({ base: own, values, changes }) => {
      const module = await moduleAt(name);
      const at = { name: "app", namespace: "apps", ...instance };
      const before = await render(module, located(base ?? {}), at);
      const after = await render(module, located(mergeValues(own ?? base ?? {}, values)), at);
      expect(changesOf(before, after)).toEqual(changes);
    },
  );

  test("every option has a case", async () => {
    const { schema } = await moduleAt(name);
    const set = cases.flatMap(({ values }) => pathsOf(values));
    const untried = listOptions(schema)
      .map(({ path }) => path)
      .filter((path) => !set.some((tried) => tried === path || tried.startsWith(`${path}.`)));
    expect(untried).toEqual([]);
  });
});

function pathsOf(value: JsonValue, path = ""): string[] {
  if (!isJsonObject(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([key, part]) => pathsOf(part, path === "" ? key : `${path}.${key}`))];
}
