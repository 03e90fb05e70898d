import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createObjectChecker, formatFault } from "../../../src/engine/kube-schema/index.js";
import type { KubeObject } from "../../../src/engine/object/index.js";

const crdsDir = new URL("../../../modules/flux-aio/crds/", import.meta.url);
const definitions = readdirSync(crdsDir).map(
  (name): KubeObject => JSON.parse(readFileSync(new URL(name, crdsDir), "utf8")),
);
const checker = await createObjectChecker("1.35.4");
checker.define(definitions);

function faultsOf(object: KubeObject, against = checker): string[] {
  return against.check(object).map((fault) => `${fault.isWarning ? "warning: " : ""}${formatFault(fault)}`);
}

const named = (apiVersion: string, kind: string, rest = {}): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: "a" },
  ...rest,
});

const deployment = named("apps/v1", "Deployment", {
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" }, creationTimestamp: null },
      spec: { containers: [{ name: "web", image: "web:1", resources: { limits: { cpu: 1, memory: "64Mi" } } }] },
    },
  },
});

test("definitions and a deployment are fine", () => {
  expect([deployment, ...definitions].flatMap((object) => faultsOf(object))).toEqual([]);
});

test("nothing is said of a kind that nobody defines", () => {
  const object = named("cert-manager.io/v1", "Certificate", { spec: { x: 1 } });
  expect(faultsOf(object)).toEqual([]);
  expect(checker.knows(object)).toBe(false);
});

test.each<[object: KubeObject, fault: string]>([
  [named("apps/v1", "Deploymnt"), "kind: there is no apps/v1 Deploymnt; did you mean Deployment?"],
  [named("apps/v2", "Deployment"), "apiVersion: there is no apps/v2 Deployment; Deployment is in apps/v1"],
  [named("v1", "Deployment"), "apiVersion: there is no v1 Deployment; Deployment is in apps/v1"],
  [
    named("policy/v1beta1", "PodDisruptionBudget"),
    "apiVersion: policy/v1beta1 PodDisruptionBudget was removed in Kubernetes 1.25; use policy/v1 PodDisruptionBudget",
  ],
  [
    named("source.toolkit.fluxcd.io/v1beta1", "GitRepository"),
    "apiVersion: there is no source.toolkit.fluxcd.io/v1beta1 GitRepository; GitRepository is in source.toolkit.fluxcd.io/v1",
  ],
  [
    named("v1", "Endpoints"),
    "warning: apiVersion: v1 Endpoints is deprecated since Kubernetes 1.33; use discovery.k8s.io/v1 EndpointSlice",
  ],
  [named("v1", "ConfigMap", { dta: {} }), "dta: unknown field; did you mean data?"],
  [named("v1", "Secret", { data: { a: "%" } }), "data.a: has to be Base64"],
  [
    { ...named("source.toolkit.fluxcd.io/v1", "ExternalArtifact"), metadata: { name: "a", label: {} } },
    "metadata.label: unknown field; did you mean labels?",
  ],
])("%j: %s", (object, fault) => {
  expect(faultsOf(object)).toEqual([fault]);
});

test("the version decides what is there", async () => {
  const old = await createObjectChecker("v1.31.2");
  const pod = named("v1", "Pod", { spec: { containers: [{ name: "a", image: "a:1", restartPolicyRules: [] }] } });
  expect(faultsOf(pod)).toEqual([]);
  expect(faultsOf(pod, old)).toEqual([
    "spec.containers.0.restartPolicyRules: this field is there from Kubernetes 1.34 on, and the version wanted is 1.31",
  ]);
  const flow = named("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema", {
    spec: { priorityLevelConfiguration: { name: "a" } },
  });
  expect(faultsOf(flow)[0]).toContain("was removed in Kubernetes 1.32");
  expect(faultsOf(flow, old)[0]).toMatch(/^warning: .* is deprecated since Kubernetes 1.29 and goes in 1.32/);
  const budget = named("networking.k8s.io/v1", "ServiceCIDR");
  expect(faultsOf(budget, old)).toEqual([
    "apiVersion: networking.k8s.io/v1 ServiceCIDR is there from Kubernetes 1.33 on, and the version wanted is 1.31",
  ]);
});

test("a definition may deprecate a version", async () => {
  const warned = await createObjectChecker("1.35.0");
  const version = (name: string, about = {}) => ({ name, served: true, schema: {}, ...about });
  const spec = {
    group: "example.org",
    names: { kind: "Widget" },
    versions: [version("v1beta1", { deprecated: true }), version("v1")],
  };
  warned.define([named("apiextensions.k8s.io/v1", "CustomResourceDefinition", { spec })]);
  expect(faultsOf(named("example.org/v1", "Widget"), warned)).toEqual([]);
  expect(faultsOf(named("example.org/v1beta1", "Widget"), warned)).toEqual([
    "warning: apiVersion: example.org/v1beta1 Widget is deprecated; use example.org/v1",
  ]);
});

test.each([
  [{ data: { password: "pa55 word" } }, "data.password: has to be Base64"],
  [{ stringData: { pin: 55501 } }, "stringData.pin: expected a string (put it in quotes)"],
  [{ data: "pa55" }, "data: expected an object"],
])("no fault shows what is in a Secret", (content, fault) => {
  expect(faultsOf(named("v1", "Secret", content))).toEqual([fault]);
});
