import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../src/engine/json/index.js";
import { compileHealthChecks } from "../../../../src/engine/target/kubernetes/health-rules.js";
import { readyState } from "../../../../src/engine/target/kubernetes/ready-state.js";

/** `in-progress: message` of an object that has uid and generation 2. */
function stateOf(apiVersion: string, kind: string, body: JsonObject, metadata: JsonObject = {}): string {
  const object = { apiVersion, kind, ...body, metadata: { name: "x", uid: "u", generation: 2, ...metadata } };
  const { state, message } = readyState(object);
  return message === "" ? state : `${state}: ${message}`;
}
const is = (type: string, status: string, reason = "", message = "") => ({ type, status, reason, message });

test("an absent object", () => {
  expect(readyState(undefined)).toEqual({ state: "absent", message: "not found" });
});

test("a Flux object that is suspended is let be", () => {
  const body = { spec: { suspend: true }, status: { observedGeneration: -1 } };
  expect(stateOf("source.toolkit.fluxcd.io/v1", "GitRepository", body)).toBe("current: suspended");
  expect(stateOf("batch/v1", "CronJob", body)).toMatch(/^in-progress/);
});

describe("any kind", () => {
  const deleted = { deletionTimestamp: "2026-01-01T00:00:00Z" };
  test.each<[string, JsonObject, JsonObject, string]>([
    ["nothing to say", {}, {}, "current"],
    ["data only", { data: {} }, {}, "current"],
    ["Ready", { status: { conditions: [is("Ready", "True", "Done", "all there")] } }, {}, "current: all there"],
    [
      "not Ready",
      { status: { conditions: [is("Ready", "False", "Wait", "not there")] } },
      {},
      "in-progress: not there",
    ],
    [
      "Ready unknown",
      { status: { conditions: [is("Ready", "Unknown", "Progressing")] } },
      {},
      "in-progress: Progressing",
    ],
    [
      "an old generation",
      { status: { observedGeneration: 1, conditions: [is("Ready", "True")] } },
      {},
      "in-progress: its controller has not seen generation 2 yet",
    ],
    [
      "a Flux object that no controller has seen (-1)",
      { status: { observedGeneration: -1 } },
      {},
      "in-progress: its controller has not seen generation 2 yet",
    ],
    [
      "Reconciling before Ready",
      { status: { observedGeneration: 2, conditions: [is("Ready", "True"), is("Reconciling", "True", "P", "at it")] } },
      {},
      "in-progress: at it",
    ],
    [
      "Stalled before Ready",
      {
        status: {
          observedGeneration: 2,
          conditions: [is("Stalled", "True", "BadUrl", "no such url"), is("Ready", "False")],
        },
      },
      {},
      "failed: no such url",
    ],
    [
      "Stalled of an old generation",
      { status: { observedGeneration: 1, conditions: [is("Stalled", "True")] } },
      {},
      "in-progress: its controller has not seen generation 2 yet",
    ],
    ["being deleted", { status: { conditions: [is("Ready", "True")] } }, deleted, "terminating"],
    ["held", {}, { ...deleted, finalizers: ["a/b", "c/d"] }, "terminating: finalizers: a/b, c/d"],
  ])("%s", (_, body, metadata, wanted) => {
    expect(stateOf("source.toolkit.fluxcd.io/v1", "GitRepository", body, metadata)).toBe(wanted);
  });
});

describe("Namespace", () => {
  test.each<[JsonObject, JsonObject, string]>([
    [{ status: { phase: "Active" } }, {}, "current: active"],
    [{}, {}, "in-progress: not active yet"],
    [
      {
        spec: { finalizers: ["kubernetes"] },
        status: {
          phase: "Terminating",
          conditions: [
            is("NamespaceContentRemaining", "True", "", "Some resources are remaining: pods. has 1 resource instances"),
            is("NamespaceDeletionContentFailure", "False", "", "All content successfully deleted"),
          ],
        },
      },
      { deletionTimestamp: "2026-01-01T00:00:00Z" },
      "terminating: finalizers: kubernetes; Some resources are remaining: pods. has 1 resource instances",
    ],
  ])("%#", (body, metadata, wanted) => expect(stateOf("v1", "Namespace", body, metadata)).toBe(wanted));
});

describe("CustomResourceDefinition", () => {
  test.each<[JsonObject[], string]>([
    [[], "in-progress: not established yet"],
    [[is("Established", "False", "Installing", "…")], "in-progress: not established yet"],
    [[is("NamesAccepted", "True"), is("Established", "True")], "current: established"],
    [[is("NamesAccepted", "False", "Conflict", "names in use")], "failed: names in use"],
    [[is("Established", "False", "NotAccepted", "not all names are accepted")], "failed: not all names are accepted"],
  ])("%#", (conditions, wanted) => {
    expect(stateOf("apiextensions.k8s.io/v1", "CustomResourceDefinition", { status: { conditions } })).toBe(wanted);
  });
});

describe("Deployment", () => {
  const done = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
  const ok = [is("Available", "True"), is("Progressing", "True", "NewReplicaSetAvailable")];
  test.each<[string, JsonObject, string]>([
    ["nothing seen", {}, "in-progress: its controller has not seen it yet"],
    ["no replicas", { observedGeneration: 2 }, "in-progress: replicas: 0/2"],
    ["old ones", { ...done, updatedReplicas: 1 }, "in-progress: updated: 1/2"],
    ["too many", { ...done, replicas: 3 }, "in-progress: replicas to be removed: 1"],
    ["not available", { ...done, availableReplicas: 1 }, "in-progress: available: 1/2"],
    ["not ready", { ...done, readyReplicas: 1 }, "in-progress: ready: 1/2"],
    [
      "still rolling",
      { ...done, conditions: [is("Available", "True")] },
      "in-progress: its new ReplicaSet is not available yet",
    ],
    ["not Available", { ...done, conditions: [ok[1] ?? {}] }, "in-progress: not available yet"],
    ["all there", { ...done, conditions: ok }, "current: replicas: 2"],
    [
      "gave up",
      { ...done, conditions: [is("Progressing", "False", "ProgressDeadlineExceeded", "timed out")] },
      "failed: timed out",
    ],
  ])("%s", (_, status, wanted) => {
    expect(stateOf("apps/v1", "Deployment", { spec: { replicas: 2, progressDeadlineSeconds: 600 }, status })).toBe(
      wanted,
    );
  });

  test("one replica where none is asked for, and none where zero are", () => {
    const one = { ...done, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1, conditions: ok };
    expect(stateOf("apps/v1", "Deployment", { spec: {}, status: one })).toBe("current: replicas: 1");
    const none = { observedGeneration: 2, conditions: ok };
    expect(stateOf("apps/v1", "Deployment", { spec: { replicas: 0 }, status: none })).toBe("current: replicas: 0");
  });
});

describe("StatefulSet", () => {
  const done = {
    observedGeneration: 2,
    replicas: 3,
    readyReplicas: 3,
    currentReplicas: 3,
    updatedReplicas: 3,
    currentRevision: "b",
    updateRevision: "b",
  };
  const updateStrategy = (partition: number) => ({ type: "RollingUpdate", rollingUpdate: { partition } });
  test.each<[string, JsonObject, JsonObject, string]>([
    ["all there", {}, done, "current: replicas: 3"],
    ["nothing seen", {}, {}, "in-progress: its controller has not seen it yet"],
    ["too few", {}, { ...done, replicas: 2 }, "in-progress: replicas: 2/3"],
    ["not ready", {}, { ...done, readyReplicas: 1 }, "in-progress: ready: 1/3"],
    ["too many", {}, { ...done, replicas: 4 }, "in-progress: replicas to be removed: 1"],
    ["old ones", {}, { ...done, currentReplicas: 1 }, "in-progress: current: 1/3"],
    [
      "two revisions",
      {},
      { ...done, currentRevision: "a" },
      "in-progress: its replicas are not all of the new revision yet",
    ],
    [
      "a partition under way",
      { updateStrategy: updateStrategy(1) },
      { ...done, updatedReplicas: 1 },
      "in-progress: updated: 1/2",
    ],
    [
      "a partition",
      { updateStrategy: updateStrategy(1) },
      { ...done, updatedReplicas: 2, currentRevision: "a" },
      "current: replicas: 3",
    ],
    ["on delete", { updateStrategy: { type: "OnDelete" } }, {}, "current: updated on delete"],
  ])("%s", (_, spec, status, wanted) => {
    expect(stateOf("apps/v1", "StatefulSet", { spec: { replicas: 3, ...spec }, status })).toBe(wanted);
  });
});

describe("other workloads", () => {
  const daemons = {
    observedGeneration: 2,
    desiredNumberScheduled: 2,
    currentNumberScheduled: 2,
    updatedNumberScheduled: 2,
    numberAvailable: 2,
    numberReady: 2,
  };
  const set = { observedGeneration: 2, replicas: 1, fullyLabeledReplicas: 1, availableReplicas: 1, readyReplicas: 1 };
  const waiting = (reason: string) => ({ containerStatuses: [{ name: "main", state: { waiting: { reason } } }] });
  test.each<[string, string, JsonObject, string]>([
    ["apps/v1", "DaemonSet", { status: daemons }, "current: pods: 2"],
    ["apps/v1", "DaemonSet", {}, "in-progress: its controller has not seen it yet"],
    ["apps/v1", "DaemonSet", { status: { ...daemons, updatedNumberScheduled: 1 } }, "in-progress: updated: 1/2"],
    ["apps/v1", "DaemonSet", { status: { ...daemons, numberReady: 0 } }, "in-progress: ready: 0/2"],
    ["apps/v1", "DaemonSet", { status: { ...daemons, desiredNumberScheduled: 0 } }, "current: pods: 0"],
    ["apps/v1", "ReplicaSet", { status: set }, "current: replicas: 1"],
    ["apps/v1", "ReplicaSet", { status: { ...set, availableReplicas: 0 } }, "in-progress: available: 0/1"],
    [
      "apps/v1",
      "ReplicaSet",
      { status: { ...set, conditions: [is("ReplicaFailure", "True", "Quota", "exceeded")] } },
      "in-progress: exceeded",
    ],
    ["batch/v1", "Job", { status: { active: 1 } }, "in-progress: active: 1, succeeded: 0, failed: 0"],
    ["batch/v1", "Job", { status: { succeeded: 1, conditions: [is("Complete", "True")] } }, "current: complete"],
    [
      "batch/v1",
      "Job",
      { status: { failed: 7, conditions: [is("Failed", "True", "Backoff", "too often")] } },
      "failed: too often",
    ],
    ["batch/v1", "Job", { status: { conditions: [is("Suspended", "True")] } }, "in-progress: suspended"],
    ["batch/v1", "CronJob", { status: {} }, "current"],
    ["v1", "Pod", { status: { phase: "Pending" } }, "in-progress: Pending"],
    [
      "v1",
      "Pod",
      { status: { phase: "Pending", ...waiting("ImagePullBackOff") } },
      "in-progress: container main: ImagePullBackOff",
    ],
    [
      "v1",
      "Pod",
      { status: { phase: "Pending", conditions: [is("PodScheduled", "False", "U", "no node")] } },
      "in-progress: no node",
    ],
    ["v1", "Pod", { status: { phase: "Running", conditions: [is("Ready", "False")] } }, "in-progress: not ready yet"],
    ["v1", "Pod", { status: { phase: "Running", conditions: [is("Ready", "True")] } }, "current: ready"],
    [
      "v1",
      "Pod",
      { status: { phase: "Running", ...waiting("CrashLoopBackOff") } },
      "failed: container main: CrashLoopBackOff",
    ],
    ["v1", "Pod", { status: { phase: "Succeeded" } }, "current: completed"],
    ["v1", "Pod", { status: { phase: "Failed", message: "evicted" } }, "failed: evicted"],
    ["v1", "PersistentVolumeClaim", { status: { phase: "Pending" } }, "in-progress: not bound yet (Pending)"],
    ["v1", "PersistentVolumeClaim", { status: { phase: "Bound" } }, "current: bound"],
    ["v1", "PersistentVolumeClaim", { status: { phase: "Lost" } }, "failed: its volume is lost"],
    ["v1", "Service", { spec: { type: "LoadBalancer" } }, "in-progress: no cluster address yet"],
    ["v1", "Service", { spec: { type: "LoadBalancer", clusterIP: "10.0.0.1" } }, "current"],
    ["v1", "Service", { spec: { type: "ClusterIP" } }, "current"],
    [
      "policy/v1",
      "PodDisruptionBudget",
      { status: { observedGeneration: 2, conditions: [is("Ready", "False")] } },
      "current",
    ],
    // A kind of that name in another group follows the general rules.
    [
      "serving.knative.dev/v1",
      "Service",
      { status: { conditions: [is("Ready", "False", "R", "no revision")] } },
      "in-progress: no revision",
    ],
  ])("%s %s %o", (apiVersion, kind, body, wanted) => expect(stateOf(apiVersion, kind, body)).toBe(wanted));
});

describe("a module's health check", () => {
  const checks = [{ kind: "Certificate.cert-manager.io", ready: "Issued", failed: "Refused" }];
  test.each<[string, string, JsonObject[], string]>([
    ["has not been met yet", "cert-manager.io/v1", [is("Ready", "True")], "in-progress: no condition Issued yet"],
    ["is met", "cert-manager.io/v1", [is("Ready", "False"), is("Issued", "True", "Done", "issued")], "current: issued"],
    ["cannot be met any more", "cert-manager.io/v1", [is("Refused", "True", "No", "quota")], "failed: quota"],
    ["is about another group", "example.com/v1", [is("Ready", "False", "R", "usual")], "in-progress: usual"],
  ])("%s", async (_, apiVersion, conditions, wanted) => {
    const object = { apiVersion, kind: "Certificate", metadata: { name: "a" }, status: { conditions } };
    const { state, message } = readyState(object, await compileHealthChecks(checks));
    expect(`${state}: ${message}`).toBe(wanted);
  });

  const [ready, failed] = ['obj.status.phase == "Running"', 'obj.status.phase =~ "^(Failed|Lost)$"'];
  const isIssued = '[for c in obj.status.conditions if c.type == "Issued" {c.status}][0] == "True"';
  test.each<[string, JsonObject | undefined, string, string]>([
    ["has not been met yet", { phase: "Pending" }, ready, `in-progress: not yet: ${ready}`],
    ["looks at a field that is not there yet", {}, ready, `in-progress: not yet: ${ready}`],
    ["looks into a status that is not there yet", undefined, ready, `in-progress: not yet: ${ready}`],
    ["is met", { phase: "Running" }, ready, `current: ${ready}`],
    ["cannot be met any more", { phase: "Lost" }, ready, `failed: ${failed}`],
    ["gives no bool", { phase: "Running" }, "obj.status.phase", "in-progress: not yet: obj.status.phase"],
    ["looks through a list", { conditions: [is("Issued", "True")] }, isIssued, `current: ${isIssued}`],
    [
      "looks through a list of others",
      { conditions: [is("A", "True")] },
      isIssued,
      `in-progress: not yet: ${isIssued}`,
    ],
  ])("that is an expression %s", async (_, status, rule, wanted) => {
    const object = { apiVersion: "example.com/v1", kind: "Db", metadata: { name: "a" }, ...(status && { status }) };
    const rules = await compileHealthChecks([{ kind: "Db.example.com", ready: rule, failed }]);
    const { state, message } = readyState(object, rules);
    expect(`${state}: ${message}`).toBe(wanted);
  });
});
