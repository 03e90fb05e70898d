import { boundRole, formatRef, isDefinition, type KubeObject, type ObjectRef, refOf } from "../../object/index.js";
import { TargetError } from "../errors.js";
import type { ApplyOptions, Change } from "../target.js";
import { type Api, subjectOf } from "./api.js";
import { apiError, dropsStoredVersion, isNamespaceMissing } from "./api-errors.js";
import { isSameState, isUntouched } from "./compare.js";
import { withoutVersions } from "./definition.js";
import type { Resource } from "./discovery.js";
import { textAt, versionOf } from "./fields.js";
import type { HttpResponse } from "./http.js";
import type { LiveObjects } from "./live-objects.js";
import { type Migration, planMigration } from "./plan-migration.js";
import { needsTakeover, previewTakeover } from "./takeover.js";

/**
 * What applying an object will do, and what it has to do first. `live` is the object as read, with `managedFields`,
 * where it was read; `resource` is undefined while the server does not know the kind.
 */
export type Plan = Readonly<{
  change: Change;
  force: boolean;
  resource: Resource | undefined;
  live: KubeObject | undefined;
  takeover: boolean;
  /** What a definition needs before it may lose versions. */
  migration?: Migration | undefined;
}>;

/** What previews share: the requests, what was read already, and which namespaces are known to be absent. */
export type PreviewContext = Readonly<{ api: Api; live: LiveObjects; absentNamespaces: AbsentNamespaces }>;

/** How often a dry run is repeated for an object that keeps changing. */
const maxAttempts = 5;

/** Which namespaces are known to be absent, so that objects in them need no request. */
export type AbsentNamespaces = Set<string>;

/**
 * Asks the server by a dry run what applying an object would do. An object that does not change costs one request, one that
 * changes a second one, to read what it changes from.
 */
export async function planApply(
  context: PreviewContext,
  object: KubeObject,
  options: ApplyOptions,
  attempt = 1,
): Promise<Plan> {
  const { api, absentNamespaces } = context;
  const ref = refOf(object);
  const { force } = options;
  const resource = await api.discovery.find(ref, options.signal);
  if (resource === undefined || resource.version !== ref.version) {
    const live = resource === undefined ? undefined : await api.getFrom(resource, ref, options.signal);
    const change = live === undefined ? created(object, "unknown-kind") : configured(live, object);
    return { change, force, resource: undefined, live, takeover: false };
  }
  const unchanged = { force, resource, live: undefined, takeover: false };
  if (resource.namespaced && absentNamespaces.has(ref.namespace))
    return { ...unchanged, change: created(object, "no-namespace") };

  const answer = await api.applyTo(resource, object, true, options.signal);
  const dryRun = answer.object;
  if (dryRun === undefined) {
    const { status, body } = answer.response;
    if (resource.namespaced && isNamespaceMissing(status, body)) {
      absentNamespaces.add(ref.namespace);
      return { ...unchanged, change: created(object, "no-namespace") };
    }
    if (dropsStoredVersion(body)) return planMigrated(context, resource, object, options);
    // Who may not bind any role has to hold what the role allows: so the server looks it up.
    if (status === 404 && boundRole(object) !== undefined) return { ...unchanged, change: created(object, "no-role") };
    const error = apiError(status, body, subjectOf(ref));
    if (error.code !== "immutable-field" || !force) throw error;
    const live = present(await api.getFrom(resource, ref, options.signal), ref);
    return { change: recreated(live, object), force, resource, live, takeover: false };
  }
  if (answer.created) return { ...unchanged, change: created(dryRun) };
  if (textAt(dryRun, "metadata", "deletionTimestamp") !== "") {
    // Changing it would be lost: it is waited for until it is gone, and made anew.
    return { change: recreated(dryRun, object), force, resource, live: dryRun, takeover: false };
  }

  const takeover = needsTakeover(dryRun, object);
  if (!takeover && isUntouchedBy(dryRun, answer.response)) {
    const same = neat(dryRun);
    return { ...unchanged, change: { action: "unchanged", before: same, after: same } };
  }
  const live = present(await context.live.read(resource, ref, dryRun, options.signal), ref);
  // A controller that wrote between the two requests must not look like a change of ours.
  const isStale = versionOf(live) !== versionOf(dryRun);
  if (isStale && attempt < maxAttempts) return planApply(context, object, options, attempt + 1);
  const after = takeover ? previewTakeover(dryRun, object, await freshObject(api, resource, object, options)) : dryRun;
  const isSame = !takeover && isSameState(live, dryRun);
  const change: Change = { action: isSame ? "unchanged" : "configured", before: neat(live), after: neat(after) };
  const migration =
    isSame || !isDefinition(ref)
      ? undefined
      : await planMigration(api, live, object, options.dropFields ?? false, options.signal);
  return { change: { ...change, ...told(migration) }, force, resource, live, takeover, migration };
}

/** The plan for a definition that the server does not take as it is, since objects are stored at a version that it drops. */
async function planMigrated(
  { api }: PreviewContext,
  resource: Resource,
  object: KubeObject,
  { force, dropFields = false, signal }: ApplyOptions,
): Promise<Plan> {
  const ref = refOf(object);
  const live = present(await api.getFrom(resource, ref, signal), ref);
  const migration = await planMigration(api, live, object, dropFields, signal);
  const answer = await api.applyTo(resource, migration?.interim ?? object, true, signal);
  if (answer.object === undefined) throw apiError(answer.response.status, answer.response.body, subjectOf(ref));
  const after = withoutVersions(answer.object, migration?.dropped ?? []);
  const change: Change = { action: "configured", before: neat(live), after: neat(after), ...told(migration) };
  return { change, force, resource, live, takeover: needsTakeover(live, object), migration };
}

function told(migration: Migration | undefined): Pick<Change, "migration"> {
  if (migration === undefined) return {};
  const { dropped, to, objects } = migration;
  return { migration: { dropped, to, objects } };
}

/** An object without `managedFields`, which only the API machinery reads. */
export function neat(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, name: object.metadata.name } };
}

function isUntouchedBy(dryRun: KubeObject, response: HttpResponse): boolean {
  // Only the last attempt's time is known, so a repeated request says nothing sure.
  return response.attempts === 1 && isUntouched(dryRun, response.serverTimeMs, response.tookMs);
}

/** What the server would make of the object under a name that is not taken, where it lets us ask. */
async function freshObject(
  api: Api,
  resource: Resource,
  object: KubeObject,
  { signal }: ApplyOptions,
): Promise<KubeObject | undefined> {
  const name = `${object.metadata.name.slice(0, 50)}-preview`;
  const { object: fresh } = await api.applyTo(
    resource,
    { ...object, metadata: { ...object.metadata, name } },
    true,
    signal,
  );
  return fresh;
}

/** The live object that a dry run has just seen; gone between the two requests is a change by someone else. */
function present(live: KubeObject | undefined, ref: ObjectRef): KubeObject {
  if (live !== undefined) return live;
  throw new TargetError("api-error", `${formatRef(ref)}: was deleted by someone else meanwhile; try again`);
}

function created(after: KubeObject, unchecked?: Change["unchecked"]): Change {
  return { action: "created", after: neat(after), ...(unchecked === undefined ? {} : { unchecked }) };
}

function configured(before: KubeObject, after: KubeObject): Change {
  return { action: "configured", before: neat(before), after: neat(after), unchecked: "unknown-kind" };
}

function recreated(before: KubeObject, after: KubeObject): Change {
  return { action: "recreated", before: neat(before), after: neat(after) };
}
