/**
 * The words of the cluster protocol (docs/cluster-state.md). They are Timoni's, so that either tool finds what the other
 * installed; only those that start with `sheaf/` are our own.
 */
export const protocol = {
  recordType: "timoni.sh/instance",
  recordKind: "Instance",
  recordApiVersion: "timoni.sh/v1alpha1",
  fieldManager: "timoni",
  label: {
    /** On records and on namespaces that the engine made. */
    createdBy: "app.kubernetes.io/created-by",
    component: "app.kubernetes.io/component",
    name: "app.kubernetes.io/name",
    bundle: "bundle.timoni.sh/name",
    /** On every object of an instance, added when it is applied. */
    instanceName: "instance.timoni.sh/name",
    instanceNamespace: "instance.timoni.sh/namespace",
  },
  annotation: {
    deleting: "status.timoni.sh/deleting",
    /** The time of the revision whose first install has not finished; with any other time it says nothing. */
    installing: "sheaf/installing",
    /** The instance's place in its bundle, from 0: creation times have a resolution of one second only. */
    order: "sheaf/order",
    /** On the module of a revision: the paths of those of its values that came from the runtime, as JSON. */
    runtimeValues: "sheaf/runtime-values",
  },
  /** Annotations (or labels) by which an object steers how it is applied. */
  control: {
    force: { key: "action.timoni.sh/force", value: "enabled" },
    oneOff: { key: "action.timoni.sh/one-off", value: "enabled" },
    keep: { key: "action.timoni.sh/prune", value: "disabled" },
    noWait: { key: "action.timoni.sh/wait", value: "disabled" },
  },
} as const;

/** The name of the Secret that holds an instance's record. */
export function recordName(instance: string): string {
  return `timoni.${instance}`;
}

/** The labels that every record carries, and by which records are found; with `bundle` those of that bundle only. */
export function recordSelector(bundle?: string): Record<string, string> {
  return {
    [protocol.label.component]: "instance",
    [protocol.label.createdBy]: protocol.fieldManager,
    ...(bundle === undefined ? {} : { [protocol.label.bundle]: bundle }),
  };
}
