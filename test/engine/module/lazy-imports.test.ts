import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { expect, test } from "vitest";

/** Everything that is loaded as soon as a file is: static imports, those of types alone left out. */
function loadedBy(file: string, packages: Map<string, string>, seen = new Set<string>()): Map<string, string> {
  if (seen.has(file)) return packages;
  seen.add(file);
  const text = readFileSync(file, "utf8");
  for (const [, clause = "", from = ""] of text.matchAll(/^(?:import|export) ([^;]*?) ?from "([^"]+)"/gms)) {
    const names =
      /\{([^}]*)\}/
        .exec(clause)?.[1]
        ?.split(",")
        .filter((name) => name.trim() !== "") ?? [];
    if (clause.startsWith("type ") || (names.length > 0 && names.every((name) => name.trim().startsWith("type "))))
      continue;
    if (!from.startsWith(".")) packages.set(from, relative("src", file));
    else if (from.endsWith(".js")) loadedBy(resolve(dirname(file), from.replace(/\.js$/, ".ts")), packages, seen);
  }
  return packages;
}

test.each(["src/engine/module/module.ts", "src/engine/template/index.ts", "src/engine/module/index.ts"])(
  "%s needs neither YAML, Handlebars nor ajv before they are used",
  (file) => {
    const packages = loadedBy(resolve(file), new Map());
    for (const heavy of ["yaml", "handlebars", "ajv", "ajv/dist/2020.js"]) expect(packages.get(heavy)).toBeUndefined();
  },
);

test("the compiler of templates does need them", () => {
  const packages = loadedBy(resolve("src/engine/template/compile.ts"), new Map());
  expect([...packages.keys()]).toEqual(expect.arrayContaining(["yaml", "handlebars"]));
});
