import { protocol } from "../../inventory/index.js";
import { type KubeObject, labelOf, type ObjectRef } from "../../object/index.js";
import { TargetError } from "../errors.js";
import type { Api } from "./api.js";
import type { Resource } from "./discovery.js";
import { versionOf } from "./fields.js";

/**
 * Reads the live objects that dry runs have to be compared with. The first of an instance's kind in a namespace is read by
 * itself, from the second on one list brings them all. What was listed only counts for a dry run that saw this very
 * version.
 */
export class LiveObjects {
  readonly #api: Api;
  readonly #asked = new Set<string>();
  readonly #lists = new Map<string, Promise<Map<string, KubeObject>>>();

  constructor(api: Api) {
    this.#api = api;
  }

  /**
   * The live object; undefined where it is gone.
   *
   * @param dryRun What the server answered to a dry run: its labels say which instance it is of
   */
  async read(
    resource: Resource,
    ref: ObjectRef,
    dryRun: KubeObject,
    signal?: AbortSignal,
  ): Promise<KubeObject | undefined> {
    const { instanceName, instanceNamespace } = protocol.label;
    const labels = [instanceName, instanceNamespace].map((key) => [key, labelOf(dryRun, key)] as const);
    const key = [resource.apiVersion, resource.plural, ref.namespace, ...labels.flat()].join("/");
    const isFirst = !this.#asked.has(key);
    this.#asked.add(key);
    if (!isFirst && labels.every(([, value]) => value !== undefined)) {
      const labelSelector = labels.map((pair) => pair.join("=")).join(",");
      const list = this.#lists.get(key) ?? this.#list(resource, ref.namespace, labelSelector, signal);
      this.#lists.set(key, list);
      const listed = (await list).get(ref.name);
      if (listed !== undefined && versionOf(listed) === versionOf(dryRun)) return listed;
    }
    return this.#api.getFrom(resource, ref, signal);
  }

  /** By name; empty for a user who may not list. */
  async #list(
    resource: Resource,
    namespace: string,
    labelSelector: string,
    signal: AbortSignal | undefined,
  ): Promise<Map<string, KubeObject>> {
    try {
      const objects = await this.#api.list(resource, { namespace, labelSelector }, signal);
      return new Map(objects.map((object) => [object.metadata.name, object]));
    } catch (error) {
      if (error instanceof TargetError && error.code === "forbidden") return new Map();
      throw error;
    }
  }
}
