/**
 * Generates src/engine/kube-schema/kubernetes-api.json: what the API servers of several Kubernetes releases accept, in a compact form.
 *
 *     node scripts/generate-kube-schemas.js
 *
 * Needs Go and a Go module proxy. The structure comes from the OpenAPI document of each API server, choices of strings from
 * the definitions that the server is compiled with, and when an API was deprecated and removed from the API types. No
 * text is taken over. A definition that stays the same over several releases is stored once.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The last patch release known of each minor; the first one is the oldest that is checked against. */
const kubernetes = ["1.31.14", "1.32.13", "1.33.13", "1.34.4", "1.35.4", "1.36.3"];
const lifecycleModules = [
  "k8s.io/api@v0.36.2",
  "k8s.io/apiextensions-apiserver@v0.36.2",
  "k8s.io/kube-aggregator@v0.35.4",
];
/** What the types do not say: those of older APIs are gone, and some were deprecated alone. */
const forgotten = {
  "policy/v1beta1/PodSecurityPolicy": { deprecated: "1.21", removed: "1.25" },
  "extensions/v1beta1/PodSecurityPolicy": { deprecated: "1.10", removed: "1.16" },
  "autoscaling/v2beta1/HorizontalPodAutoscaler": {
    deprecated: "1.22",
    removed: "1.25",
    replacement: "autoscaling/v2/HorizontalPodAutoscaler",
  },
  "autoscaling/v2beta2/HorizontalPodAutoscaler": {
    deprecated: "1.23",
    removed: "1.26",
    replacement: "autoscaling/v2/HorizontalPodAutoscaler",
  },
  "v1/ComponentStatus": { deprecated: "1.19" },
  "v1/Endpoints": { deprecated: "1.33", replacement: "discovery.k8s.io/v1/EndpointSlice" },
  "batch/v2alpha1/CronJob": { deprecated: "1.8", removed: "1.21", replacement: "batch/v1/CronJob" },
};

/** Types that JSON writes in several ways, or of which the document says less than the server knows. @type {Record<string, Schema>} */
const special = {
  "resource.Quantity": { format: "quantity" },
  "intstr.IntOrString": { format: "int-or-string" },
  "meta.v1.Time": { type: "string", format: "date-time" },
  "meta.v1.MicroTime": { type: "string", format: "date-time" },
  "meta.v1.FieldsV1": {},
  "runtime.RawExtension": {},
  // Checked as a schema by the server; here, whatever its author wrote.
  "apiextensions.v1.JSONSchemaProps": {},
};

/** @typedef {{ [key: string]: any }} Schema */
/** @typedef {{ from: string, to: string, schema: Schema }} Variant the first and the last minor release that it holds for */

const out = new URL("../src/engine/kube-schema/kubernetes-api.json", import.meta.url);
const work = mkdtempSync(join(tmpdir(), "sheaf-kube-"));
try {
  /** @type {Record<string, Variant[]>} */
  const definitions = {};
  /** @type {Record<string, string>} */
  const kinds = {};
  for (const release of kubernetes) {
    const dir = download(`k8s.io/kubernetes@v${release}`);
    const found = read(dir);
    Object.assign(kinds, found.kinds);
    const minor = release.split(".").slice(0, 2).join(".");
    for (const [name, schema] of found.definitions) {
      definitions[name] ??= [];
      add(definitions[name], minor, schema);
    }
    console.log(`${minor}: ${Object.keys(found.kinds).length} kinds, ${found.definitions.size} definitions`);
  }
  const versions = kubernetes.map((release) => release.split(".").slice(0, 2).join("."));
  const lifecycle = { ...readLifecycle(lifecycleModules.map(download)), ...forgotten };
  const sections = Object.entries({ kinds, lifecycle, definitions }).map(
    ([title, entries]) => `"${title}":{\n${lines(entries)}\n}`,
  );
  writeFileSync(out, `{"versions":${JSON.stringify(versions)},\n${sections.join(",\n")}}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** The folder of a Go module. @param {string} module */
function download(module) {
  const text = execFileSync("go", ["mod", "download", "-json", module], { cwd: work, encoding: "utf8" });
  return JSON.parse(text).Dir;
}

/** One entry a line, sorted, for readable changes. @param {Record<string, unknown>} entries */
function lines(entries) {
  const sorted = Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",\n");
}

/** @param {Variant[]} variants @param {string} minor @param {Schema} schema */
function add(variants, minor, schema) {
  const last = variants.at(-1);
  if (last !== undefined && JSON.stringify(last.schema) === JSON.stringify(schema)) last.to = minor;
  else variants.push({ from: minor, to: minor, schema });
}

/** What one API server accepts: kinds that a user writes, and the definitions that they are made of. @param {string} dir */
function read(dir) {
  const swagger = JSON.parse(readFileSync(join(dir, "api/openapi-spec/swagger.json"), "utf8"));
  const enums = readEnums(readFileSync(join(dir, "pkg/generated/openapi/zz_generated.openapi.go"), "utf8"));
  /** @type {Record<string, string>} */
  const kinds = {};
  /** @type {Map<string, Schema>} */
  const definitions = new Map();
  const addDefinition = (/** @type {string} */ id) => {
    const name = shortName(id);
    if (definitions.has(name)) return;
    const refs = new Set();
    const whole = compact(swagger.definitions[id], refs, enums.get(name) ?? {});
    definitions.set(name, special[name] ?? whole);
    if (special[name] === undefined) for (const ref of refs) addDefinition(ref);
  };
  for (const [id, definition] of Object.entries(swagger.definitions)) {
    const [gvk, ...others] = definition["x-kubernetes-group-version-kind"] ?? [];
    // Options, lists and events of the protocol are no objects that a module renders.
    if (gvk === undefined || others.length > 0 || !definition.properties?.metadata || definition.properties.items)
      continue;
    kinds[[gvk.group, gvk.version, gvk.kind].filter((part) => part !== "").join("/")] = shortName(id);
    addDefinition(id);
  }
  return { kinds, definitions };
}

/** `io.k8s.api.core.v1.Pod` is `core.v1.Pod`. @param {string} id */
function shortName(id) {
  const parts = id.split(".");
  return /^v\d/.test(parts.at(-2) ?? "") ? parts.slice(-3).join(".") : parts.slice(-2).join(".");
}

/** @param {Schema} node @param {Set<string>} refs @param {Record<string, string[]>} [enums] @returns {Schema} */
function compact(node, refs, enums = {}) {
  if (node.$ref !== undefined) {
    const id = node.$ref.replace("#/definitions/", "");
    refs.add(id);
    return { $ref: shortName(id) };
  }
  /** @type {Schema} */
  const made = {};
  if (node.type !== undefined) made.type = node.type;
  if (node.format !== undefined) made.format = node.format;
  if (node.required !== undefined) made.required = node.required;
  if (node.properties !== undefined) {
    made.properties = Object.fromEntries(
      Object.entries(node.properties).map(([name, child]) => {
        // The server keeps a status out of what is applied.
        if (name === "status" && node["x-kubernetes-group-version-kind"]) return [name, {}];
        const choices = enums[name];
        return [name, withEnum(compact(child, refs), choices)];
      }),
    );
  }
  if (node.items !== undefined) made.items = compact(node.items, refs);
  if (node.additionalProperties !== undefined) made.additionalProperties = compact(node.additionalProperties, refs);
  return made;
}

/** @param {Schema} schema @param {string[] | undefined} choices @returns {Schema} */
function withEnum(schema, choices) {
  if (choices === undefined) return schema;
  if (schema.type === "array") return { ...schema, items: { ...schema.items, enum: choices } };
  return { ...schema, enum: choices };
}

/**
 * The choices of strings by definition and property, from the definitions that the server is compiled with.
 * @param {string} source
 */
function readEnums(source) {
  /** @type {Map<string, Record<string, string[]>>} */
  const found = new Map();
  for (const [, name = "", body = ""] of source.matchAll(/\nfunc schema_(\w+)\([^\n]*\{\n(.*?)\n\}/gs)) {
    const id = name.split("_").slice(-3).join(".");
    let property = "";
    for (const line of body.split("\n")) {
      property = /^\t{5,6}"(\w+)": \{$/.exec(line)?.[1] ?? property;
      const choices = /^\s+Enum:\s+\[\]interface\{\}\{(.*)\},$/.exec(line)?.[1];
      if (choices === undefined) continue;
      const properties = found.get(id) ?? {};
      properties[property] = JSON.parse(`[${choices}]`);
      found.set(id, properties);
    }
  }
  return found;
}

/** When APIs were deprecated and removed, by apiVersion and kind. @param {string[]} dirs */
function readLifecycle(dirs) {
  /** @type {Record<string, { deprecated?: string, removed?: string, replacement?: string }>} */
  const found = {};
  for (const dir of dirs) {
    for (const path of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
      if (!path.endsWith("/zz_generated.prerelease-lifecycle.go")) continue;
      const folder = path.split("/").slice(0, -1);
      const registered = readFileSync(join(dir, ...folder, "register.go"), "utf8");
      const group = /GroupName\s+= "([^"]*)"/.exec(registered)?.[1];
      const version = folder.at(-1);
      const source = readFileSync(join(dir, path), "utf8");
      const statements = (/** @type {string} */ what) =>
        source.matchAll(new RegExp(`func \\(in \\*(\\w+)\\) APILifecycle${what}\\(\\).*?\\{\\n\\treturn (.*)\\n`, "g"));
      const keyOf = (/** @type {string} */ kind) => [group, version, kind].filter(Boolean).join("/");
      const of = (/** @type {string} */ kind) => {
        const about = found[keyOf(kind)] ?? {};
        found[keyOf(kind)] = about;
        return about;
      };
      for (const [, kind = "", release = ""] of statements("Deprecated"))
        of(kind).deprecated = release.replace(", ", ".");
      for (const [, kind = "", release = ""] of statements("Removed")) of(kind).removed = release.replace(", ", ".");
      for (const [, kind = "", gvk = ""] of statements("Replacement"))
        of(kind).replacement = [...gvk.matchAll(/: "([^"]*)"/g)]
          .map(([, part]) => part)
          .filter(Boolean)
          .join("/")
          .replace(/List$/, "");
    }
  }
  const isList = (/** @type {string} */ key) => key.endsWith("List") || key.endsWith("Review");
  const wanted = (/** @type {string} */ key) => !isList(key) && found[key]?.deprecated !== undefined;
  return Object.fromEntries(Object.entries(found).filter(([key]) => wanted(key)));
}
