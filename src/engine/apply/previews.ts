import { SheafError, throwFaults } from "../diagnostics/index.js";
import type { InstanceId } from "../inventory/index.js";
import { servedVersions } from "../kube-schema/index.js";
import {
  apiVersionOf,
  boundRole,
  formatRef,
  isNamespace,
  type KubeObject,
  type ObjectRef,
  refKey,
  refOf,
} from "../object/index.js";
import { type BundlePlan, hasControl } from "../plan/index.js";
import type { Change } from "../target/index.js";
import { settleAll } from "./concurrent.js";
import { ApplyError } from "./errors.js";
import type { ObjectAction } from "./events.js";
import { checkAborted, type Run, signalOf } from "./options.js";
import { readMetadata } from "./read-metadata.js";
import { failure } from "./records.js";

/** What applying an object would do. */
export type Preview = Readonly<{ action: ObjectAction; change: Change }>;

/** Faults of the target as a whole: one tells all, however many objects met it. */
const targetWide = new Set<string>(["unreachable", "unauthorized", "aborted", "no-kubeconfig", "bad-kubeconfig"]);

/** Whether an object may be recreated: the run allows it for all, or the object for itself. */
export function mayRecreate(object: KubeObject, force: boolean): boolean {
  return force || hasControl(object, "force");
}

/**
 * Asks the target what applying every object would do.
 *
 * @param missing Namespaces that are made for instances
 * @returns The previews by `refKey`; `going` are Namespaces among the objects that are on their way out: as long as they are
 *   there, faults tell nothing and are not thrown
 * @throws {SheafError} The faults of all objects together
 */
export async function previewObjects(
  run: Run,
  plan: BundlePlan,
  missing: ReadonlyMap<string, KubeObject>,
  force: boolean,
): Promise<Readonly<{ previews: Map<string, Preview>; going: string[] }>> {
  const work = plan.instances.flatMap((instance) => instance.objects.map((object) => ({ instance, object })));
  const outcomes = await settleAll(work, run.concurrency, ({ object }) => previewObject(run, object, force));
  const previews = new Map<string, Preview>();
  for (const [index, { object }] of work.entries()) {
    const outcome = outcomes[index];
    if (outcome?.status === "fulfilled") previews.set(refKey(refOf(object)), outcome.value);
  }
  const going = terminatingNamespaces(previews);
  if (going.length > 0) return { previews, going };
  const brought = findBrought(plan, previews, missing);
  throwFaults(
    work.flatMap(({ instance, object }, index) => {
      const ref = refOf(object);
      const outcome = outcomes[index];
      if (outcome === undefined) return [];
      if (outcome.status === "fulfilled")
        return [
          ...checkUnchecked(instance, ref, outcome.value, brought),
          ...checkTerminating(instance, object, outcome.value, force),
        ];
      const { reason } = outcome;
      if (!(reason instanceof SheafError) || targetWide.has(reason.code)) throw reason;
      // The server judged it by a definition that this bundle is about to change.
      if (brought.changingKinds.has(kindKey(ref))) {
        const message = `instance "${instance.name}": ${formatRef(ref)} is not checked, its definition comes with the bundle`;
        run.emit({ type: "warning", code: "preview-incomplete", message });
        previews.set(refKey(ref), unchecked(object));
        return [];
      }
      const fault = failure(run, "preview-failed", { instance, ref }, reason);
      return fault instanceof SheafError ? [fault] : [];
    }),
  );
  return { previews, going };
}

function terminatingNamespaces(previews: ReadonlyMap<string, Preview>): string[] {
  return [...previews.values()]
    .flatMap(({ change }) => change.before ?? [])
    .filter((live) => isNamespace(refOf(live)) && live.metadata.deletionTimestamp !== undefined)
    .map(({ metadata }) => metadata.name);
}

async function previewObject(run: Run, object: KubeObject, force: boolean): Promise<Preview> {
  checkAborted(run);
  if (hasControl(object, "oneOff")) {
    const [live] = await readMetadata(run, [refOf(object)]);
    if (live !== undefined) return { action: "skipped", change: { action: "unchanged", after: live } };
  }
  const change = await run.target.preview(object, {
    force: mayRecreate(object, force),
    dropFields: run.dropFields,
    ...signalOf(run),
  });
  return { action: change.action, change };
}

function unchecked(object: KubeObject): Preview {
  return { action: "configured", change: { action: "configured", after: object } };
}

/** What comes into being with the bundle itself. */
type Brought = Readonly<{
  /** `group/version/kind` of what its definitions serve. */
  kinds: ReadonlySet<string>;
  /** `group/kind` of definitions that are new or will be another. */
  changingKinds: ReadonlySet<string>;
  namespaces: ReadonlySet<string>;
  /** Its objects, by `refKey`. */
  objects: ReadonlySet<string>;
}>;

function findBrought(
  plan: BundlePlan,
  previews: ReadonlyMap<string, Preview>,
  missing: ReadonlyMap<string, KubeObject>,
): Brought {
  const kinds = new Set<string>();
  const changingKinds = new Set<string>();
  const namespaces = new Set(missing.keys());
  for (const object of plan.instances.flatMap((instance) => instance.objects)) {
    if (object.kind === "Namespace") namespaces.add(object.metadata.name);
    const served = servedVersions(object);
    for (const ref of served) kinds.add(`${apiVersionOf(ref)}/${ref.kind}`);
    if (previews.get(refKey(refOf(object)))?.action === "unchanged") continue;
    for (const ref of served) changingKinds.add(kindKey(ref));
  }
  const objects = new Set(
    plan.instances.flatMap((instance) => instance.objects.map((object) => refKey(refOf(object)))),
  );
  return { kinds, changingKinds, namespaces, objects };
}

function kindKey({ group, kind }: Pick<ObjectRef, "group" | "kind">): string {
  return `${group}/${kind}`;
}

/** Refuses an object that the target could not check and that nothing in the bundle makes possible. */
function checkUnchecked(instance: InstanceId, ref: ObjectRef, { change }: Preview, brought: Brought): SheafError[] {
  const refuse = (detail: string) => [new ApplyError("preview-failed", { instance, ref }, detail)];
  const kind = `${apiVersionOf(ref)}/${ref.kind}`;
  if (change.unchecked === "unknown-kind" && !brought.kinds.has(kind))
    return refuse(
      `the target does not know ${ref.kind} of ${apiVersionOf(ref)}, and no definition in the bundle serves it`,
    );
  const needsNamespace = change.unchecked === "no-namespace" && !brought.namespaces.has(ref.namespace);
  if (needsNamespace) return refuse(`namespace ${ref.namespace} does not exist, and nothing in the bundle makes it`);
  const role = change.unchecked === "no-role" ? boundRole(change.after) : undefined;
  if (role !== undefined && !brought.objects.has(refKey(role)))
    return refuse(`${formatRef(role)}, which it binds, does not exist, and nothing in the bundle makes it`);
  return [];
}

/** Refuses an object on its way out: what is applied to it is lost. Where it may be recreated, it is waited for and made anew. */
function checkTerminating(instance: InstanceId, object: KubeObject, { change }: Preview, force: boolean): SheafError[] {
  const live = change.before?.metadata;
  if (live?.deletionTimestamp === undefined || mayRecreate(object, force)) return [];
  const { finalizers } = live;
  const held = Array.isArray(finalizers) && finalizers.length > 0 ? ` and held by ${finalizers.join(", ")}` : "";
  const detail = `is being deleted${held}; wait until it is gone, or let --force wait for it and make it anew`;
  return [new ApplyError("preview-failed", { instance, ref: refOf(object) }, detail)];
}
