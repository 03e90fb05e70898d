import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { valuesTypes } from "../../../src/engine/authoring/index.js";
import type { JsonObject } from "../../../src/engine/json/index.js";
import { defineBundle, loadBundle } from "../../../src/index.js";
import { moduleAt } from "../../modules/catalog.js";

const url = "oci://ghcr.io/stefanprodan/modules/flux-git-sync";

/** A program with the values of a Git sync, as a user's project has it: the package, and the types beside it. */
async function compile(values: string): Promise<string> {
  return compileProgram(
    `/// <reference path="./types.d.ts" />
import { defineBundle } from "sheaf";
export const source = defineBundle("apps", {
  podinfo: { module: { url: "${url}" }, namespace: "flux-system", values: ${values} },
  other: { module: { url: "oci://registry.example/other" }, namespace: "apps", values: { any: [1] } },
});
`,
    valuesTypes(await moduleAt("flux-git-sync"), url),
  );
}

/** What TypeScript says of a program and the types beside it. */
function compileProgram(program: string, types: string): string {
  const dir = mkdtempSync(join(tmpdir(), "sheaf-types-"));
  try {
    mkdirSync(join(dir, "node_modules"));
    symlinkSync(resolve("."), join(dir, "node_modules/sheaf"), "dir");
    writeFileSync(join(dir, "program.ts"), program);
    writeFileSync(join(dir, "types.d.ts"), types);
    writeFileSync(join(dir, "package.json"), '{ "type": "module" }');
    const compilerOptions = {
      strict: true,
      module: "NodeNext",
      target: "ES2023",
      noEmit: true,
      skipLibCheck: true,
      types: [],
    };
    writeFileSync(join(dir, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["program.ts"] }));
    execFileSync(process.execPath, [resolve("node_modules/typescript/bin/tsc"), "-p", dir], { stdio: "pipe" });
    return "";
  } catch (error) {
    if (error instanceof Error && "stdout" in error) return String(error.stdout);
    throw error;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

test.each<[values: string, fault: RegExp]>([
  ['{ git: { url: "https://a/b", path: "./" }, sync: { wait: false } }', /^$/],
  [
    '{ git: { url: "https://a/b", path: "./" }, sync: { wiat: false } }',
    /program.ts\(4,\d+\): .*'wiat' does not exist/,
  ],
  ['{ git: { url: "https://a/b" } }', /Property 'path' is missing/],
  ['{ git: { url: "https://a/b", path: "./", interval: "1m" } }', /Type 'string' is not assignable to type 'number'/],
])("TypeScript checks %s", async (values, fault) => {
  expect(await compile(values)).toMatch(fault);
});

test("a bundle that a program defines is loaded as one from a file", async () => {
  const source = defineBundle("apps", { a: { module: { url, version: "2.9.4-0" }, namespace: "flux-system" } });
  const { name, instances } = await loadBundle([source]);
  expect([name, instances.map((each) => [each.name, each.namespace, each.module.url, each.module.version])]).toEqual([
    "apps",
    [["a", "flux-system", url, "2.9.4-0"]],
  ]);
});

test("what comes in itself again is unknown there", () => {
  const again = { $ref: "#/$defs/tree" };
  const tree = {
    type: "object",
    additionalProperties: false,
    properties: { next: again, all: { type: "array", items: again } },
  };
  const schema = { type: "object", additionalProperties: false, properties: { tree: again }, $defs: { tree } };
  expect(valuesTypes({ name: "app", version: "1.0.0", schema }, url)).toContain(
    "{\n  readonly tree?: {\n    readonly next?: unknown;\n    readonly all?: readonly unknown[];\n  };\n}",
  );
});

test("TypeScript understands what schemas can say", () => {
  const closed = { type: "object", additionalProperties: false };
  const schema: JsonObject = {
    ...closed,
    required: ["a-b"],
    properties: {
      "a-b": { type: "string", description: "Ends a comment: */" },
      'quo"te': { type: ["boolean", "null"] },
      choice: { enum: ["a", 1, null] },
      constant: { const: { x: 1 } },
      map: { type: "object", additionalProperties: { type: "array", items: { enum: ["a", "b"] } } },
      forms: {
        oneOf: [
          { ...closed, required: ["x"], properties: { x: { type: "string" } } },
          { ...closed, required: ["y"], properties: { y: { $ref: "#/$defs/weird~1name" } } },
        ],
      },
      pair: { type: "array", minItems: 1, prefixItems: [{ type: "string" }, { type: "integer" }], items: false },
      nothing: closed,
      gone: false,
      preset: { type: "integer", default: 1 },
    },
    $defs: { "weird/name": { type: "integer" } },
  };
  const program = `/// <reference path="./types.d.ts" />
import type { ModuleValues } from "sheaf";
type Values = ModuleValues["${url}"];
export const right: Values[] = [
  { "a-b": "" },
  { "a-b": "", 'quo"te': null, choice: 1, constant: { x: 1 }, map: { k: ["a"] }, forms: { y: 1 }, pair: ["a", 2] },
  { "a-b": "", choice: null, forms: { x: "" }, pair: ["a"], nothing: {}, preset: 2 },
];
export const wrong: Values[] = [
${[
  "{}",
  '{ "a-b": "", choice: "b" }',
  '{ "a-b": "", constant: { x: 2 } }',
  '{ "a-b": "", map: { k: ["c"] } }',
  '{ "a-b": "", forms: { z: 1 } }',
  '{ "a-b": "", forms: { y: "" } }',
  '{ "a-b": "", pair: [] }',
  '{ "a-b": "", pair: ["a", 2, 3] }',
  '{ "a-b": "", nothing: { x: 1 } }',
  '{ "a-b": "", gone: 1 }',
]
  .map((values) => `  // @ts-expect-error\n  ${values},\n`)
  .join("")}];
`;
  expect(compileProgram(program, valuesTypes({ name: "app", version: "1.0.0", schema }, url))).toBe("");
});
