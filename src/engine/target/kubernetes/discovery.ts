import type { JsonValue } from "../../json/index.js";
import type { ObjectRef } from "../../object/index.js";
import { TargetError } from "../errors.js";
import { apiError, parseBody } from "./api-errors.js";
import { objectsAt, textAt, textsAt, valueAt } from "./fields.js";
import type { HttpClient } from "./http.js";

/**
 * Where the API serves a kind. `hasStatus` tells whether it has a status of its own, which controllers fill; `isDeletable`
 * whether its objects can be deleted (those that are computed, such as metrics, cannot).
 */
export type Resource = Readonly<{
  group: string;
  version: string;
  /** Group and version as objects name them: `apps/v1`. */
  apiVersion: string;
  kind: string;
  /** The name in the path: `deployments`. */
  plural: string;
  namespaced: boolean;
  hasStatus: boolean;
  isDeletable: boolean;
}>;

const aggregated = ["v2", "v2beta1"]
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat("application/json")
  .join(",");

/**
 * Maps kinds to the resources that serve them. One request (aggregated discovery, Kubernetes 1.26 and later) tells all
 * groups, a second one the core group; each is sent when a kind of it is first asked for.
 */
export class Discovery {
  readonly #http: HttpClient;
  #core: Promise<GroupTable> | undefined;
  #groups: Promise<GroupTable> | undefined;
  readonly #outdated = new Set<string>();

  constructor(http: HttpClient) {
    this.#http = http;
  }

  /**
   * The resource of a kind: at the version of the reference where that is served, else at the group's preferred one (an
   * inventory may name a version that an upgrade has dropped). Undefined where the server does not know the kind.
   *
   * @throws {TargetError} Where a version that could not be read may have it: then the kind is not known to be absent
   */
  async find(ref: ObjectRef, signal?: AbortSignal): Promise<Resource | undefined> {
    const table = await this.#table(ref.group, signal);
    const versions = table.served.get(ref.group);
    const served = versions === undefined ? [] : [...versions.values()];
    const exact = versions?.get(ref.version)?.get(ref.kind);
    if (exact === undefined) this.#refuseUnread(table, ref.group);
    return exact ?? served.map((kinds) => kinds.get(ref.kind)).find((resource) => resource !== undefined);
  }

  /** The resource of a group with this name in its path, at the group's preferred version. Throws as `find` does. */
  async findPlural(group: string, plural: string, signal?: AbortSignal): Promise<Resource | undefined> {
    const table = await this.#table(group, signal);
    const resources = [...(table.served.get(group)?.values() ?? [])].flatMap((kinds) => [...kinds.values()]);
    const found = resources.find((resource) => resource.plural === plural);
    if (found === undefined) this.#refuseUnread(table, group);
    return found;
  }

  /**
   * Every resource whose objects live in namespaces and go with them, once whatever the number of versions served. Asked for anew.
   *
   * @throws {TargetError} Where a group cannot be read: the server deletes no namespace as long as it does not know all of them
   */
  async namespacedContents(signal?: AbortSignal): Promise<Resource[]> {
    const tables = await Promise.all([this.#load("/api", signal), this.#load("/apis", signal)]);
    for (const fault of tables.flatMap(({ unread }) => [...unread.values()])) throw fault;
    const versions = tables.flatMap(({ served }) => [...served.values()].flatMap((group) => [...group.values()]));
    const resources = versions
      .flatMap((kinds) => [...kinds.values()])
      .filter(({ namespaced, isDeletable }) => namespaced && isDeletable)
      .reverse(); // the preferred version comes last, and stays
    return [...new Map(resources.map((resource) => [`${resource.group}/${resource.plural}`, resource])).values()];
  }

  /** The hash that tells at which version a resource is stored; empty where the server does not (yet) tell. */
  async storageHash(group: string, version: string, plural: string, signal?: AbortSignal): Promise<string> {
    const path = `/apis/${group}/${version}`;
    const { status, body } = await this.#http.send({ method: "GET", path, signal });
    if (status === 404) return "";
    const subject = { name: `API discovery of ${path}`, secret: false };
    if (status >= 400) throw apiError(status, body, subject);
    const resources = objectsAt(parseBody(body, subject), "resources");
    return textAt(
      resources.find((resource) => textAt(resource, "name") === plural),
      "storageVersionHash",
    );
  }

  /** Makes what is known of a group outdated: the next question about it asks anew, and so finds kinds of new CRDs. */
  forget(group: string): void {
    if (group === "") this.#core = undefined;
    else this.#outdated.add(group);
  }

  #refuseUnread(table: GroupTable, group: string): void {
    const fault = table.unread.get(group);
    if (fault === undefined) return;
    this.forget(group); // it may be back by the next question
    throw fault;
  }

  #table(group: string, signal: AbortSignal | undefined): Promise<GroupTable> {
    if (group === "") {
      this.#core ??= this.#load("/api", signal).catch((error: unknown) => {
        this.#core = undefined;
        throw error;
      });
      return this.#core;
    }
    if (this.#outdated.has(group)) {
      this.#groups = undefined;
      this.#outdated.clear();
    }
    this.#groups ??= this.#load("/apis", signal).catch((error: unknown) => {
      this.#groups = undefined;
      throw error;
    });
    return this.#groups;
  }

  async #load(path: "/api" | "/apis", signal: AbortSignal | undefined): Promise<GroupTable> {
    const list = await this.#get(path, aggregated, signal);
    if (textAt(list, "kind") === "APIGroupDiscoveryList") return tableOf(list);
    return this.#loadLegacy(path, list, signal);
  }

  /** Servers before 1.26: one request for each group and version. One that has just gone is left out. */
  async #loadLegacy(path: "/api" | "/apis", list: JsonValue, signal: AbortSignal | undefined): Promise<GroupTable> {
    const groupVersions =
      path === "/api"
        ? textsAt(list, "versions")
        : objectsAt(list, "groups").flatMap((group) => {
            const preferred = textAt(group, "preferredVersion", "groupVersion");
            const all = objectsAt(group, "versions").map((version) => textAt(version, "groupVersion"));
            return [preferred, ...all.filter((version) => version !== preferred)];
          });
    const table = emptyTable();
    const answers = await Promise.all(
      groupVersions.map((groupVersion) =>
        this.#get(`${path}/${groupVersion}`, "application/json", signal).catch((error: unknown) => {
          if (error instanceof TargetError && error.code !== "aborted") return error;
          throw error;
        }),
      ),
    );
    for (const [index, groupVersion] of groupVersions.entries()) {
      const slash = groupVersion.indexOf("/");
      const group = slash < 0 ? "" : groupVersion.slice(0, slash);
      const version = groupVersion.slice(slash + 1);
      const answer = answers[index];
      if (answer instanceof TargetError) {
        if (answer.status !== 404) table.unread.set(group, answer);
        continue;
      }
      const resources = objectsAt(answer, "resources");
      for (const item of resources) {
        const plural = textAt(item, "name");
        if (plural.includes("/")) continue;
        const namespaced = valueAt(item, "namespaced") === true;
        const hasStatus = resources.some((other) => textAt(other, "name") === `${plural}/status`);
        const isDeletable = textsAt(item, "verbs").includes("delete");
        add(table, { group, version, kind: textAt(item, "kind"), plural, namespaced, hasStatus, isDeletable });
      }
    }
    return table;
  }

  async #get(path: string, accept: string, signal: AbortSignal | undefined): Promise<JsonValue> {
    const subject = { name: `API discovery of ${path}`, secret: false };
    const { status, body } = await this.#http.send({ method: "GET", path, accept, signal });
    if (status >= 400) throw apiError(status, body, subject);
    return parseBody(body, subject);
  }
}

/** `served`: group → version (the preferred one first) → kind; `unread`: why a group is not known, or not all of it. */
type GroupTable = Readonly<{
  served: Map<string, Map<string, Map<string, Resource>>>;
  unread: Map<string, TargetError>;
}>;

function emptyTable(): GroupTable {
  return { served: new Map(), unread: new Map() };
}

function tableOf(list: JsonValue): GroupTable {
  const table = emptyTable();
  for (const item of objectsAt(list, "items")) {
    const group = textAt(item, "metadata", "name");
    for (const served of objectsAt(item, "versions")) {
      const version = textAt(served, "version");
      if (textAt(served, "freshness") === "Stale") table.unread.set(group, staleError(group, version));
      for (const resource of objectsAt(served, "resources")) {
        const kind = textAt(resource, "responseKind", "kind");
        const plural = textAt(resource, "resource");
        const namespaced = textAt(resource, "scope") === "Namespaced";
        const hasStatus = objectsAt(resource, "subresources").some((sub) => textAt(sub, "subresource") === "status");
        const isDeletable = textsAt(resource, "verbs").includes("delete");
        add(table, { group, version, kind, plural, namespaced, hasStatus, isDeletable });
      }
    }
  }
  return table;
}

function staleError(group: string, version: string): TargetError {
  const text = `the server behind ${group}/${version} does not answer (its APIService is not available), so its kinds are not known`;
  return new TargetError("api-error", text);
}

/** Keeps the first resource of a kind: a second one is a view of the same objects. */
function add({ served }: GroupTable, found: Omit<Resource, "apiVersion">): void {
  const resource = { ...found, apiVersion: found.group === "" ? found.version : `${found.group}/${found.version}` };
  const versions = served.get(resource.group) ?? new Map<string, Map<string, Resource>>();
  served.set(resource.group, versions);
  const kinds = versions.get(resource.version) ?? new Map<string, Resource>();
  versions.set(resource.version, kinds);
  if (!kinds.has(resource.kind)) kinds.set(resource.kind, resource);
}
