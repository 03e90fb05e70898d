// Builds everything that the package carries: the bundled command and library (esbuild), the declarations (tsc), the
// licences of what was bundled in, and the catalog of modules.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { lazyHelp } from "./lazy-help.js";
import { lazyPackages } from "./lazy-packages.js";
import { parsedJson } from "./parsed-json.js";
import { precompiledSchemas } from "./precompiled-schemas.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
const require = createRequire(import.meta.url);
const { version } = JSON.parse(readFileSync("package.json", "utf8"));

const plugins = [lazyHelp, lazyPackages, parsedJson];
/** @type {import("esbuild").BuildOptions} */
const shared = {
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  splitting: true,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  logOverride: { "import-is-undefined": "silent" }, // see lazy-packages.js
  // jsonc-parser's CommonJS form loads parts of itself in a way that cannot be bundled.
  alias: { "jsonc-parser": "jsonc-parser/lib/esm/main.js" },
  plugins,
  define: { SHEAF_VERSION: JSON.stringify(version) },
  // Bundled CommonJS packages call require() for Node's own modules.
  banner: {
    js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);',
  },
};

// Everything is made beside and put in place at the end, so that nobody runs half of a build.
const out = `dist-${process.pid}`;
const old = `${out}-old`;
try {
  await buildAll();
} finally {
  for (const dir of [out, old]) rmSync(dir, { recursive: true, force: true });
}

async function buildAll() {
  const schemas = await buildCatalog();
  const { metafile } = await build({
    ...shared,
    plugins: [precompiledSchemas(schemas, root), ...plugins],
    metafile: true,
    entryPoints: { cli: "src/cli/main.ts", index: "src/index.ts" },
    outdir: out,
    chunkNames: "chunks/[name]-[hash]",
  });
  writeFileSync(`${out}/THIRD-PARTY-LICENSES.txt`, licences(Object.keys(metafile.inputs)));

  const tsc = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");
  execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", `${out}/types`], { stdio: "inherit" });

  writeFileSync(`${out}/build-complete`, "");

  if (existsSync("dist")) renameSync("dist", old);
  renameSync(out, "dist");
}

/** Builds the catalog of modules; returns the rules of its schemas as JavaScript. */
async function buildCatalog() {
  const dir = `${out}/.build`;
  await build({ ...shared, entryPoints: ["scripts/build-catalog.ts", "scripts/precompile-schemas.ts"], outdir: dir });
  const load = (/** @type {string} */ name) => import(pathToFileURL(join(dir, `${name}.js`)).href);
  const outDir = join(root, out, "catalog");
  await (await load("build-catalog")).buildCatalog({ modulesDir: join(root, "modules"), outDir });
  const schemas = await (await load("precompile-schemas")).precompileSchemas(outDir);
  rmSync(dir, { recursive: true });
  return schemas;
}

/**
 * The licence texts of the packages that inputs of the bundle come from.
 * @param {string[]} inputs
 */
function licences(inputs) {
  const folders = new Set(inputs.map((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]));
  const texts = [];
  for (const folder of [...folders].filter((f) => f !== undefined).sort()) {
    const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = ["LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "license", "License"].find((name) =>
      existsSync(join(folder, name)),
    );
    const text = file === undefined ? "" : readFileSync(join(folder, file), "utf8").trim();
    texts.push(`${about.name} ${about.version} (${about.license})\n\n${text}\n`);
  }
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}
