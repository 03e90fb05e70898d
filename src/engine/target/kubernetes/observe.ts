import type { KubeObject, ObjectRef } from "../../object/index.js";
import { TargetError } from "../errors.js";
import type { Api } from "./api.js";
import type { ListQuery } from "./collection.js";
import type { Resource } from "./discovery.js";
import { pause, throwIfAborted } from "./pause.js";
import { anyInstance, groupByResource } from "./read-objects.js";

/** Is told what an object is now, undefined for one that is absent; says whether it is still of interest. */
export type Tell = (ref: ObjectRef, object: KubeObject | undefined) => boolean;

/** Tells of objects until none is of interest any more. */
export type Observe = (refs: readonly ObjectRef[], tell: Tell, signal: AbortSignal) => Promise<void>;

/** How looks are spaced where nothing can be watched, in milliseconds: from `firstMs`, growing to `longestMs`. */
export type Pace = Readonly<{ firstMs: number; longestMs: number }>;

export type ObserveOptions = Readonly<{
  signal: AbortSignal;
  /** Tells whether an object is known to carry the label of an instance, so that lists by label bring it. */
  isLabelled?: (ref: ObjectRef) => boolean;
  pace?: Pace;
}>;

/** What one list and one watch can tell of: objects by name. */
type Group = Readonly<{ resource: Resource; query: ListQuery; open: Map<string, ObjectRef> }>;

const usualPace: Pace = { firstMs: 100, longestMs: 2000 };
/** A watch holds a connection: groups beyond these are looked at again and again. */
const maxWatches = 32;
/** How often a watch is taken up again without having told anything. */
const maxSilentBreaks = 4;
/** How long the server may be away before we give up. */
const maxOutageMs = 120_000;

/**
 * Tells what objects are, and then each change, until none is of interest: by one list and one watch for all objects of a
 * kind in a namespace, or by looks in between where the user may not watch, or not list. A watch that breaks goes on where
 * it was; one whose place the server has forgotten (410) begins anew. A server that is away for a while is waited for.
 *
 * @throws {TargetError} What the server refuses, that it stays away, or `aborted`
 */
export async function observe(
  api: Api,
  refs: readonly ObjectRef[],
  tell: Tell,
  options: ObserveOptions,
): Promise<void> {
  const served = await groupByResource(api, refs, options.signal);
  const known = new Set(served.flatMap(({ indexes }) => indexes));
  const unknown = refs.filter((ref, index) => !known.has(index) && tell(ref, undefined));
  const groups = served.flatMap(({ resource, namespace, indexes }) => {
    const members = indexes.flatMap((index) => refs[index] ?? []);
    const labelled = members.length > 1 ? members.filter((ref) => options.isLabelled?.(ref) === true) : [];
    const single = members.filter((ref) => !labelled.includes(ref));
    return [
      ...(labelled.length === 0 ? [] : [groupOf(resource, { namespace, labelSelector: anyInstance }, labelled)]),
      ...single.map((ref) => groupOf(resource, { namespace, fieldSelector: `metadata.name=${ref.name}` }, [ref])),
    ];
  });
  await Promise.all([
    ...groups.map((group, index) => observeGroup(api, group, tell, options, index < maxWatches)),
    ...(unknown.length === 0 ? [] : [observeLater(api, unknown, tell, options)]),
  ]);
}

/** The server may come to know kinds that it does not know yet. */
async function observeLater(api: Api, refs: readonly ObjectRef[], tell: Tell, options: ObserveOptions): Promise<void> {
  await pause((options.pace ?? usualPace).longestMs, options.signal);
  for (const { group } of refs) api.discovery.forget(group);
  return observe(api, refs, tell, options);
}

function groupOf(resource: Resource, query: ListQuery, refs: readonly ObjectRef[]): Group {
  return { resource, query, open: new Map(refs.map((ref) => [ref.name, ref])) };
}

async function observeGroup(
  api: Api,
  group: Group,
  tell: Tell,
  { signal, pace = usualPace }: ObserveOptions,
  maySpareWatch: boolean,
): Promise<void> {
  let mayWatch = maySpareWatch;
  let delayMs = pace.firstMs;
  let lastAnswer = performance.now();
  for (;;) {
    try {
      const version = await look(api, group, tell, signal);
      lastAnswer = performance.now();
      if (mayWatch && version !== "") mayWatch = await follow(api, group, version, tell, signal, pace);
    } catch (error) {
      if (!isOutage(error) || performance.now() - lastAnswer > maxOutageMs) throw error;
    }
    if (group.open.size === 0) return;
    await pause(delayMs, signal);
    delayMs = Math.min(pace.longestMs, delayMs * 1.5);
  }
}

/** Tells what the group's objects are. Returns the version of their list; empty where that may not be listed. */
async function look(api: Api, { resource, query, open }: Group, tell: Tell, signal: AbortSignal): Promise<string> {
  const names = [...open.keys()];
  let found: Map<string, KubeObject>;
  let version = "";
  try {
    const listing = await api.listAt(resource, query, signal);
    found = new Map(listing.objects.map((object) => [object.metadata.name, object]));
    version = listing.version;
  } catch (error) {
    if (!(error instanceof TargetError) || error.code !== "forbidden") throw error;
    const objects = await Promise.all([...open.values()].map((ref) => api.getFrom(resource, ref, signal)));
    found = new Map(objects.flatMap((object) => (object === undefined ? [] : [[object.metadata.name, object]])));
  }
  for (const name of names) tellOne(open, name, found.get(name), tell);
  return version;
}

function tellOne(open: Map<string, ObjectRef>, name: string, object: KubeObject | undefined, tell: Tell): void {
  const ref = open.get(name);
  if (ref !== undefined && !tell(ref, object)) open.delete(name);
}

/** Watches until nothing is of interest (true), or the place is lost (true), or watching is not possible (false). */
async function follow(
  api: Api,
  { resource, query, open }: Group,
  from: string,
  tell: Tell,
  signal: AbortSignal,
  pace: Pace,
): Promise<boolean> {
  let version = from;
  let silentBreaks = 0;
  while (open.size > 0 && silentBreaks <= maxSilentBreaks) {
    try {
      for await (const event of api.watch(resource, query, version, signal)) {
        silentBreaks = 0;
        version = event.version || version;
        const { object } = event;
        if (object !== undefined) tellOne(open, object.metadata.name, event.deleted ? undefined : object, tell);
        if (open.size === 0) return true;
      }
    } catch (error) {
      throwIfAborted(signal);
      if (error instanceof TargetError && error.status === 410) return true;
      if (error instanceof TargetError && !isOutage(error)) return false;
    }
    silentBreaks++;
    await pause(pace.firstMs * silentBreaks, signal);
  }
  return true;
}

/** Whether the server cannot answer for the moment, rather than will not. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof TargetError)) return false;
  return error.code === "unreachable" || error.status === 429 || (error.status ?? 0) >= 500;
}
