import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isJsonObject, type JsonObject, type JsonValue } from "../../src/engine/json/index.js";
import { resolveRef } from "../../src/engine/module/schema-options.js";
import { moduleAt, moduleNames } from "../modules/catalog.js";
import { optionCases } from "../modules/option-cases/index.js";

const rows = readFileSync("docs/coverage.md", "utf8")
  .split("\n")
  .filter((line) => /^\| (?!What \|)/.test(line));
const spans = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text));
const options = [...new Set(spans)].flatMap((span) => {
  const [, module = "", path = ""] = /^([\w-]+): (\S+)$/.exec(span) ?? [];
  return module.startsWith("flux-") ? [{ module, path: path.split(".") }] : [];
});

/** Whether a schema takes a value at a path, where `*` is a key of one's own. */
function takes(schema: JsonValue | undefined, path: readonly string[], root: JsonObject): boolean {
  if (!isJsonObject(schema)) return false;
  const [key, ...rest] = path;
  if (key === undefined) return true;
  const node = resolveRef(schema, root);
  const named = isJsonObject(node.properties) ? node.properties[key] : undefined;
  return takes(named ?? node.additionalProperties, rest, root);
}

function sets(value: JsonValue | undefined, path: readonly string[]): boolean {
  const [key, ...rest] = path;
  if (key === undefined) return value !== undefined;
  if (!isJsonObject(value)) return false;
  return key === "*" ? Object.values(value).some((each) => sets(each, rest)) : sets(value[key], rest);
}

describe("docs/coverage.md", () => {
  test("names options that are there", async () => {
    expect(options.length).toBeGreaterThan(100);
    const absent: string[] = [];
    for (const { module, path } of options) {
      const schema = moduleNames.includes(module) ? (await moduleAt(module)).schema : {};
      if (!takes(schema, path, schema)) absent.push(`${module}: ${path.join(".")}`);
    }
    expect(absent).toEqual([]);
  });

  test("names options that a case sets", () => {
    const untried = options.filter(({ module, path }) => {
      const { base, cases = [] } = optionCases[module] ?? {};
      return ![base, ...cases.flatMap((each) => [each.base, each.values])].some((values) => sets(values, path));
    });
    expect(untried).toEqual([]);
  });

  test("names tests that are there, in every row but those of what is not covered", () => {
    const files = spans.filter((span) => /^test\/.*\.ts$/.test(span));
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
    expect(rows.filter((row) => row.includes("`test/") === row.includes("| not covered"))).toEqual([]);
  });
});
