import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { buildRecorded } from "../../../src/engine/build/index.js";
import type { InstanceRevision } from "../../../src/engine/inventory/index.js";
import { createResolver } from "../../../src/engine/module/index.js";
import { folderOf, moduleTexts } from "../module/fake-modules.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sheaf-recorded-"));
  await folderOf(join(dir, "app"), {
    ...moduleTexts("app", "{size: '{{values.size}}', of: {{bundle.name}}}"),
    "values.schema.json": '{"type":"object","additionalProperties":false,"properties":{"size":{"type":"integer"}}}',
  });
});
afterEach(() => rm(dir, { recursive: true }));

const resolver = () =>
  createResolver({
    catalogDir: join(dir, "none"),
    cacheDir: join(dir, "cache"),
    registry: { fetch: () => Promise.reject(new Error("the test has no network")) },
  });

async function revisionOf(values: string): Promise<InstanceRevision> {
  const { version, digest } = await resolver().resolve({ url: "file://./app" }, dir);
  return {
    name: "one",
    namespace: "apps",
    bundle: "web",
    module: { name: "app", repository: "file://./app", version, digest, annotations: { "sheaf/runtime-values": "[]" } },
    values,
    lastTransitionTime: "2026-01-01T00:00:00Z",
    inventory: [],
    images: [],
  };
}

test.each([
  { title: "JSON, as sheaf writes it", values: '{"size":7}' },
  { title: "CUE, as Timoni writes it", values: "{\n\tsize: 7\n}" },
])("a revision with values in $title is rendered as it was", async ({ values }) => {
  const revision = await revisionOf(values);
  const built = await buildRecorded(revision, resolver(), { baseDir: dir, kubeVersion: "v1.35.0" });
  expect(built).toMatchObject({ name: "one", namespace: "apps", values: { size: 7 }, module: revision.module });
  expect(built.objects).toMatchObject([{ kind: "ConfigMap", data: { size: "7", of: "web" } }]);
});

test("no recorded value is told, since any may be secret", async () => {
  const revision = await revisionOf('{"size":"hunter22"}');
  const fault = await buildRecorded(revision, resolver(), { baseDir: dir }).catch((error: unknown) => String(error));
  expect(fault).toContain("recorded values of one:1:9: bundle.instances.one.values.size: expected an integer");
  expect(fault).not.toContain("hunter22");
});
