import { createHash } from "node:crypto";
import { formatRef, type KubeObject, refOf } from "../../object/index.js";
import { TargetError } from "../errors.js";
import { type Api, subjectOf } from "./api.js";
import { apiError } from "./api-errors.js";
import { apiVersionAt, resourceOf, storedVersions } from "./definition.js";
import type { Resource } from "./discovery.js";
import { objectsAt, textAt, versionOf } from "./fields.js";
import { pause, rounds } from "./pause.js";
import type { Migration } from "./plan-migration.js";

const maxAttempts = 5;
const concurrency = 8;
/** How long the server may take to store at another version, and how long its peers may be behind it. */
const storageTimeoutMs = 60_000;
const settleMs = 1000;

/** Writes the objects anew and takes the old versions out of the definition's status. May be repeated at any point. */
export async function migrate(
  api: Api,
  definitions: Resource,
  { interim, dropped, to }: Migration,
  signal?: AbortSignal,
): Promise<void> {
  const ref = refOf(interim);
  const { object, response } = await api.applyTo(definitions, interim, false, signal);
  if (object === undefined) throw apiError(response.status, response.body, subjectOf(ref));
  const resource = resourceOf(object, to);
  await untilStoredAt(api, object, resource, signal);
  const resources = await api.list(resource, {}, signal);
  const queue = resources.values();
  const worker = async () => {
    for (const each of queue) await rewrite(api, resource, each, object, dropped, signal);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  await forgetVersions(api, definitions, ref.name, dropped, signal);
  api.discovery.forget(resource.group);
}

/** Waits until the server tells, by the hash that discovery shows, that it stores at the new version. */
async function untilStoredAt(
  api: Api,
  definition: KubeObject,
  resource: Resource,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { group, version, kind, plural } = resource;
  // https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/2339-storageversion-api-for-ha-api-servers
  const wanted = createHash("sha256").update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString("base64");
  for await (const _ of rounds(storageTimeoutMs, signal)) {
    const hash = await api.discovery.storageHash(group, version, plural, signal);
    if (hash === wanted) return pause(settleMs, signal);
  }
  const name = textAt(definition, "metadata", "name");
  throw new TargetError(
    "api-error",
    `CustomResourceDefinition/${name}: the API server does not store at ${version} yet; try again`,
  );
}

/** Stores an object as it is, at its resource's version; one that changes or goes meanwhile is looked at again. */
async function rewrite(
  api: Api,
  resource: Resource,
  listed: KubeObject,
  definition: KubeObject,
  dropped: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const ref = refOf(listed);
  let object: KubeObject | undefined = listed;
  for (let attempt = 1; object !== undefined; attempt++) {
    const response = await api.write(resource, withVersion(object, definition, dropped, resource), "PUT", signal);
    if (response.status < 400 || response.status === 404) return;
    if (response.status !== 409 || attempt === maxAttempts)
      throw apiError(response.status, response.body, subjectOf(ref));
    object = await api.getFrom(resource, ref, signal);
  }
}

/** Takes versions out of `status.storedVersions`: the server refuses to drop one that it names. */
async function forgetVersions(
  api: Api,
  definitions: Resource,
  name: string,
  dropped: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const ref = { group: definitions.group, version: definitions.version, kind: definitions.kind, namespace: "", name };
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const live = await api.getFrom(definitions, ref, signal);
    if (live === undefined) return;
    const left = storedVersions(live).filter((version) => !dropped.includes(version));
    const patch = [
      { op: "replace", path: "/status/storedVersions", value: left },
      { op: "replace", path: "/metadata/resourceVersion", value: versionOf(live) },
    ];
    if (await api.patch(definitions, ref, patch, signal, "status")) return;
  }
  throw new TargetError("api-error", `${formatRef(ref)}: keeps changing while its resources are migrated; try again`);
}

/** No server-side apply works any more on an object whose `managedFields` name a version that is gone. */
function withVersion(
  object: KubeObject,
  definition: KubeObject,
  dropped: readonly string[],
  { apiVersion }: Resource,
): KubeObject {
  const old = dropped.map((version) => apiVersionAt(definition, version));
  const managedFields = objectsAt(object, "metadata", "managedFields").map((entry) =>
    old.includes(textAt(entry, "apiVersion")) ? { ...entry, apiVersion } : entry,
  );
  return { ...object, apiVersion, metadata: { ...object.metadata, managedFields } };
}
