import { beforeAll, describe, expect, test } from "vitest";
import type { KubeObject } from "../../src/engine/object/index.js";
import { rightObjects, wrongObject, wrongObjects } from "../engine/kube-schema/wrong-objects.js";
import { api, newNamespace } from "./cluster.js";

/** The plurals of the kinds of Kubernetes' own that the unit suite has right and wrong objects of. */
const plurals: Readonly<Record<string, string>> = {
  deployment: "deployments",
  statefulSet: "statefulsets",
  daemonSet: "daemonsets",
  job: "jobs",
  cronJob: "cronjobs",
  service: "services",
  ingress: "ingresses",
  networkPolicy: "networkpolicies",
  autoscaler: "horizontalpodautoscalers",
  budget: "poddisruptionbudgets",
  claim: "persistentvolumeclaims",
  configMap: "configmaps",
  secret: "secrets",
  role: "roles",
  binding: "rolebindings",
  quota: "resourcequotas",
};

let namespace = "";
beforeAll(async () => {
  namespace = await newNamespace("strict");
});

/** What the API server says of an object with strict validation, without keeping it. */
async function statusOf(object: KubeObject, plural: string): Promise<number> {
  const { apiVersion } = object;
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const path = `${root}/namespaces/${namespace}/${plural}?dryRun=All&fieldValidation=Strict`;
  return (await api("POST", path, { ...object, metadata: { ...object.metadata, namespace } })).status;
}

describe("the API server agrees with the offline check", () => {
  test("about what is right", async () => {
    const right = Object.entries(rightObjects).filter(([base]) => plurals[base] !== undefined);
    const statuses = await Promise.all(
      right.map(async ([base, object]) => [base, await statusOf(object, plurals[base] ?? "")]),
    );
    expect(statuses).toEqual(right.map(([base]) => [base, 201]));
  });

  test("about what is wrong", async () => {
    const wrong = wrongObjects.filter(([base]) => plurals[base] !== undefined);
    const taken = await Promise.all(
      wrong.map(async (each) => ({ each, status: await statusOf(wrongObject(each), plurals[each[0]] ?? "") })),
    );
    expect(taken.filter(({ status }) => status < 400).map(({ each }) => each)).toEqual([]);
  });
});
