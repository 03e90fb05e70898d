import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

/** The layers from the bottom to the top: a file imports from its own layer and from those before it. */
const layers = [
  "engine/diagnostics",
  "engine/json",
  "engine/files",
  "engine/network",
  "engine/yaml",
  "engine/cue",
  "engine/source",
  "engine/runtime",
  "engine/schema",
  "engine/bundle",
  "engine/object",
  "engine/kube-schema",
  "engine/patch",
  "engine/template",
  "engine/oci",
  "engine/module",
  "engine/authoring",
  "engine/inventory",
  "engine/plan",
  "engine/build",
  "engine/target",
  "engine/fleet",
  "engine/apply",
  "engine/publish",
  "cli",
];

const src = resolve("src");

function layerOf(path: string): string | undefined {
  return layers.find((layer) => relative(src, path).startsWith(`${layer}/`));
}

function* imports(file: string): Generator<string> {
  for (const [, from = ""] of readFileSync(file, "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
    yield resolve(dirname(file), from);
  }
}

const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join(src, name));

test("every source file belongs to a layer", () => {
  const outside = files.filter((file) => layerOf(file) === undefined).map((file) => relative(src, file));
  expect(outside).toEqual(["index.ts"]);
});

test("imports point downwards only, and through a layer's index", () => {
  const faults: string[] = [];
  for (const file of files) {
    const from = layerOf(file);
    for (const target of imports(file)) {
      const to = layerOf(target);
      if (from === undefined || from === to || target.startsWith(resolve("schemas"))) continue;
      const place = `${relative(src, file)} → ${relative(src, target)}`;
      if (to === undefined || layers.indexOf(to) > layers.indexOf(from)) faults.push(`${place}: upwards`);
      else if (!target.endsWith("/index.js")) faults.push(`${place}: past the index`);
    }
  }
  expect(faults).toEqual([]);
});
