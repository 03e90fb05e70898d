import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  canBeRecorded,
  decodeRecord,
  encodeRecord,
  formatEntryId,
  formatTime,
  type InstanceRecord,
  type InstanceRevision,
  RecordError,
  sameRevision,
  sortRecords,
  tryParseEntryId,
} from "../../../src/engine/inventory/index.js";
import type { KubeObject, ObjectRef } from "../../../src/engine/object/index.js";

const ref = (group: string, version: string, kind: string, namespace: string, name: string): ObjectRef => ({
  group,
  version,
  kind,
  namespace,
  name,
});

describe("entry ids", () => {
  test.each([
    { ref: ref("", "v1", "Namespace", "", "flux-system"), id: "_flux-system__Namespace" },
    { ref: ref("apps", "v1", "Deployment", "flux-system", "flux"), id: "flux-system_flux_apps_Deployment" },
    { ref: ref("", "v1", "Secret", "apps", "a.b"), id: "apps_a.b__Secret" },
    {
      ref: ref("rbac.authorization.k8s.io", "v1", "ClusterRole", "", "system:flux"),
      id: "_system__flux_rbac.authorization.k8s.io_ClusterRole",
    },
    {
      ref: ref("rbac.authorization.k8s.io", "v1", "Role", "apps", "one_two"),
      id: "apps_one_two_rbac.authorization.k8s.io_Role",
    },
  ])("$id names its object both ways", ({ ref, id }) => {
    expect(formatEntryId(ref)).toBe(id);
    expect(tryParseEntryId(id, ref.version)).toEqual(ref);
    expect(canBeRecorded(ref)).toBe(true);
  });

  test.each(["", "a", "a_b", "a_b_c", "a_b_c_", "a__c_d".slice(0, 3)])("%j is no id", (id) => {
    expect(tryParseEntryId(id, "v1")).toBeUndefined();
  });

  test("a namespace that names nothing is left out", () => {
    const ref = tryParseEntryId("apps_view_rbac.authorization.k8s.io_ClusterRole", "v1");
    expect(ref).toMatchObject({ kind: "ClusterRole", namespace: "", name: "view" });
  });

  test("a name whose id would lead to another object cannot be recorded", () => {
    expect(canBeRecorded(ref("rbac.authorization.k8s.io", "v1", "Role", "apps", "a__b"))).toBe(false);
  });

  test("the id of any object that can be recorded leads back to it", () => {
    const part = fc.stringMatching(/^[a-z0-9.-]{0,12}$/);
    const name = fc.stringMatching(/^[a-zA-Z0-9.:_-]{1,16}$/);
    const group = fc.oneof(part, fc.constant("rbac.authorization.k8s.io"));
    fc.assert(
      fc.property(group, fc.stringMatching(/^[A-Z][A-Za-z]{0,9}$/), part, name, (group, kind, namespace, name) => {
        const object = ref(group, "v1", kind, namespace, name);
        const back = tryParseEntryId(formatEntryId(object), "v1");
        if (canBeRecorded(object)) expect(back).toEqual(object);
        else expect(back).not.toEqual(object);
      }),
    );
  });
});

const revision: InstanceRevision = {
  name: "flux",
  namespace: "flux-system",
  bundle: "flux-aio",
  module: {
    name: "flux-aio",
    repository: "oci://ghcr.io/stefanprodan/modules/flux-aio",
    version: "2.8.0-0",
    digest: "sha256:0123",
    annotations: { "org.opencontainers.image.created": "2026-01-01T00:00:00Z" },
  },
  values: '{"hostNetwork":true}',
  lastTransitionTime: "2026-02-03T04:05:06Z",
  inventory: [
    ref("", "v1", "Namespace", "", "flux-system"),
    ref("rbac.authorization.k8s.io", "v1", "ClusterRole", "", "flux:view"),
  ],
  images: ["ghcr.io/fluxcd/source-controller:v1.4.1"],
};

/** The documented form, written by hand. */
const documented =
  '{"kind":"Instance","apiVersion":"timoni.sh/v1alpha1","metadata":{"name":"flux","namespace":"flux-system",' +
  '"labels":{"bundle.timoni.sh/name":"flux-aio"}},"module":{"name":"flux-aio",' +
  '"repository":"oci://ghcr.io/stefanprodan/modules/flux-aio","version":"2.8.0-0","digest":"sha256:0123",' +
  '"annotations":{"org.opencontainers.image.created":"2026-01-01T00:00:00Z"}},"values":"{\\"hostNetwork\\":true}",' +
  '"lastTransitionTime":"2026-02-03T04:05:06Z","inventory":{"entries":[{"id":"_flux-system__Namespace","v":"v1"},' +
  '{"id":"_flux__view_rbac.authorization.k8s.io_ClusterRole","v":"v1"}]},' +
  '"images":["ghcr.io/fluxcd/source-controller:v1.4.1"]}';

function secret(data: Record<string, string>, metadata: object = {}): KubeObject {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "timoni.flux", namespace: "flux-system", ...metadata },
    type: "timoni.sh/instance",
    data: Object.fromEntries(encoded),
  };
}

describe("records", () => {
  test("the Secret has the documented names, labels, annotations and bytes", () => {
    const record: InstanceRecord = {
      name: "flux",
      namespace: "flux-system",
      bundle: "flux-aio",
      order: 0,
      instance: revision,
    };
    expect(encodeRecord({ ...record, deleting: "2026-02-03T04:05:07Z", pending: revision })).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: "timoni.flux",
        namespace: "flux-system",
        labels: {
          "app.kubernetes.io/name": "flux",
          "app.kubernetes.io/component": "instance",
          "app.kubernetes.io/created-by": "timoni",
          "bundle.timoni.sh/name": "flux-aio",
        },
        annotations: { "sheaf/order": "0", "status.timoni.sh/deleting": "2026-02-03T04:05:07Z" },
      },
      type: "timoni.sh/instance",
      data: {
        instance: Buffer.from(documented).toString("base64"),
        pending: Buffer.from(documented).toString("base64"),
      },
    });
  });

  test("an instance of no bundle has no bundle label, and what is empty is left out", () => {
    const { bundle: _, ...alone } = revision;
    const { annotations: __, ...module } = revision.module;
    const instance = { ...alone, module, images: [] };
    const encoded = encodeRecord({ name: "flux", namespace: "flux-system", instance });
    expect(encoded.metadata).toEqual({
      name: "timoni.flux",
      namespace: "flux-system",
      labels: {
        "app.kubernetes.io/name": "flux",
        "app.kubernetes.io/component": "instance",
        "app.kubernetes.io/created-by": "timoni",
      },
    });
    const json = Buffer.from(String(Object(encoded.data).instance), "base64").toString();
    expect(json).not.toMatch(/labels|annotations|images/);
  });

  test("a record that Timoni wrote is read: CUE values as text, unknown fields ignored, the bundle named by the Instance", () => {
    const cue = '{\n\thostNetwork: true\n\tlogLevel: *"info" | string\n}';
    const json = {
      kind: "Instance",
      apiVersion: "timoni.sh/v1alpha1",
      metadata: {
        name: "flux",
        namespace: "flux-system",
        creationTimestamp: null,
        labels: { "bundle.timoni.sh/name": "b" },
      },
      module: { name: "timoni.sh/flux-aio", repository: "oci://r", version: "1.0.0", digest: "sha256:1" },
      values: cue,
      lastTransitionTime: "2025-01-01T00:00:00Z",
      inventory: { entries: [{ id: "flux-system_flux_apps_Deployment", v: "v1" }] },
      future: { field: 1 },
    };
    const record = decodeRecord(
      secret({ instance: JSON.stringify(json) }, { resourceVersion: "7", creationTimestamp: "2025-01-01T00:00:00Z" }),
    );
    expect(record).toMatchObject({ bundle: "b", resourceVersion: "7", creationTimestamp: "2025-01-01T00:00:00Z" });
    expect(record.order).toBeUndefined();
    expect(record.instance.values).toBe(cue);
    expect(record.instance.inventory).toEqual([ref("apps", "v1", "Deployment", "flux-system", "flux")]);
    expect(record.instance.images).toEqual([]);
  });

  test.each([
    { title: "without data", broken: { ...secret({}), data: null }, says: "data.instance is missing" },
    { title: "whose data is no JSON", broken: secret({ instance: '{"values":"hunter2' }), says: "no base64 of JSON" },
    { title: "of a list", broken: secret({ instance: "[]" }), says: "no JSON object" },
    { title: "of another kind", broken: secret({ instance: '{"kind":"Bundle"}' }), says: "another kind" },
    { title: "without a name", broken: secret({ instance: '{"metadata":{"namespace":"x"}}' }), says: "metadata.name" },
    {
      title: "of another namespace",
      broken: secret({ instance: '{"metadata":{"name":"flux","namespace":"x"}}' }),
      says: "names x",
    },
    {
      title: "with a broken inventory id",
      broken: secret({
        instance:
          '{"metadata":{"name":"flux","namespace":"flux-system"},"inventory":{"entries":[{"id":"a_b","v":"v1"}]}}',
      }),
      says: "data.instance.inventory.entries[0].id is a_b",
    },
    {
      title: "with a broken pending",
      broken: secret({ instance: documented, pending: "{" }),
      says: "data.pending is no base64 of JSON",
    },
  ])("a Secret $title is refused by name, and its content is not shown", ({ broken, says }) => {
    const error = catchError(() => decodeRecord(broken));
    expect(error).toBeInstanceOf(RecordError);
    expect(String(error)).toContain("Secret flux-system/timoni.flux");
    expect(String(error)).toContain(says);
    expect(String(error)).not.toContain("hunter2");
  });

  test("labels and annotations of others are kept, and a decoded record encodes to the same Secret", () => {
    const stored = encodeRecord({ name: "flux", namespace: "flux-system", bundle: "b", order: 3, instance: revision });
    const labels = { ...Object(stored.metadata.labels), team: "a" };
    const annotations = { ...Object(stored.metadata.annotations), note: "x" };
    const changed = { ...stored, metadata: { ...stored.metadata, labels, annotations, resourceVersion: "9" } };
    expect(encodeRecord(decodeRecord(changed))).toEqual(changed);
  });

  test("every record survives the way to a Secret and back", () => {
    const text = fc.string({ unit: "binary", maxLength: 20 });
    const name = fc.stringMatching(/^[a-z]{1,10}$/);
    const values = fc.record({ values: text, lastTransitionTime: text, images: fc.array(text) });
    fc.assert(
      fc.property(
        name,
        name,
        fc.option(name, { nil: undefined }),
        values,
        fc.nat(),
        (name, namespace, bundle, rest, order) => {
          const owner = bundle === undefined ? {} : { bundle };
          const instance = { ...revision, name, namespace, ...rest };
          const { bundle: _, ...unowned } = instance;
          const record = { name, namespace, ...owner, order, instance: { ...unowned, ...owner } };
          expect(decodeRecord(encodeRecord(record))).toEqual({ ...record, foreign: { labels: {}, annotations: {} } });
        },
      ),
    );
  });

  test("two revisions are the same whatever their times, and not with another inventory order", () => {
    expect(sameRevision(revision, { ...revision, lastTransitionTime: "later" })).toBe(true);
    expect(sameRevision(revision, { ...revision, values: "{}" })).toBe(false);
    expect(sameRevision(revision, { ...revision, inventory: [...revision.inventory].reverse() })).toBe(false);
  });

  test("times have whole seconds, in UTC", () => {
    expect(formatTime(new Date("2026-02-03T06:05:06.789+02:00"))).toBe("2026-02-03T04:05:06Z");
  });
});

describe("sortRecords", () => {
  const record = (name: string, creationTimestamp: string, order?: number): InstanceRecord => ({
    name,
    namespace: "ns",
    creationTimestamp,
    ...(order === undefined ? {} : { order }),
    instance: revision,
  });
  const names = (records: readonly InstanceRecord[]) => sortRecords(records).map(({ name }) => name);

  test("recorded places decide, where times tie and where they do not", () => {
    const tied = [record("a", "2026-01-01T00:00:00Z", 2), record("b", "2026-01-01T00:00:00Z", 0)];
    expect(names([...tied, record("c", "2025-01-01T00:00:00Z", 1)])).toEqual(["b", "c", "a"]);
  });

  test("times decide where a record has no place, which breaks their ties", () => {
    const records = [
      record("timoni", "2026-01-01T00:00:01Z"),
      record("late", "2026-01-01T00:00:02Z", 0),
      record("second", "2026-01-01T00:00:00Z", 2),
      record("first", "2026-01-01T00:00:00Z", 1),
    ];
    expect(names(records)).toEqual(["first", "second", "timoni", "late"]);
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
