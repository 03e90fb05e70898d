import { describe, expect, test } from "vitest";
import {
  type ApplyBundleOptions,
  type ApplyEvent,
  applyBundle,
  deleteBundle,
} from "../../../src/engine/apply/index.js";
import { protocol } from "../../../src/engine/inventory/index.js";
import type { JsonObject } from "../../../src/engine/json/index.js";
import type { RenderedBundle } from "../../../src/engine/plan/index.js";
import { TargetError } from "../../../src/engine/target/index.js";
import { bundle, configMap, fixedNow, instance, object } from "../../support/bundles.js";
import { MemoryTarget } from "../../support/memory-target.js";

async function apply(rendered: RenderedBundle, target: MemoryTarget, options: Partial<ApplyBundleOptions> = {}) {
  const events: ApplyEvent[] = [];
  const onEvent = (event: ApplyEvent) => events.push(event);
  const { fault } = await told(applyBundle(rendered, target, { now: fixedNow, onEvent, ...options }));
  return { fault, events };
}

async function told(work: Promise<unknown>): Promise<{ fault: string | undefined }> {
  return work.then(
    () => ({ fault: undefined }),
    (error: unknown) => ({ fault: error instanceof Error ? error.message : String(error) }),
  );
}

const web = bundle("web", instance("one", "apps", [configMap("apps", "a")]));
const forbidden = (what: string) => new TargetError("forbidden", `not allowed: User "jane" cannot ${what}`);

describe("refused before the first write", () => {
  test.each<{ title: string; prepare: (target: MemoryTarget) => void; want: string }>([
    {
      title: "the right to make a namespace is missing",
      prepare: (target) => {
        target.refuse = ({ kind }) => (kind === "Namespace" ? forbidden('create resource "namespaces"') : undefined);
      },
      want: 'Namespace/apps: not allowed: User "jane" cannot create resource "namespaces"',
    },
    {
      title: "the right to write a record is missing",
      prepare: (target) => {
        target.refuseRecord = () => forbidden('create resource "secrets"');
      },
      want: 'instance "one": not allowed: User "jane" cannot create resource "secrets"',
    },
  ])("$title", async ({ prepare, want }) => {
    const target = new MemoryTarget();
    prepare(target);
    expect((await apply(web, target)).fault).toBe(want);
    expect(target.writes).toEqual([]);
  });

  test.each(["pruned by an upgrade", "deleted with its bundle"])("an object may not be %s", async (how) => {
    const target = new MemoryTarget(["apps"]);
    await apply(web, target);
    target.refuseDelete = () => forbidden('delete resource "configmaps"');
    const writes = target.writes.length;
    const less = bundle("web", instance("one", "apps", []));
    const { fault } = how.startsWith("pruned")
      ? await apply(less, target)
      : await told(deleteBundle("web", target, { now: fixedNow }));
    expect(fault).toBe('ConfigMap/apps/a: not allowed: User "jane" cannot delete resource "configmaps"');
    expect(target.writes).toHaveLength(writes);
  });

  test("an object is on its way out, unless it may be made anew", async () => {
    const target = new MemoryTarget(["apps"]);
    await apply(web, target);
    const live = target.get("/ConfigMap/apps/a");
    Object.assign(live?.metadata ?? {}, {
      deletionTimestamp: "2026-01-01T00:00:00Z",
      finalizers: ["example.org/hold"],
    });
    const writes = target.writes.length;
    const { fault } = await apply(web, target);
    expect(fault).toContain("ConfigMap/apps/a: is being deleted and held by example.org/hold; wait until it is gone");
    expect(target.writes).toHaveLength(writes);
    expect((await apply(web, target, { force: true })).fault).toBeUndefined();
  });
});

describe("a namespace on its way out", () => {
  const deleting = (target: MemoryTarget, name: string) =>
    Object.assign(target.get(`/Namespace//${name}`)?.metadata ?? {}, { deletionTimestamp: "2026-01-01T00:00:00Z" });
  const elsewhere = [object("v1", "Namespace", "apps"), configMap("apps", "a")];

  test.each([
    { title: "of a new instance", rendered: web, records: [] },
    { title: "that a new instance renders", rendered: bundle("web", instance("one", "other", elsewhere)), records: [] },
    {
      title: "that an instance with a record renders",
      rendered: bundle("web", instance("one", "other", elsewhere)),
      records: [bundle("web", instance("one", "other", []))],
    },
  ])("$title is waited for and made anew; a dry run refuses it", async ({ rendered, records }) => {
    const target = new MemoryTarget(["apps", "other"]);
    for (const each of records) await apply(each, target);
    deleting(target, "apps");
    const writes = target.writes.length;
    expect((await apply(rendered, target, { dryRun: true })).fault).toBe(
      "namespace apps is being deleted; an apply waits until it is gone, a dry run has nothing to compare with before",
    );
    expect(target.writes).toHaveLength(writes);
    expect(await apply(rendered, target)).toMatchObject({ fault: undefined });
    expect(target.get("/Namespace//apps")?.metadata.deletionTimestamp).toBeUndefined();
    expect(target.objects.has("/ConfigMap/apps/a")).toBe(true);
  });

  test("that is not gone in time stops the apply", async () => {
    const target = new MemoryTarget(["apps"]);
    await apply(bundle("other", instance("held", "apps", [configMap("apps", "held")])), target);
    target.holds = ({ metadata }) => metadata.name === "held";
    deleting(target, "apps");
    const writes = target.writes.length;
    expect((await apply(web, target)).fault).toContain("Namespace/apps: terminating: held by a finalizer");
    expect(target.writes).toHaveLength(writes);
  });
});

test("records of unchanged instances are not tried", async () => {
  const target = new MemoryTarget(["apps"]);
  await apply(web, target);
  target.refuseRecord = () => forbidden("be asked");
  expect((await apply(web, target)).fault).toBeUndefined();
});

describe("what is taken over is told", () => {
  test.each<{ title: string; metadata: JsonObject; want: string[] }>([
    { title: "an object that nobody claims", metadata: {}, want: ["ConfigMap/apps/a that no bundle has applied"] },
    {
      title: "an object of kubectl's",
      metadata: { annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" } },
      want: ["ConfigMap/apps/a that kubectl applied"],
    },
    {
      title: "an object of a Helm release",
      metadata: { annotations: { "meta.helm.sh/release-name": "web" } },
      want: ['ConfigMap/apps/a from the Helm release "web"'],
    },
    {
      title: "an object that Helm's label is on",
      metadata: { labels: { "app.kubernetes.io/managed-by": "Helm" } },
      want: ["ConfigMap/apps/a from a Helm release"],
    },
    {
      title: "but not a namespace that was made for an instance",
      metadata: { labels: { [protocol.label.createdBy]: protocol.fieldManager } },
      want: [],
    },
  ])("$title", async ({ metadata, want }) => {
    const target = new MemoryTarget(["apps"]);
    await target.apply(
      { ...configMap("apps", "a"), metadata: { name: "a", namespace: "apps", ...metadata } },
      { force: false },
    );
    const { events } = await apply(web, target, { dryRun: true });
    const notes = events.flatMap((event) => (event.type === "warning" ? event.message : []));
    expect(notes).toEqual(want.map((note) => `instance "one" takes over ${note}`));
  });
});
