import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { satisfies } from "semver";
import { parse, parseDocument } from "yaml";
import { throwFaults } from "../src/engine/diagnostics/index.js";
import { isJsonObject, type JsonObject, toJson } from "../src/engine/json/index.js";
import { updateReadme } from "../src/engine/module/option-table.js";
import { readLocated } from "../src/engine/module/read-located.js";
import { inlineSchemaFiles } from "../src/engine/module/schema-files.js";
import { resolveRef } from "../src/engine/module/schema-options.js";
import { sinceKeyword } from "../src/engine/schema/index.js";

/** One version of a module: its files by path, as they are packed. */
export type ModuleVersion = Readonly<{ module: string; version: string; files: Map<string, Uint8Array> }>;

/**
 * modules/flux-releases.json. `features` says which releases have what. `options` says what an option of a module goes
 * with: a feature, or a field of a custom resource (`GitRepository.sparseCheckout` is below its `spec`), or one of several
 * fields. In the path of an option `*` is any key of a map, and `[]` any item of a list.
 */
type ReleaseTable = Readonly<{
  features: Readonly<Record<string, string>>;
  options: Readonly<Record<string, OptionSources>>;
  releases: readonly Readonly<{ flux: string; components: Readonly<Record<string, string>> }>[];
}>;

type OptionSources = Readonly<Record<string, string | readonly string[]>>;

/** What is particular to a release, with the version of each kind that its definition stores: its name, and its schema. */
type Release = Readonly<{
  flux: string;
  components: Readonly<Record<string, string>>;
  features: ReadonlyMap<string, boolean>;
  apiVersions: ReadonlyMap<string, string>;
  schemas: ReadonlyMap<string, JsonObject>;
  crds: ReadonlyMap<string, Uint8Array>;
}>;

/**
 * Every version of every module: one per Flux release of modules/flux-releases.json, newest first. A module's folder
 * is its newest version as it stands; an older one has other constants, defaults and custom resource definitions, and
 * lacks the options of what its release did not have.
 *
 * @param modulesDir The folder `modules` of the repository
 */
export function moduleVersions(modulesDir: string): ModuleVersion[] {
  const table: ReleaseTable = JSON.parse(readFileSync(join(modulesDir, "flux-releases.json"), "utf8"));
  const releases = readReleases(modulesDir, table);
  const [first] = releases;
  const newest = first === undefined ? "" : versionOf(first);
  return moduleNames(modulesDir).flatMap((module) => {
    const source = readModule(join(modulesDir, module));
    return releases.map((release) => ({
      module,
      version: versionOf(release),
      files: filesOf(source, module, release, sourcedOptions(table.options[module] ?? {}, releases), newest),
    }));
  });
}

function versionOf({ flux }: Release): string {
  return `${flux}-0`;
}

function moduleNames(modulesDir: string): string[] {
  return readdirSync(modulesDir)
    .filter((name) => existsSync(join(modulesDir, name, "module.yaml")))
    .sort();
}

/** The files of a module's folder, its definitions left out. */
function readModule(folder: string): Map<string, Uint8Array> {
  const templates = readdirSync(join(folder, "templates")).map((name) => `templates/${name}`);
  const paths = ["module.yaml", "metadata.yaml", "patches.yaml", "values.schema.json", "README.md", ...templates];
  const there = paths.filter((path) => existsSync(join(folder, path)));
  const { include = {} }: { include?: Record<string, string> } = parse(
    readFileSync(join(folder, "module.yaml"), "utf8"),
  );
  return new Map([
    ...there.map((path) => [path, readFileSync(join(folder, path))] as const),
    ...Object.entries(include).map(([path, from]) => [path, readFileSync(join(folder, from))] as const),
  ]);
}

/** The schema of a module with what it takes from other files in its place: versions lack some of it. */
function wholeSchema(files: ReadonlyMap<string, Uint8Array>): JsonObject {
  const read = (path: string) => {
    const bytes = files.get(path);
    return bytes && readLocated(Buffer.from(bytes).toString("utf8"), path).documents[0];
  };
  const own = read("values.schema.json");
  if (own === undefined) throw new Error("a module has values.schema.json");
  const { located, faults } = inlineSchemaFiles(own, read);
  throwFaults(faults);
  const schema = toJson(located);
  if (!isJsonObject(schema)) throw new Error("a schema is an object");
  return schema;
}

function readReleases(modulesDir: string, table: ReleaseTable): Release[] {
  const folder = join(modulesDir, "flux-aio");
  const index: Record<string, Record<string, string>> = JSON.parse(
    readFileSync(join(folder, "releases", "index.json"), "utf8"),
  );
  const newest = table.releases[0]?.flux;
  return table.releases.map(({ flux, components }) => {
    const definitions = index[flux];
    if (definitions === undefined) throw new Error(`Flux ${flux} has no definitions; run scripts/generate-crds.js`);
    const crds = new Map(
      Object.entries(definitions).map(([name, holder]) => [
        `crds/${name}`,
        readFileSync(holder === newest ? join(folder, "crds", name) : join(folder, "releases", holder, name)),
      ]),
    );
    const features = new Map(
      Object.entries(table.features).map(([feature, range]) => [feature, satisfies(flux, range)]),
    );
    return { flux, components, features, ...storedVersions(crds), crds };
  });
}

function storedVersions(crds: ReadonlyMap<string, Uint8Array>): Pick<Release, "apiVersions" | "schemas"> {
  type Version = { name: string; storage: boolean; schema: { openAPIV3Schema: JsonObject } };
  type Definition = { spec: { group: string; names: { kind: string }; versions: Version[] } };
  const apiVersions = new Map<string, string>();
  const schemas = new Map<string, JsonObject>();
  for (const bytes of crds.values()) {
    const { spec }: Definition = JSON.parse(Buffer.from(bytes).toString("utf8"));
    const stored = spec.versions.find(({ storage }) => storage);
    if (stored === undefined) continue;
    apiVersions.set(spec.names.kind, `${spec.group}/${stored.name}`);
    schemas.set(spec.names.kind, stored.schema.openAPIV3Schema);
  }
  return { apiVersions, schemas };
}

/** Options with what they go with, and the oldest release that has it. */
type SourcedOptions = readonly Readonly<{ path: string; from: readonly string[]; since: Release | undefined }>[];

function sourcedOptions(options: OptionSources, releases: readonly Release[]): SourcedOptions {
  return Object.entries(options).map(([path, sources]) => {
    const from = [sources].flat();
    return { path, from, since: releases.findLast((release) => hasSource(release, from)) };
  });
}

function hasSource(release: Release, from: readonly string[]): boolean {
  return from.some((source) => release.features.get(source) ?? fieldOf(release, source) !== undefined);
}

function filesOf(
  source: ReadonlyMap<string, Uint8Array>,
  module: string,
  release: Release,
  options: SourcedOptions,
  newest: string,
): Map<string, Uint8Array> {
  const files = new Map(source);
  const rewrite = (path: string, change: (text: string) => string): string => {
    const before = Buffer.from(files.get(path) ?? []).toString("utf8");
    const after = change(before);
    if (after !== before) files.set(path, Buffer.from(after));
    return after;
  };
  rewrite("module.yaml", (text) => withConstants(text, release));
  const schema = wholeSchema(files);
  rewrite("values.schema.json", (text) =>
    withOptions(schema, module, release, options) ? `${JSON.stringify(schema, null, 2)}\n` : text,
  );
  rewrite("README.md", (text) => updateReadme(text.replaceAll(newest, versionOf(release)), schema));
  if (module === "flux-aio") for (const [path, bytes] of release.crds) files.set(path, bytes);
  return files;
}

/** The text of module.yaml with the release's own features and API versions, of those that it names. */
function withConstants(text: string, release: Release): string {
  const document = parseDocument(text);
  const { constants }: { constants?: { features?: object; apiVersions?: object } } = document.toJS();
  let changed = false;
  const set = (path: readonly string[], before: unknown, after: unknown): void => {
    if (after === undefined) throw new Error(`${path.join(".")} is nothing that modules/flux-releases.json knows`);
    if (before === after) return;
    document.setIn(path, after);
    changed = true;
  };
  for (const [name, value] of Object.entries(constants?.features ?? {}))
    set(["constants", "features", name], value, release.features.get(name));
  for (const [kind, value] of Object.entries(constants?.apiVersions ?? {}))
    set(["constants", "apiVersions", kind], value, release.apiVersions.get(kind));
  return changed ? document.toString({ lineWidth: 0 }) : text;
}

/**
 * Gives a schema the release's own defaults and choices, and takes the options that it lacks, which it keeps the names of;
 * tells whether it changed.
 */
function withOptions(schema: JsonObject, module: string, release: Release, options: SourcedOptions): boolean {
  let changed = false;
  for (const { path, from, since } of options) {
    const option = optionAt(schema, path);
    if (option === undefined) throw new Error(`${module} has no option ${path}`);
    const fields = from.map((field) => fieldOf(release, field)).filter((field) => field !== undefined);
    if (!hasSource(release, from)) {
      option.remove(since === undefined ? undefined : versionOf(since));
      changed = true;
    } else if (narrowChoice(option.schema, fields)) changed = true;
  }
  for (const [path, value] of defaultsOf[module]?.(release) ?? []) {
    const option = optionAt(schema, path);
    if (option === undefined) throw new Error(`${module} has no option ${path}`);
    if (option.schema.default === value) continue;
    option.schema.default = value;
    changed = true;
  }
  return changed;
}

/** An option of a schema, and how to take it out; undefined where there is none, which is as well for one in another. */
function optionAt(root: JsonObject, path: string): Option | undefined {
  const steps = path.replaceAll("[]", ".[]").split(".");
  const name = steps.pop() ?? "";
  let at: JsonObject = root;
  for (const step of steps) {
    const below = belowOf(at, step, root);
    if (below === undefined) return undefined;
    at = below;
  }
  const { properties, [sinceKeyword]: later } = resolveRef(at, root);
  const schema = belowOf(at, name, root);
  if (schema === undefined || !isJsonObject(properties)) return undefined;
  return {
    schema,
    remove(since) {
      delete properties[name];
      if (since !== undefined) at[sinceKeyword] = { ...(isJsonObject(later) && later), [name]: since };
    },
  };
}

/** `since` is the oldest version that has it. */
type Option = Readonly<{ schema: JsonObject; remove(since: string | undefined): void }>;

function belowOf(node: JsonObject, step: string, root: JsonObject): JsonObject | undefined {
  const { properties, additionalProperties, items } = resolveRef(node, root);
  const named = isJsonObject(properties) ? properties[step] : undefined;
  const below = step === "[]" ? items : step === "*" ? additionalProperties : named;
  return isJsonObject(below) ? below : undefined;
}

/** The schema that a release's definition has for a field, `KIND.path.below.spec`. */
function fieldOf({ schemas }: Release, field: string): JsonObject | undefined {
  const [kind = "", ...steps] = field.replaceAll("[]", ".[]").split(".");
  let at = schemas.get(kind);
  for (const step of ["spec", ...steps]) at = at && belowOf(at, step, at);
  return at;
}

/** Leaves of an option's choices those that a field has. */
function narrowChoice(option: JsonObject, fields: readonly JsonObject[]): boolean {
  const choices = fields.flatMap((field) => (Array.isArray(field.enum) ? field.enum : []));
  if (!Array.isArray(option.enum) || choices.length === 0) return false;
  const both = option.enum.filter((choice) => choices.includes(choice));
  if (both.length === option.enum.length) return false;
  option.enum = both;
  return true;
}

const controllers = {
  source: "source-controller",
  kustomize: "kustomize-controller",
  helm: "helm-controller",
  notification: "notification-controller",
  imageReflector: "image-reflector-controller",
  imageAutomation: "image-automation-controller",
  watcher: "source-watcher",
} as const;

/** The defaults that go with the release, by module and path. */
const defaultsOf: Readonly<Record<string, (release: Release) => [path: string, value: string][]>> = {
  "flux-aio": controllerDefaults,
  "flux-instance": ({ flux }) => [["distribution.version", flux.replace(/\.\d+$/, ".x")]],
};

function controllerDefaults({ flux, components, features }: Release): [path: string, value: string][] {
  const tags = Object.entries(controllers).flatMap(([key, component]): [string, string][] => {
    const version = components[component];
    return version === undefined ? [] : [[`controllers.${key}.image.tag`, version]];
  });
  // Artifacts of source-watcher are used by others only behind this gate.
  const gates = features.get("sourceWatcher") ? "ExternalArtifact=true" : "";
  return [
    ["version", `v${flux}`],
    ...tags,
    ["controllers.kustomize.featureGates", gates],
    ["controllers.helm.featureGates", gates],
  ];
}
