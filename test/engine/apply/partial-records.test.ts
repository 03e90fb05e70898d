import { describe, expect, test } from "vitest";
import {
  type ApplyEvent,
  applyBundle,
  bundleStatus,
  deleteBundle,
  listInstances,
} from "../../../src/engine/apply/index.js";
import type { KubeObject, ObjectRef } from "../../../src/engine/object/index.js";
import { type RecordQuery, TargetError } from "../../../src/engine/target/index.js";
import { bundle, configMap, instance, fixedNow as now, object } from "../../support/bundles.js";
import { MemoryTarget } from "../../support/memory-target.js";

/** A cluster whose user may list records in some namespaces only, and may not look at Namespaces. */
class NarrowTarget extends MemoryTarget {
  allowed: readonly string[] = [];

  override async listRecords({ bundle, namespaces = [], onPartial }: RecordQuery): Promise<KubeObject[]> {
    const all = await super.listRecords(bundle === undefined ? {} : { bundle });
    const seen = namespaces.filter((namespace) => this.allowed.includes(namespace));
    if (onPartial === undefined || seen.length === 0) throw new TargetError("forbidden", "cannot list secrets");
    onPartial(seen);
    return all.filter(({ metadata }) => seen.includes(metadata.namespace ?? ""));
  }

  override async read(refs: readonly ObjectRef[]): Promise<(KubeObject | undefined)[]> {
    if (refs.some(({ kind }) => kind === "Namespace")) throw new TargetError("forbidden", "cannot get namespaces");
    return super.read(refs);
  }
}

const tenant = bundle(
  "tenant",
  instance("one", "x", [configMap("x", "a")]),
  instance("two", "y", [configMap("y", "b")]),
);

async function installed(): Promise<{ target: NarrowTarget; warnings: string[] }> {
  const target = new NarrowTarget(["x", "y"]);
  target.allowed = ["x", "y"];
  const warnings: string[] = [];
  const onEvent = (event: ApplyEvent) => event.type === "warning" && warnings.push(event.message);
  await applyBundle(tenant, target, { now, onEvent });
  target.writes.length = 0;
  return { target, warnings };
}

describe("where records can be listed in some namespaces only", () => {
  test("an apply looks into those of its instances, and says that it sees no others", async () => {
    const { target, warnings } = await installed();
    expect(warnings).toEqual([
      "instance records can be listed in the namespaces x, y only: instances elsewhere are not seen",
    ]);
    const { changed } = await applyBundle(tenant, target, { now });
    expect(changed).toBe(false);
  });

  test("a namespace that may not be looked at counts as there; an absent one is found out all the same", async () => {
    const target = new NarrowTarget(["x"]);
    target.allowed = ["x", "y"];
    await expect(applyBundle(tenant, target, { now })).rejects.toThrow("namespace y does not exist");
    expect(target.writes).toEqual([]);
  });

  test("a delete by name is refused: it would leave what it does not see", async () => {
    const { target } = await installed();
    await expect(deleteBundle("tenant", target, { now })).rejects.toMatchObject({
      code: "forbidden",
      message: 'cannot list secrets; say with --instance-namespace where instances of "tenant" are',
    });
    expect(target.writes).toEqual([]);
  });

  test("a delete that is told the namespaces goes there, and says that it sees no others", async () => {
    const { target } = await installed();
    const events: ApplyEvent[] = [];
    const onEvent = (event: ApplyEvent) => events.push(event);
    const { instances } = await deleteBundle("tenant", target, { now, namespaces: ["x", "y"], onEvent });
    expect(instances.map(({ name }) => name)).toEqual(["one", "two"]);
    expect(events).toContainEqual(expect.objectContaining({ type: "warning", code: "records-partial" }));
    expect([...target.objects.keys()]).toEqual(["/Namespace//x", "/Namespace//y"]);
  });

  test("a delete that is told a namespace which it may not list is refused", async () => {
    const { target } = await installed();
    target.allowed = ["x"];
    await expect(deleteBundle("tenant", target, { now, namespaces: ["x", "y"] })).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringMatching(/\by\b/),
    });
    expect(target.writes).toEqual([]);
  });

  test("a Namespace is not deleted while others may live in it unseen", async () => {
    const { target } = await installed();
    const own = bundle("own", instance("own", "x", [object("v1", "Namespace", "z")]));
    await applyBundle(own, target, { now });
    target.writes.length = 0;
    target.read = MemoryTarget.prototype.read;
    await expect(deleteBundle("own", target, { now, namespaces: ["x"] })).rejects.toMatchObject({ code: "forbidden" });
    expect(target.writes).toEqual([]);
  });

  test("lists say that they are not whole, unless what was asked for is", async () => {
    const { target } = await installed();
    const one = await listInstances(target, { namespace: "x" });
    expect([one.instances.map(({ name }) => name), one.warnings]).toEqual([["one"], []]);
    const status = await bundleStatus("tenant", target, undefined, ["x"]);
    expect(status.instances.map(({ name }) => name)).toEqual(["one"]);
    expect(status.warnings).toEqual([
      "instance records can be listed in the namespace x only: instances elsewhere are not seen",
    ]);
  });

  test("a bundle that is not found may be elsewhere", async () => {
    const { target } = await installed();
    target.allowed = ["x"];
    await expect(bundleStatus("other", target, undefined, ["x"])).rejects.toThrow(
      'there is no instance of bundle "other" on a cluster in memory in the namespace x, the only one whose records can be listed',
    );
  });
});
