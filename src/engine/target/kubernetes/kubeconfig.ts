import { readFile } from "node:fs/promises";
import { delimiter, dirname, join, resolve } from "node:path";
import type { Document } from "yaml";
import { hasCode } from "../../files/index.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json/index.js";
import { TargetError } from "../errors.js";

/** A named cluster, user or context of a kubeconfig file. Its relative paths start at the folder of `file`. */
export type KubeconfigEntry = Readonly<{ name: string; file: string; fields: JsonObject }>;

/** All kubeconfig files that apply, merged as kubectl merges them: whoever names something first wins. */
export type Kubeconfig = Readonly<{
  /** The files that were read, in order. */
  files: readonly string[];
  currentContext: string;
  contexts: ReadonlyMap<string, KubeconfigEntry>;
  clusters: ReadonlyMap<string, KubeconfigEntry>;
  users: ReadonlyMap<string, KubeconfigEntry>;
}>;

/** Where to look: `explicitPath` is the one of a flag and must exist; else `KUBECONFIG`, else `home/.kube/config`. */
export type KubeconfigPlaces = Readonly<{
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  explicitPath?: string | undefined;
}>;

/**
 * Reads the kubeconfig files that kubectl would read.
 *
 * @returns The merged configuration, or undefined where no file exists
 * @throws {TargetError} `no-kubeconfig` when the explicit file does not exist, `bad-kubeconfig` for one that cannot be used
 * @see https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
export async function loadKubeconfig(places: KubeconfigPlaces): Promise<Kubeconfig | undefined> {
  const files: string[] = [];
  const merged = {
    currentContext: "",
    contexts: new Map<string, KubeconfigEntry>(),
    clusters: new Map<string, KubeconfigEntry>(),
    users: new Map<string, KubeconfigEntry>(),
  };
  for (const file of kubeconfigPaths(places)) {
    const text = await tryReadText(file);
    if (text === undefined) {
      if (places.explicitPath === undefined) continue;
      throw new TargetError("no-kubeconfig", `kubeconfig ${file} does not exist`);
    }
    files.push(file);
    const config = await parseKubeconfig(file, text);
    merged.currentContext ||= optionalText(config, "current-context", file);
    addEntries(merged.contexts, config, "contexts", "context", file);
    addEntries(merged.clusters, config, "clusters", "cluster", file);
    addEntries(merged.users, config, "users", "user", file);
  }
  return files.length === 0 ? undefined : { files, ...merged };
}

/** The files that are looked at, whether they exist or not. */
export function kubeconfigPaths({ env, home, explicitPath }: KubeconfigPlaces): string[] {
  if (explicitPath !== undefined) return [resolve(explicitPath)];
  const listed = (env.KUBECONFIG ?? "").split(delimiter).filter((path) => path !== "");
  return listed.length > 0 ? [...new Set(listed)] : [join(home, ".kube", "config")];
}

/** A text field of an entry; empty where it is absent. */
export function entryText(entry: KubeconfigEntry | undefined, field: string): string {
  return entry === undefined ? "" : optionalText(entry.fields, field, `${entry.file}: ${entry.name}`);
}

/** The path in a field of an entry, made absolute; empty where it is absent. */
export function entryPath(entry: KubeconfigEntry | undefined, field: string): string {
  const path = entryText(entry, field);
  return path === "" || entry === undefined ? "" : resolve(dirname(entry.file), path);
}

async function tryReadText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw new TargetError("bad-kubeconfig", `kubeconfig ${file} cannot be read: ${reason}`, { cause: error });
  }
}

async function parseKubeconfig(file: string, text: string): Promise<JsonObject> {
  const { LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [fault] = document.errors;
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0]);
    throw new TargetError("bad-kubeconfig", `${file}:${line}:${col}: kubeconfig is not YAML: ${fault.message}`);
  }
  const value = toValue(document, file);
  if (value === null) return {};
  if (!isJsonObject(value)) throw new TargetError("bad-kubeconfig", `${file}:1:1: kubeconfig is not a mapping`);
  return value;
}

function toValue(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // More aliases than anyone needs, or one of an anchor that is not there.
    const reason = error instanceof Error ? error.message : String(error);
    throw new TargetError("bad-kubeconfig", `${file}: kubeconfig cannot be read: ${reason}`, { cause: error });
  }
}

function addEntries(
  into: Map<string, KubeconfigEntry>,
  config: JsonObject,
  listName: string,
  fieldName: string,
  file: string,
): void {
  const list = config[listName] ?? [];
  if (!Array.isArray(list)) throw wrong(file, listName, "a list");
  for (const [index, item] of list.entries()) {
    const at = `${listName}[${index}]`;
    if (!isJsonObject(item)) throw wrong(file, at, "a mapping with a name");
    const name = optionalText(item, "name", `${file}: ${at}`);
    const fields: JsonValue = item[fieldName] ?? {};
    if (!isJsonObject(fields)) throw wrong(file, `${at}.${fieldName}`, "a mapping");
    if (!into.has(name)) into.set(name, { name, file, fields });
  }
}

function optionalText(fields: JsonObject, field: string, where: string): string {
  const value = fields[field] ?? "";
  if (typeof value !== "string") throw wrong(where, field, "text");
  return value;
}

function wrong(where: string, what: string, wanted: string): TargetError {
  return new TargetError("bad-kubeconfig", `kubeconfig ${where}: ${what} is not ${wanted}`);
}
