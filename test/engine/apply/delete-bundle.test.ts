import { describe, expect, test } from "vitest";
import {
  type ApplyEvent,
  applyBundle,
  bundleStatus,
  type DeleteBundleOptions,
  DependentsError,
  deleteBundle,
  listInstances,
  UnknownBundleError,
} from "../../../src/engine/apply/index.js";
import { decodeRecord } from "../../../src/engine/inventory/index.js";
import { formatRef, type KubeObject, refKey } from "../../../src/engine/object/index.js";
import type { RenderedBundle } from "../../../src/engine/plan/index.js";
import { TargetError } from "../../../src/engine/target/index.js";
import { annotated, bundle, configMap, definition, fixedNow, instance, object } from "../../support/bundles.js";
import { Killed, MemoryTarget, recordKey } from "../../support/memory-target.js";

const now = fixedNow;

async function installed(...bundles: readonly RenderedBundle[]): Promise<MemoryTarget> {
  const target = new MemoryTarget();
  for (const each of bundles) await applyBundle(each, target, { now });
  target.writes.length = 0;
  target.calls.length = 0;
  return target;
}

async function remove(name: string, target: MemoryTarget, options: Partial<DeleteBundleOptions> = {}) {
  const events: ApplyEvent[] = [];
  const result = await deleteBundle(name, target, { now, onEvent: (event) => events.push(event), ...options });
  const told = events.flatMap((event) => {
    if (event.type === "object-deleted") return `${formatRef(event.ref)} deleted`;
    return event.type === "object-kept" ? `${formatRef(event.ref)} kept: ${event.reason}` : [];
  });
  return { result, events, told };
}

const catchError = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => {
      throw new Error("nothing was thrown");
    },
    (error: Error) => error,
  );

const rbac = "rbac.authorization.k8s.io/v1";
const [kustomizations, sources] = [
  definition("kustomize.example", "Kustomization"),
  definition("source.example", "Repo"),
];
const flux = bundle(
  "flux",
  instance("flux", "flux-system", [
    kustomizations,
    sources,
    object("v1", "Namespace", "flux-system"),
    object(rbac, "ClusterRoleBinding", "flux"),
    object("v1", "ServiceAccount", "flux", "flux-system"),
    object("apps/v1", "Deployment", "flux", "flux-system"),
  ]),
);
const tenant = bundle(
  "dev-team",
  instance("dev-team", "apps", [
    object("v1", "Namespace", "apps"),
    object("v1", "ServiceAccount", "flux", "apps"),
    object(rbac, "RoleBinding", "dev-team", "apps"),
    object("v1", "ResourceQuota", "quota", "apps"),
  ]),
  instance("dev-team-apps", "apps", [
    object("source.example/v1", "Repo", "apps", "apps"),
    object("kustomize.example/v1", "Kustomization", "apps", "apps"),
    object("v1", "Secret", "apps", "apps"),
  ]),
);

describe("deleteBundle()", () => {
  test("a tenant goes in the off-boarding order: resources, the rest, rights, Namespace, records", async () => {
    const target = await installed(flux, tenant);
    const { result } = await remove("dev-team", target);
    const steps = target.calls.filter((call) => /^(record|delete|waitGone)/.test(call));
    expect(steps).toEqual([
      "record apps/timoni.dev-team-apps",
      "record apps/timoni.dev-team",
      "delete Repo/apps/apps",
      "delete Kustomization/apps/apps",
      "waitGone Repo/apps/apps,Kustomization/apps/apps",
      "delete Secret/apps/apps",
      "waitGone Secret/apps/apps",
      "delete ResourceQuota/apps/quota",
      "waitGone ResourceQuota/apps/quota",
      "delete RoleBinding/apps/dev-team",
      "delete ServiceAccount/apps/flux",
      "waitGone RoleBinding/apps/dev-team,ServiceAccount/apps/flux",
      "delete Namespace/apps",
      "waitGone Namespace/apps",
      "delete-record apps/timoni.dev-team-apps",
      "delete-record apps/timoni.dev-team",
    ]);
    expect(result.instances.map(({ name, counts }) => [name, counts.deleted])).toEqual([
      ["dev-team", 4],
      ["dev-team-apps", 3],
    ]);
    expect([...target.objects.keys()].filter((key) => /\/apps(\/|$)/.test(key))).toEqual([]);
    expect(target.objects.has("apps/Deployment/flux-system/flux")).toBe(true);
  });

  test("definitions whose resources are of another bundle stop it, and they are listed", async () => {
    const target = await installed(flux, tenant);
    const error = await catchError(remove("flux", target));
    expect(error).toBeInstanceOf(DependentsError);
    expect(error.message).toMatch(/2 custom resources that are not the bundle's.*--delete-resources:/s);
    expect(error.message).toContain("  Repo/apps/apps");
    expect(error.message).toContain("  Kustomization/apps/apps");
    expect(target.writes).toEqual([]);
  });

  test("where they may be deleted, they are gone before anything else of the bundle is touched", async () => {
    const target = await installed(flux, tenant);
    await remove("flux", target, { deleteResources: true, wait: false });
    const steps = target.calls.filter((call) => /^(delete|waitGone)/.test(call));
    expect(steps.slice(0, 4)).toEqual([
      "delete Repo/apps/apps",
      "delete Kustomization/apps/apps",
      "waitGone Repo/apps/apps,Kustomization/apps/apps",
      "delete Deployment/flux-system/flux",
    ]);
  });

  test("a stuck custom resource is named, and its controllers keep running", async () => {
    const target = await installed(flux, tenant);
    target.holds = ({ kind }) => kind === "Kustomization";
    const error = await catchError(remove("flux", target, { deleteResources: true }));
    expect(error.message).toContain("Kustomization/apps/apps: terminating: held by a finalizer");
    expect(target.objects.has("apps/Deployment/flux-system/flux")).toBe(true);
    expect(decodeRecord(recordOf(target, "flux-system", "flux")).deleting).toBe("2026-02-03T04:05:06Z");
    target.holds = () => false;
    await remove("flux", target, { deleteResources: true });
    expect(target.objects.has("apps/Deployment/flux-system/flux")).toBe(false);
  });

  test("resources of the bundle's own definitions go first, whichever instance they are in", async () => {
    const widget = object("x.example/v1", "Widget", "w", "apps");
    const target = await installed(
      bundle(
        "web",
        instance("one", "apps", [definition("x.example", "Widget"), widget, configMap("apps", "a")]),
        instance("two", "apps", [configMap("apps", "b")]),
      ),
    );
    await remove("web", target);
    expect(target.writes.filter((write) => write.startsWith("delete "))).toEqual([
      "delete Widget/apps/w",
      "delete ConfigMap/apps/b",
      "delete ConfigMap/apps/a",
      "delete CustomResourceDefinition/widgets.x.example",
    ]);
  });

  test("instances go in the reverse of their recorded order, though all were made in one second", async () => {
    const names = ["c", "a", "b"];
    const target = await installed(
      bundle("web", ...names.map((name) => instance(name, "apps", [configMap("apps", name)]))),
    );
    const { told } = await remove("web", target);
    expect(told).toEqual(["ConfigMap/apps/b deleted", "ConfigMap/apps/a deleted", "ConfigMap/apps/c deleted"]);
  });

  test("a time-out keeps the records, and the same command finishes", async () => {
    const target = await installed(tenantless);
    target.holds = ({ metadata }) => metadata.name === "b";
    const error = await catchError(remove("web", target));
    expect(error.message).toContain("ConfigMap/apps/b: terminating");
    expect(target.objects.has("/ConfigMap/apps/a")).toBe(true);
    expect(await target.listRecords({ bundle: "web" })).toHaveLength(2);
    target.holds = () => false;
    await remove("web", target);
    expect([...target.objects.keys()]).toEqual(["/Namespace//apps"]);
  });

  test.each([
    { title: "is empty, is not waited for", vacant: true, waits: [] },
    { title: "may be held, is waited for", vacant: false, waits: ["waitGone Namespace/flux-system"] },
  ])("a Namespace that $title, and its records go", async ({ vacant, waits }) => {
    const target = Object.assign(await installed(flux), { isVacant: async () => vacant });
    const { events } = await remove("flux", target);
    expect(target.calls.filter((call) => call.startsWith("waitGone Namespace"))).toEqual(waits);
    expect(await target.listRecords({ bundle: "flux" })).toEqual([]);
    const states = events.flatMap((event) => (event.type === "object-state" ? event.state : []));
    expect(states).toEqual(
      vacant ? [{ state: "terminating", message: "empty; Kubernetes removes it within seconds" }] : [],
    );
  });

  test("without waiting, the deletes are sent and the records removed at once", async () => {
    const target = await installed(tenantless);
    target.holds = ({ kind }) => kind === "ConfigMap";
    await remove("web", target, { wait: false });
    expect(target.calls.some((call) => call.startsWith("waitGone"))).toBe(false);
    expect(await target.listRecords({})).toEqual([]);
    expect(target.get("/ConfigMap/apps/a")?.metadata.deletionTimestamp).toBeDefined();
  });

  test("a dry run tells the same as the real one, and writes nothing", async () => {
    const target = await installed(flux, tenant);
    const dry = await remove("dev-team", target, { dryRun: true });
    expect(target.writes).toEqual([]);
    expect((await remove("dev-team", target)).told).toEqual(dry.told);
  });

  test("objects that say so stay, with their Namespace; so do those that carry other labels", async () => {
    const keep = (each: KubeObject) => annotated(each, { "action.timoni.sh/prune": "disabled" });
    const target = await installed(
      bundle(
        "web",
        instance("one", "apps", [
          object("v1", "Namespace", "apps"),
          keep(configMap("apps", "a")),
          configMap("apps", "b"),
        ]),
      ),
    );
    const live = target.get("/ConfigMap/apps/b");
    if (live !== undefined) live.metadata.labels = {};
    const { told } = await remove("web", target);
    expect(told.sort()).toEqual([
      "ConfigMap/apps/a kept: prune-disabled",
      "ConfigMap/apps/b kept: not-owned",
      "Namespace/apps kept: in-use",
    ]);
    expect(target.objects.has("/ConfigMap/apps/a")).toBe(true);
    expect(await target.listRecords({})).toEqual([]);
  });

  test("a definition does not take along a resource that is never to be deleted", async () => {
    const kept = annotated(object("x.example/v1", "Widget", "w", "apps"), { "action.timoni.sh/prune": "disabled" });
    const target = await installed(bundle("web", instance("one", "apps", [definition("x.example", "Widget"), kept])));
    const { told } = await remove("web", target, { deleteResources: true });
    expect(told.sort()).toEqual([
      "CustomResourceDefinition/widgets.x.example kept: in-use",
      "Widget/apps/w kept: prune-disabled",
    ]);
    expect(target.objects.has("x.example/Widget/apps/w")).toBe(true);
  });

  test("a recorded resource that another instance took goes with the definition only where it may, and first", async () => {
    const widget = object("x.example/v1", "Widget", "w", "apps");
    const crd = definition("x.example", "Widget");
    const thief = bundle("thief", instance("t", "apps", [widget]));
    const target = await installed(bundle("web", instance("one", "apps", [crd, widget])), thief);
    expect(await catchError(remove("web", target))).toBeInstanceOf(DependentsError);
    expect(target.writes).toEqual([]);
    const { told } = await remove("web", target, { deleteResources: true });
    expect(told).toEqual(["Widget/apps/w deleted", "CustomResourceDefinition/widgets.x.example deleted"]);
  });

  test("a Namespace in which instances of other bundles live is not deleted with the bundle", async () => {
    const target = await installed(flux, tenant, bundle("guest", instance("guest", "apps", [configMap("apps", "g")])));
    const error = await catchError(remove("dev-team", target));
    expect(error).toBeInstanceOf(DependentsError);
    expect(error.message).toContain("deleting Namespace/apps would delete what other instances have in it");
    expect(error.message).toContain("Instance/apps/guest");
    expect(target.writes).toEqual([]);
  });

  test("a namespace that was made for an instance stays", async () => {
    const target = await installed(tenantless);
    await remove("web", target);
    expect([...target.objects.keys()]).toEqual(["/Namespace//apps"]);
  });

  test("what an unfinished upgrade may have made is deleted too", async () => {
    const target = await installed(tenantless);
    target.killAt = { write: 1, after: true };
    const next = bundle("web", instance("one", "apps", [configMap("apps", "new")]), instance("two", "apps", []));
    expect((await catchError(applyBundle(next, target, { now }))).cause).toBeInstanceOf(Killed);
    expect(target.objects.has("/ConfigMap/apps/new")).toBe(true);
    target.killAt = undefined;
    await remove("web", target);
    expect([...target.objects.keys()]).toEqual(["/Namespace//apps"]);
  });

  test("killed at any write, the same command finishes", async () => {
    const whole = await installed(flux, tenant);
    const events: string[] = [];
    await remove("dev-team", whole);
    for (let write = 0; write < whole.writes.length; write++) {
      for (const after of [false, true]) {
        const target = await installed(flux, tenant);
        target.killAt = { write, after };
        await expect(remove("dev-team", target)).rejects.toThrow(Killed);
        target.killAt = undefined;
        // Nothing is left to finish once the Namespace has taken the records along.
        const left = await target.listRecords({ bundle: "dev-team" });
        if (left.length > 0) await remove("dev-team", target);
        else events.push(`${write}`);
        expect(target.snapshot(), `${write} ${after}`).toEqual(whole.snapshot());
      }
    }
    expect(events.length).toBeGreaterThan(0);
  });

  test("an unknown bundle is an error that names those that are there", async () => {
    const target = await installed(flux, tenant);
    const error = await catchError(remove("dev-taem", target));
    expect(error).toBeInstanceOf(UnknownBundleError);
    expect(error.message).toBe(
      'there is no instance of bundle "dev-taem" on a cluster in memory; it has "dev-team", "flux"',
    );
  });

  test("a record that cannot be read stops it before any write", async () => {
    const target = await installed(tenantless);
    const record = target.get(recordKey("apps", "two"));
    if (record !== undefined) record.data = { instance: "e30=" };
    expect((await catchError(remove("web", target))).message).toContain(
      "Secret apps/timoni.two is no readable instance record",
    );
    expect(target.writes).toEqual([]);
  });

  test("a delete that the server refuses is told, with the instance and the object", async () => {
    const target = await installed(tenantless);
    target.delete = async () => {
      throw new TargetError("forbidden", "you may not delete configmaps");
    };
    const error = await catchError(remove("web", target));
    expect(error.message).toBe('instance "two": ConfigMap/apps/b: you may not delete configmaps');
    expect(await target.listRecords({ bundle: "web" })).toHaveLength(2);
  });

  const tenantless = bundle(
    "web",
    instance("one", "apps", [configMap("apps", "a")]),
    instance("two", "apps", [configMap("apps", "b")]),
  );
});

describe("what a target has", () => {
  test("instances are listed by namespace and name, with their state", async () => {
    const target = await installed(flux, tenant);
    const { instances, faults } = await listInstances(target);
    expect(
      instances.map(({ namespace, name, bundle, state, objects }) => [namespace, name, bundle, state, objects]),
    ).toEqual([
      ["apps", "dev-team", "dev-team", "deployed", 4],
      ["apps", "dev-team-apps", "dev-team", "deployed", 3],
      ["flux-system", "flux", "flux", "deployed", 6],
    ]);
    expect(faults).toEqual([]);
    expect((await listInstances(target, { namespace: "flux-system" })).instances).toHaveLength(1);
    expect((await listInstances(target, { bundle: "dev-team" })).instances).toHaveLength(2);
  });

  test("a record that cannot be read does not hide the others", async () => {
    const target = await installed(flux, tenant);
    recordOf(target, "apps", "dev-team").data = {};
    const { instances, faults } = await listInstances(target);
    expect(instances.map(({ name }) => name)).toEqual(["dev-team-apps", "flux"]);
    expect(faults.map(({ code }) => code)).toEqual(["bad-record"]);
  });

  test("the status of a bundle tells each object's", async () => {
    const target = await installed(flux, tenant);
    target.readiness = ({ kind }) =>
      kind === "Deployment" ? { state: "in-progress", message: "0 of 1" } : { state: "current", message: "" };
    target.objects.delete("/ServiceAccount/flux-system/flux");
    const { instances } = await bundleStatus("flux", target);
    const states = instances[0]?.entries.map(({ ref, state }) => [refKey(ref), state.state]);
    expect(states).toContainEqual(["apps/Deployment/flux-system/flux", "in-progress"]);
    expect(states).toContainEqual(["/ServiceAccount/flux-system/flux", "absent"]);
    expect(states).toContainEqual(["/Namespace//flux-system", "current"]);
    await expect(bundleStatus("nope", target)).rejects.toThrow(UnknownBundleError);
  });

  test("an instance in the middle of something says so", async () => {
    const target = await installed(flux, tenant);
    target.killAt = { write: 0, after: true };
    await catchError(remove("dev-team", target));
    const states = (await listInstances(target, { bundle: "dev-team" })).instances.map(({ name, state }) => [
      name,
      state,
    ]);
    expect(states).toEqual([
      ["dev-team", "deployed"],
      ["dev-team-apps", "deleting"],
    ]);
  });
});

function recordOf(target: MemoryTarget, namespace: string, name: string): KubeObject {
  const record = target.get(recordKey(namespace, name));
  if (record === undefined) throw new Error("no record");
  return record;
}
