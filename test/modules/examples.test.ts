import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { find, namesOf, renderInstances } from "./catalog.js";

test("examples/flux-operator.cue has the operator installed on another cluster", async () => {
  const bytes = readFileSync("examples/flux-operator.cue");
  const objects = await renderInstances({ name: "flux-operator.cue", bytes }, () => undefined);
  expect(namesOf(objects)).toEqual(["HelmRelease/flux-operator", "OCIRepository/flux-operator"]);
  expect(find(objects, "OCIRepository").spec).toMatchObject({
    url: "oci://ghcr.io/controlplaneio-fluxcd/charts/flux-operator",
    ref: { semver: "0.x" },
  });
  expect(find(objects, "HelmRelease").spec).toMatchObject({
    chartRef: { kind: "OCIRepository", name: "flux-operator" },
    kubeConfig: { secretRef: { name: "edge-kubeconfig" } },
    targetNamespace: "flux-system",
    install: { createNamespace: true },
  });
});
