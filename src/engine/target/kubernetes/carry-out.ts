import { formatRef, type KubeObject, type ObjectRef, refOf } from "../../object/index.js";
import { TargetError, WaitError } from "../errors.js";
import type { ApplyOptions, ChangeAction } from "../target.js";
import { type Api, type ApplyAnswer, subjectOf } from "./api.js";
import { apiError } from "./api-errors.js";
import type { Resource } from "./discovery.js";
import { textAt } from "./fields.js";
import { migrate } from "./migrate.js";
import { rounds } from "./pause.js";
import type { Plan } from "./preview.js";
import { readyState } from "./ready-state.js";
import { takeoverPatch } from "./takeover.js";

/** How long a recreated object may take to go away, and a new kind to be served. */
const recreateTimeoutMs = 120_000;
const servedTimeoutMs = 30_000;
const maxTakeoverAttempts = 5;

/** What was done: `before` is undefined for an object that is new. */
export type Outcome = Readonly<{
  action: Exclude<ChangeAction, "unchanged">;
  before: KubeObject | undefined;
  after: KubeObject;
  resource: Resource;
}>;

/**
 * Makes of an object on the server what its plan says.
 *
 * @param isNewKind Whether the kind's CRD was applied in this run, so that the server may serve it a little later
 */
export async function carryOut(
  api: Api,
  object: KubeObject,
  plan: Plan,
  { signal }: ApplyOptions,
  isNewKind: boolean,
): Promise<Outcome> {
  const ref = refOf(object);
  const resource = plan.resource ?? (await servedResource(api, ref, isNewKind, signal));
  const recreate = plan.change.action === "recreated";
  if (recreate) await removeForGood(api, resource, ref, plan.live, signal);
  if (plan.takeover) await takeOver(api, resource, object, plan.live, signal);
  const apply = () => send(api, resource, object, isNewKind, signal);
  const first = await (plan.migration ? migrate(api, resource, plan.migration, apply, { signal }) : apply());
  if (first.object !== undefined) {
    const action = recreate ? "recreated" : first.created ? "created" : "configured";
    return {
      action,
      before: first.created && !recreate ? undefined : plan.change.before,
      after: first.object,
      resource,
    };
  }
  const error = failure(first, ref);
  if (error.code !== "immutable-field" || !plan.force) throw error;
  // The dry run could not see it: the object has come, or has changed, since.
  const live = await api.getFrom(resource, ref, signal);
  await removeForGood(api, resource, ref, live, signal);
  const second = await send(api, resource, object, isNewKind, signal);
  if (second.object === undefined) throw failure(second, ref);
  return { action: "recreated", before: live, after: second.object, resource };
}

function failure({ response }: ApplyAnswer, ref: ObjectRef): TargetError {
  return apiError(response.status, response.body, subjectOf(ref));
}

/** The resource of a kind that was unknown when the plan was made. */
async function servedResource(
  api: Api,
  ref: ObjectRef,
  isNewKind: boolean,
  signal: AbortSignal | undefined,
): Promise<Resource> {
  let resource: Resource | undefined;
  for await (const _ of rounds(isNewKind ? servedTimeoutMs : 0, signal)) {
    resource = await api.discovery.find(ref, signal);
    if (resource?.version === ref.version) return resource;
    if (!isNewKind) break;
    api.discovery.forget(ref.group);
  }
  const apiVersion = ref.group === "" ? ref.version : `${ref.group}/${ref.version}`;
  const other = resource === undefined ? "its CRD is not installed" : `it serves version ${resource.version}`;
  throw new TargetError(
    "unknown-kind",
    `${formatRef(ref)}: the cluster does not serve the kind ${ref.kind} of ${apiVersion}; ${other}`,
  );
}

/** Applies; a kind that is new is given time, since discovery may run ahead of the handlers. */
async function send(
  api: Api,
  resource: Resource,
  object: KubeObject,
  isNewKind: boolean,
  signal: AbortSignal | undefined,
): Promise<ApplyAnswer> {
  let answer = await api.applyTo(resource, object, false, signal);
  if (answer.response.status !== 404 || !isNewKind) return answer;
  for await (const _ of rounds(servedTimeoutMs, signal)) {
    answer = await api.applyTo(resource, object, false, signal);
    if (answer.response.status !== 404) break;
  }
  return answer;
}

/** Deletes an object that is to be made anew, and waits until its finalizers are done. */
async function removeForGood(
  api: Api,
  resource: Resource,
  ref: ObjectRef,
  live: KubeObject | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const uid = textAt(live, "metadata", "uid");
  await api.delete(resource, ref, { uid: uid || undefined }, signal);
  let left: KubeObject | undefined;
  for await (const _ of rounds(recreateTimeoutMs, signal)) {
    left = await api.getFrom(resource, ref, signal);
    if (left === undefined || (uid !== "" && textAt(left, "metadata", "uid") !== uid)) return;
  }
  throw new WaitError("timeout", "cannot recreate an object that does not go away", [{ ref, state: readyState(left) }]);
}

/** Makes the fields of other tools ours; the object as it is now counts, not as it was when the plan was made. */
async function takeOver(
  api: Api,
  resource: Resource,
  wanted: KubeObject,
  live: KubeObject | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const ref = refOf(wanted);
  let from = live;
  for (let attempt = 0; from !== undefined; attempt++) {
    if (await api.patch(resource, ref, takeoverPatch(from, wanted), signal)) return;
    if (attempt === maxTakeoverAttempts)
      throw new TargetError(
        "api-error",
        `${formatRef(ref)}: keeps changing while its fields are taken over; try again`,
      );
    from = await api.getFrom(resource, ref, signal);
  }
}
