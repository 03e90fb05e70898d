import type { KubeObject, ObjectRef } from "../object/index.js";
import { formatEntryId } from "./entry-id.js";
import { protocol, recordName, recordSelector } from "./names.js";
import type { InstanceRecord, InstanceRevision } from "./record.js";

/**
 * The Secret that holds a record, with labels, annotations and keys in the documented form. A record with a
 * `resourceVersion` gives a Secret with one: the form that `Target.writeRecord` takes.
 */
export function encodeRecord(record: InstanceRecord): KubeObject {
  const annotations = {
    ...record.foreign?.annotations,
    ...(record.order === undefined ? {} : { [protocol.annotation.order]: String(record.order) }),
    ...(record.installing === undefined
      ? {}
      : { [protocol.annotation.installing]: record.instance.lastTransitionTime }),
    ...(record.deleting === undefined ? {} : { [protocol.annotation.deleting]: record.deleting }),
  };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: recordName(record.name),
      namespace: record.namespace,
      labels: {
        ...record.foreign?.labels,
        [protocol.label.name]: record.name,
        ...recordSelector(record.bundle),
      },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ...(record.resourceVersion === undefined ? {} : { resourceVersion: record.resourceVersion }),
    },
    type: protocol.recordType,
    data: {
      instance: toBase64(encodeRevision(record.instance)),
      ...(record.pending === undefined ? {} : { pending: toBase64(encodeRevision(record.pending)) }),
    },
  };
}

/** The JSON text of a revision. The order of its keys is a part of the protocol. */
export function encodeRevision(revision: InstanceRevision): string {
  const { name, repository, version, digest, annotations } = revision.module;
  return JSON.stringify({
    kind: protocol.recordKind,
    apiVersion: protocol.recordApiVersion,
    metadata: {
      name: revision.name,
      namespace: revision.namespace,
      ...(revision.bundle === undefined ? {} : { labels: { [protocol.label.bundle]: revision.bundle } }),
    },
    module: {
      name,
      repository,
      version,
      digest,
      ...(annotations === undefined || Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    values: revision.values,
    lastTransitionTime: revision.lastTransitionTime,
    inventory: { entries: revision.inventory.map(encodeEntry) },
    ...(revision.images.length === 0 ? {} : { images: revision.images }),
  });
}

/** Whether two revisions say the same, apart from the time at which they were recorded. */
export function sameRevision(a: InstanceRevision, b: InstanceRevision): boolean {
  return encodeRevision({ ...a, lastTransitionTime: "" }) === encodeRevision({ ...b, lastTransitionTime: "" });
}

/** The form of times in records: RFC 3339, UTC, whole seconds. */
export function formatTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

function encodeEntry(ref: ObjectRef): { id: string; v: string } {
  return { id: formatEntryId(ref), v: ref.version };
}

function toBase64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
