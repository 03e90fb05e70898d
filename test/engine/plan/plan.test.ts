import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FaultsError } from "../../../src/engine/diagnostics/index.js";
import type { InstanceRecord } from "../../../src/engine/inventory/index.js";
import { type KubeObject, refKey, refOf, runsOfKind } from "../../../src/engine/object/index.js";
import {
  belongsTo,
  DuplicateObjectError,
  hasControl,
  OwnershipError,
  planBundle,
  planStages,
  prepareObject,
} from "../../../src/engine/plan/index.js";
import { annotated, bundle, configMap, definition, instance, object } from "../../support/bundles.js";

/** A record as an earlier apply of these objects would have left it. */
function recordOf(name: string, namespace: string, objects: readonly KubeObject[], owner?: string): InstanceRecord {
  const [plan] = planBundle(bundle(owner ?? "x", instance(name, namespace, objects)), []).instances;
  if (plan === undefined) throw new Error("no plan");
  const { bundle: _, ...revision } = plan.revision;
  const named = owner === undefined ? {} : { bundle: owner };
  return { name, namespace, ...named, order: 0, instance: { ...revision, ...named } };
}

const [a, b, c] = [configMap("ns", "a"), configMap("ns", "b"), configMap("ns", "c")];
const names = (refs: readonly { name: string }[]) => refs.map(({ name }) => name);

describe("planBundle", () => {
  test("a new instance has its whole inventory in apply order, and nothing stale", () => {
    const objects = [object("apps/v1", "Deployment", "d", "ns"), a, object("v1", "Namespace", "ns")];
    const [plan] = planBundle(bundle("x", instance("i", "ns", objects)), []).instances;
    expect(plan?.revision.inventory.map(({ kind }) => kind)).toEqual(["Namespace", "ConfigMap", "Deployment"]);
    expect(plan).toMatchObject({
      order: 0,
      stale: [],
      record: undefined,
      revision: { bundle: "x", lastTransitionTime: "" },
    });
    expect(plan?.revision.values).toBe('{"size":3}');
  });

  test("stale is what the record or its pending revision had, last applied first", () => {
    const record = { ...recordOf("i", "ns", [a, b], "x"), pending: recordOf("i", "ns", [b, c], "x").instance };
    const [plan] = planBundle(bundle("x", instance("i", "ns", [configMap("ns", "new")])), [record]).instances;
    expect(names(plan?.stale ?? [])).toEqual(["c", "b", "a"]);
  });

  test("an object that moves to another instance of the bundle is not stale", () => {
    const records = [recordOf("one", "ns", [a, b], "x")];
    const plan = planBundle(bundle("x", instance("one", "ns", [a]), instance("two", "ns", [b])), records);
    expect(plan.instances.map(({ stale }) => stale)).toEqual([[], []]);
  });

  test("an object of another API version is the same object", () => {
    const [old, next] = [object("apps/v1beta2", "Deployment", "d", "ns"), object("apps/v1", "Deployment", "d", "ns")];
    const plan = planBundle(bundle("x", instance("i", "ns", [next])), [recordOf("i", "ns", [old], "x")]);
    expect(plan.instances[0]?.stale).toEqual([]);
  });

  describe("an object that is in no namespace is the same with one:", () => {
    const named = object("rbac.authorization.k8s.io/v1", "ClusterRole", "view", "ns");
    const bare = object("rbac.authorization.k8s.io/v1", "ClusterRole", "view");
    const crd = definition("x.example", "Widget", "Cluster");
    const [namedWidget, bareWidget] = [
      object("x.example/v1", "Widget", "w", "ns"),
      object("x.example/v1", "Widget", "w"),
    ];

    test.each([
      { title: "a kind of Kubernetes", first: [named], next: [bare] },
      { title: "a kind of Kubernetes, the other way", first: [bare], next: [named] },
      { title: "a kind that the bundle defines", first: [crd, namedWidget], next: [crd, bareWidget] },
    ])("it is not stale ($title)", ({ first, next }) => {
      const record = recordOf("i", "ns", first, "x");
      // As a record has it that was written with the namespace.
      const inventory = record.instance.inventory.map((ref) => (ref.name === "w" ? { ...ref, namespace: "ns" } : ref));
      const records = [{ ...record, instance: { ...record.instance, inventory } }];
      const [plan] = planBundle(bundle("x", instance("i", "ns", next)), records).instances;
      expect(plan?.stale).toEqual([]);
      expect(plan?.objects.filter(({ metadata }) => metadata.namespace !== undefined)).toEqual([]);
    });

    test.each([
      { title: "a kind of Kubernetes", objects: [named, bare] },
      { title: "a kind that the bundle defines", objects: [crd, namedWidget, bareWidget] },
    ])("rendered both ways it is rendered twice ($title)", ({ objects }) => {
      expect(() => planBundle(bundle("x", instance("i", "ns", objects)), [])).toThrow(DuplicateObjectError);
    });
  });

  test("instances that the bundle no longer names are told, in the order of their installation", () => {
    const records = [
      { ...recordOf("late", "ns", [a], "x"), order: 2 },
      { ...recordOf("early", "ns", [b], "x"), order: 1 },
    ];
    expect(names(planBundle(bundle("x", instance("i", "ns", [c])), records).unnamed)).toEqual(["early", "late"]);
  });

  test("one object in two instances is an error that names both, and their places", () => {
    const pos = (line: number) => ({ file: "b.cue", offset: 0, line, column: 3 });
    const instances = [instance("one", "ns", [a], { pos: pos(4) }), instance("two", "ns", [a, b], { pos: pos(9) })];
    const error = catchError(() => planBundle(bundle("x", ...instances), []));
    expect(error).toBeInstanceOf(DuplicateObjectError);
    expect(String(error)).toContain(
      'b.cue:9:3: instance "two" renders ConfigMap/ns/a, which instance "one" renders too',
    );
    expect(Object(error).places).toEqual([pos(9), pos(4)]);
  });

  test("one object twice in an instance is an error", () => {
    const error = catchError(() => planBundle(bundle("x", instance("one", "ns", [a, a])), []));
    expect(String(error)).toContain('instance "one" renders ConfigMap/ns/a twice');
  });

  test("one instance named twice is an error", () => {
    const twice = bundle("x", instance("one", "ns", [a]), instance("one", "ns", [b]));
    expect(() => planBundle(twice, [])).toThrow('instance "one" in namespace "ns" is named twice');
  });

  test.each([
    { title: "another bundle", owner: "y", says: 'belongs to bundle "y", not to bundle "x"' },
    { title: "none", owner: undefined, says: "belongs to no bundle" },
  ])("an instance of $title is an ownership conflict, unless it may be taken over", ({ owner, says }) => {
    const records = [recordOf("i", "ns", [a], owner)];
    const rendered = bundle("x", instance("i", "ns", [b]));
    const error = catchError(() => planBundle(rendered, records));
    expect(error).toBeInstanceOf(OwnershipError);
    expect(String(error)).toContain(says);
    const plan = planBundle(rendered, records, { overwriteOwnership: true });
    expect(names(plan.instances[0]?.stale ?? [])).toEqual(["a"]);
  });

  test("all faults are reported together", () => {
    const records = [recordOf("one", "ns", [a], "y"), recordOf("two", "ns", [a], "y")];
    const error = catchError(() =>
      planBundle(bundle("x", instance("one", "ns", [a]), instance("two", "ns", [a])), records),
    );
    expect(error).toBeInstanceOf(FaultsError);
    expect(Object(error).errors).toHaveLength(3);
  });

  test("a name that an inventory cannot carry is refused", () => {
    const role = object("rbac.authorization.k8s.io/v1", "Role", "a__b", "ns");
    expect(() => planBundle(bundle("x", instance("i", "ns", [role])), [])).toThrow(/Role\/ns\/a__b.*cannot carry/);
  });

  test("law: stale is old without new, and the inventory holds each object once", () => {
    const maps = fc
      .uniqueArray(fc.stringMatching(/^[a-f]{1,2}$/))
      .map((all) => all.map((name) => configMap("ns", name)));
    fc.assert(
      fc.property(maps, maps, maps, (old, pending, next) => {
        const record = { ...recordOf("i", "ns", old, "x"), pending: recordOf("i", "ns", pending, "x").instance };
        const [plan] = planBundle(bundle("x", instance("i", "ns", next)), [record]).instances;
        const keys = (objects: readonly KubeObject[]) => objects.map((each) => refKey(refOf(each)));
        const want = new Set([...keys(old), ...keys(pending)].filter((key) => !keys(next).includes(key)));
        expect(new Set(plan?.stale.map(refKey))).toEqual(want);
        expect(plan?.stale).toHaveLength(want.size);
        expect(plan?.revision.inventory.map(refKey).sort()).toEqual(keys(next).sort());
      }),
    );
  });
});

describe("stages", () => {
  const kinds = ["CustomResourceDefinition", "Namespace", "ClusterRole", "StorageClass", "Role", "ConfigMap", "Widget"];
  const anyObject = fc
    .tuple(fc.constantFrom(...kinds), fc.stringMatching(/^[a-z]{1,3}$/))
    .map(([kind, name]) => object("v1", kind, name));
  const anySets = fc.array(fc.record({ name: fc.string(), objects: fc.array(anyObject) }), { maxLength: 4 });

  test("definitions, classes and roles come before the rest, and definitions are established first", () => {
    const objects = [
      definition("x.example", "Widget"),
      object("v1", "Namespace", "ns"),
      object("rbac.authorization.k8s.io/v1", "ClusterRole", "r"),
      object("storage.k8s.io/v1", "StorageClass", "s"),
      object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "b"),
      object("rbac.authorization.k8s.io/v1", "Role", "r", "ns"),
      a,
    ];
    const stages = planStages([{ name: "", objects }]);
    expect(stages.map(({ name, until, objects }) => [name, until, objects.map(({ kind }) => kind)])).toEqual([
      ["definitions", "established", ["CustomResourceDefinition", "Namespace", "ClusterRole"]],
      ["classes", undefined, ["StorageClass"]],
      ["roles", undefined, ["Role"]],
      ["rest", undefined, ["ClusterRoleBinding", "ConfigMap"]],
    ]);
  });

  test("each set but the last is ready before the next one", () => {
    const stages = planStages([
      { name: "db", objects: [a] },
      { name: "empty", objects: [] },
      { name: "app", objects: [b] },
    ]);
    expect(stages.map(({ set, until }) => [set, until])).toEqual([
      ["db", "ready"],
      ["app", undefined],
    ]);
  });

  test("law: each object is in one stage, in its order", () => {
    fc.assert(
      fc.property(anySets, (sets) => {
        const stages = planStages(sets);
        for (const { name, objects } of stages) expect(objects.length, name).toBeGreaterThan(0);
        const staged = stages.flatMap((stage) => stage.objects);
        const all = sets.flatMap((set) => set.objects);
        expect(new Set(staged)).toEqual(new Set(all));
        expect(staged).toHaveLength(all.length);
        for (const { objects } of stages) {
          const places = objects.map((each) => all.indexOf(each));
          expect(places).toEqual([...places].sort((x, y) => x - y));
        }
      }),
    );
  });

  test("runs are neighbours of one kind, joined they are the stage", () => {
    const role = object("rbac.authorization.k8s.io/v1", "Role", "r", "ns");
    expect(runsOfKind([a, b, role, c], refOf)).toEqual([[a, b], [role], [c]]);
  });
});

describe("prepareObject", () => {
  const owner = { name: "i", namespace: "ns" };

  test("adds the instance labels beside others, and leaves the rendered object as it is", () => {
    const rendered: KubeObject = { ...a, metadata: { ...a.metadata, labels: { team: "x" } } };
    const before = structuredClone(rendered);
    const prepared = prepareObject(rendered, owner);
    expect(prepared.metadata.labels).toEqual({
      team: "x",
      "instance.timoni.sh/name": "i",
      "instance.timoni.sh/namespace": "ns",
    });
    expect(rendered).toEqual(before);
    expect(belongsTo(prepared, owner)).toBe(true);
    expect(belongsTo(prepared, { ...owner, namespace: "other" })).toBe(false);
    expect(belongsTo(rendered, owner)).toBe(false);
  });

  test("a Secret's stringData becomes data, and wins over it", () => {
    const secret = object("v1", "Secret", "s", "ns", {
      type: "Opaque",
      data: { a: "b2xk", b: "Yg==" },
      stringData: { a: 'p"ä\n' },
    });
    const prepared = prepareObject(secret, owner);
    expect(prepared.data).toEqual({ a: Buffer.from('p"ä\n').toString("base64"), b: "Yg==" });
    expect(prepared).not.toHaveProperty("stringData");
    expect(prepared.type).toBe("Opaque");
  });

  test("stringData of another kind is left alone", () => {
    const other = object("x.example/v1", "Secret", "s", "ns", { stringData: { a: "b" } });
    expect(prepareObject(other, owner).stringData).toEqual({ a: "b" });
  });

  test("a control is an annotation or a label, with the right value", () => {
    expect(hasControl(annotated(a, { "action.timoni.sh/prune": "disabled" }), "keep")).toBe(true);
    expect(
      hasControl({ ...a, metadata: { ...a.metadata, labels: { "action.timoni.sh/one-off": "enabled" } } }, "oneOff"),
    ).toBe(true);
    expect(hasControl(annotated(a, { "action.timoni.sh/prune": "enabled" }), "keep")).toBe(false);
  });
});

function catchError(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
