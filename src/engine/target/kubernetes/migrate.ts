import { createHash } from "node:crypto";
import { formatRef, type KubeObject, refOf } from "../../object/index.js";
import { TargetError } from "../errors.js";
import { type Api, subjectOf } from "./api.js";
import { apiError } from "./api-errors.js";
import { apiVersionAt, resourceOf, storedVersions } from "./definition.js";
import type { Resource } from "./discovery.js";
import { objectsAt, textAt, versionOf } from "./fields.js";
import { pause, rounds } from "./pause.js";
import { type Migration, namesVersion } from "./plan-migration.js";

const maxAttempts = 5;
const concurrency = 8;
/** How long the server may take to serve and to store at another version, and how long its peers may be behind it. */
const servedTimeoutMs = 60_000;
const usualSettleMs = 2000;
const verifyTimeoutMs = 10_000;

export type Pace = Readonly<{ signal?: AbortSignal | undefined; settleMs?: number }>;

/** Where the resources of a migration are: as they were read before, and as they are written. */
type Places = Readonly<{ definition: KubeObject; old: Resource; target: Resource; dropped: readonly string[] }>;

/**
 * Writes the objects anew, takes the old versions out of the definition's status, and lets `finish` apply the definition
 * without them. May be repeated at any point.
 *
 * A server gives no sign of the version in which an object is stored; one that is behind would store it at the old
 * version, and could not read it any more. So this waits until the server says that it stores at the new one, writes
 * again what came back with the same resourceVersion, and looks at the end whether all can be read; if not, the old
 * versions come back, and it begins anew.
 */
export async function migrate<T>(
  api: Api,
  definitions: Resource,
  migration: Migration,
  finish: () => Promise<T>,
  { signal, settleMs = usualSettleMs }: Pace = {},
): Promise<T> {
  const { interim, from, to, dropped, isStored } = migration;
  const ref = refOf(interim);
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const { object: definition, response } = await api.applyTo(definitions, interim, false, signal);
    if (definition === undefined) throw apiError(response.status, response.body, subjectOf(ref));
    const places = { definition, old: resourceOf(definition, from), target: resourceOf(definition, to), dropped };
    if (isStored) await untilStoredAt(api, places.target, { signal, settleMs });
    const all = await api.list(places.old, { part: "metadata" }, signal);
    const affected = isStored ? all : all.filter((each) => namesVersion(each, definition, dropped));
    await rewriteAll(api, places, affected, { signal, settleMs });
    await forgetVersions(api, definitions, ref.name, dropped, signal);
    const result = await finish();
    api.discovery.forget(places.target.group);
    if (await areReadable(api, places.target, all.length, signal)) return result;
  }
  throw new TargetError("api-error", `${formatRef(ref)}: the API server keeps storing resources at ${from}; try again`);
}

/** Waits until the server tells, by the hash that discovery shows, that it stores at a resource's version. */
async function untilStoredAt(api: Api, target: Resource, { signal, settleMs }: Required<Pace>): Promise<void> {
  const { group, version, kind, plural } = target;
  // https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/2339-storageversion-api-for-ha-api-servers
  const wanted = createHash("sha256").update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString("base64");
  for await (const _ of rounds(servedTimeoutMs, signal)) {
    const hash = await api.discovery.storageHash(group, version, plural, signal);
    if (hash === wanted) return pause(settleMs, signal);
  }
  throw new TargetError("api-error", `${plural}.${group}: the API server does not store at ${version} yet; try again`);
}

/** Writes objects until each was stored anew, or comes back the same again and again, since it was stored so already. */
async function rewriteAll(
  api: Api,
  places: Places,
  objects: readonly KubeObject[],
  { signal, settleMs }: Required<Pace>,
): Promise<void> {
  let left = objects;
  for (let idle = 0; left.length > 0 && idle < 2; ) {
    const same: KubeObject[] = [];
    const queue = left.values();
    const worker = async () => {
      for (const each of queue) if (!(await rewrite(api, places, each, signal))) same.push(each);
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    idle = same.length < left.length ? 0 : idle + 1;
    left = same;
    if (left.length > 0) await pause(settleMs, signal);
  }
}

/** Stores an object as it is at the new version. Returns whether that changed what is stored; one that is gone needs nothing. */
async function rewrite(
  api: Api,
  { definition, old, target, dropped }: Places,
  listed: KubeObject,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const ref = refOf(listed);
  for await (const _ of rounds(servedTimeoutMs, signal)) {
    const object = await api.getFrom(target, ref, signal);
    if (object === undefined) {
      // Not found may be the new version, which is not served yet.
      if ((await api.getFrom(old, ref, signal)) === undefined) return true;
      continue;
    }
    const response = await api.write(target, withVersion(object, definition, dropped, target), "PUT", false, signal);
    if (response.status < 400) return versionOf(api.parse(response, ref)) !== versionOf(object);
    if (response.status !== 409 && response.status !== 404)
      throw apiError(response.status, response.body, subjectOf(ref));
  }
  throw new TargetError("api-error", `${formatRef(ref)}: keeps changing while it is stored anew; try again`);
}

/** Whether the server can read what it has stored. It cannot at once: it takes a moment to know its new definition. */
async function areReadable(
  api: Api,
  target: Resource,
  count: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    for await (const _ of rounds(count === 0 ? 0 : verifyTimeoutMs, signal))
      if ((await api.list(target, { part: "metadata" }, signal)).length >= count) break;
    return true; // fewer than there were: the others were deleted meanwhile
  } catch (error) {
    if (error instanceof TargetError && error.status === 500) return false;
    throw error;
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
