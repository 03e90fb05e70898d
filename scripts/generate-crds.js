/**
 * Generates the CustomResourceDefinitions of every Flux release from the controllers' Go API modules.
 *
 *     node scripts/generate-crds.js [FLUX-VERSION...]
 *
 * Needs Go and a Go module proxy, and some minutes. Which release uses which component, controller-gen and Go toolchain
 * stands in modules/flux-releases.json. The newest release goes to modules/flux-aio/crds, an older one to
 * modules/flux-aio/releases/<version>, where a file equal to that of another release is stored once: index.json there
 * says, per release and file, which release's folder has it. `crd:maxDescLen=0` leaves the structure without any text.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";

const modules = new URL("../modules/", import.meta.url);
/** @typedef {{ flux: string, controllerGen: string, goToolchain: string, components: Record<string, string> }} Release */
/** @type {{ releases: Release[] }} newest release first */
const { releases } = JSON.parse(readFileSync(new URL("flux-releases.json", modules), "utf8"));
const newest = releases[0]?.flux ?? "";
const crdsDir = new URL("flux-aio/crds/", modules);
const olderDir = new URL("flux-aio/releases/", modules);
const indexFile = new URL("index.json", olderDir);

const wanted = new Set(process.argv.slice(2));
const unknown = [...wanted].filter((version) => !releases.some(({ flux }) => flux === version));
if (unknown.length > 0) throw new Error(`not in flux-releases.json: ${unknown.join(", ")}`);

/** The files of each release, by name: newly generated where that is wanted, else those on disk. */
const generated = new Map();
const work = mkdtempSync(join(tmpdir(), "sheaf-crds-"));
try {
  for (const release of releases) {
    const isWanted = wanted.size === 0 || wanted.has(release.flux);
    generated.set(release.flux, isWanted ? generate(release) : readStored(release.flux));
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
store();

/**
 * @param {Release} release
 * @returns {Map<string, string>} file name to JSON text
 */
function generate({ flux, controllerGen, goToolchain, components }) {
  // controller-gen type-checks the standard library of the toolchain it was built with, so both runs need the same one.
  const env = {
    ...process.env,
    GOTOOLCHAIN: goToolchain,
    GOFLAGS: "-mod=mod",
    GOBIN: join(work, controllerGen),
    GONOSUMDB: "github.com/fluxcd/*", // the checksum database lacks some tags of the API modules
  };
  execFileSync("go", ["install", `sigs.k8s.io/controller-tools/cmd/controller-gen@${controllerGen}`], {
    cwd: work,
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const files = new Map();
  for (const [component, version] of Object.entries(components)) {
    const path = component === "source-watcher" ? "source-watcher/api/v2" : `${component}/api`;
    const download = execFileSync("go", ["mod", "download", "-json", `github.com/fluxcd/${path}@${version}`], {
      cwd: work,
      env,
      encoding: "utf8",
    });
    // The module itself as main module, as its own repository generates: its go.mod decides over every dependency.
    const source = join(work, flux, component);
    cpSync(JSON.parse(download).Dir, source, { recursive: true });
    makeWritable(source);
    const out = join(work, flux, `${component}-crds`);
    execFileSync(join(env.GOBIN, "controller-gen"), ["crd:maxDescLen=0", "paths=./...", `output:crd:dir=${out}`], {
      cwd: source,
      env,
      stdio: ["ignore", "inherit", "inherit"],
    });
    for (const name of readdirSync(out)) {
      const { apiVersion, kind, metadata, spec } = parse(readFileSync(join(out, name), "utf8"));
      const crd = { apiVersion, kind, metadata: { name: metadata.name, annotations: metadata.annotations }, spec };
      files.set(`${metadata.name}.json`, `${JSON.stringify(crd, null, 1)}\n`);
    }
  }
  console.log(`${flux}: ${files.size} CRDs with controller-gen ${controllerGen}`);
  return files;
}

/** Go's module cache is read-only. @param {string} dir */
function makeWritable(dir) {
  chmodSync(dir, 0o755);
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) makeWritable(join(dir, entry.name));
    else chmodSync(join(dir, entry.name), 0o644);
  }
}

/**
 * @param {string} flux
 * @returns {Map<string, string>}
 */
function readStored(flux) {
  /** @type {Record<string, Record<string, string>>} the newest release of then comes first */
  const index = JSON.parse(readFileSync(indexFile, "utf8"));
  const [newestThen] = Object.keys(index);
  const folderOf = (/** @type {string} */ holder) =>
    holder === newestThen ? crdsDir : new URL(`${holder}/`, olderDir);
  const files = Object.entries(index[flux] ?? {});
  if (files.length === 0) throw new Error(`${flux} was never generated: name it too`);
  return new Map(files.map(([name, holder]) => [name, readFileSync(new URL(name, folderOf(holder)), "utf8")]));
}

function store() {
  rmSync(crdsDir, { recursive: true, force: true });
  rmSync(olderDir, { recursive: true, force: true });
  /** @type {Map<string, string>} content to the release that holds it */
  const holders = new Map();
  /** @type {Record<string, Record<string, string>>} */
  const index = {};
  for (const [flux, files] of generated) {
    /** @type {Record<string, string>} */
    const entries = {};
    for (const [name, text] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const holder = holders.get(text) ?? flux;
      if (holder === flux) {
        holders.set(text, flux);
        const folder = flux === newest ? crdsDir : new URL(`${flux}/`, olderDir);
        mkdirSync(folder, { recursive: true });
        writeFileSync(new URL(name, folder), text);
      }
      entries[name] = holder;
    }
    index[flux] = entries;
  }
  mkdirSync(olderDir, { recursive: true });
  writeFileSync(indexFile, `${JSON.stringify(index, null, 1)}\n`);
}
