import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exportObjects } from "../../../../src/engine/target/directory/index.js";
import { configMap, object } from "../../../support/bundles.js";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "sheaf-export-"));
});
afterEach(() => rm(root, { recursive: true }));

const instance = (...objects: ReturnType<typeof configMap>[]) => [{ name: "one", namespace: "apps", objects }];

test("exportObjects() writes one file per object, private ones for their owner only", async () => {
  const objects = [configMap("apps", "a"), configMap("other", "b")];
  await exportObjects(root, instance(...objects), ({ metadata }) => metadata.name === "b");
  expect((await readdir(join(root, "one"))).sort()).toEqual(["other_v1_configmap_b.yaml", "v1_configmap_a.yaml"]);
  expect((await stat(join(root, "one", "other_v1_configmap_b.yaml"))).mode & 0o777).toBe(0o600);
});

test("exportObjects() writes nothing where two objects would have one file", async () => {
  const roles = ["A", "a"].map((name) => object("rbac.authorization.k8s.io/v1", "Role", name, "apps"));
  await expect(exportObjects(root, instance(...roles), () => false)).rejects.toMatchObject({
    code: "invalid-object",
    message: expect.stringContaining("Role/apps/a would have the same file as another object"),
  });
  expect(await readdir(root)).toEqual([]);
});
