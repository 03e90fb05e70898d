import { expect, test } from "vitest";
import {
  createResolver,
  formatLock,
  loadBundle,
  lockBundle,
  lockedResolver,
  openPlaceToWrite,
  openRegistries,
  packModule,
  parsePlace,
  pushArtifact,
  readLock,
  readTree,
} from "../src/index.js";
import { tempDir } from "./support/run-cli.js";

test("a program publishes a module, locks a bundle to it and takes it from there", async () => {
  const dir = tempDir();
  const { artifact } = await packModule(await readTree("modules/flux-tenant"), { version: "1.0.0", label: "tenant" });
  const repository = await openPlaceToWrite(parsePlace("oci-layout:out", dir), openRegistries());
  await pushArtifact(artifact, repository, { tags: ["1.0.0", "latest"], fixedTag: "1.0.0" });

  const text = `bundle: {apiVersion: "v1alpha1", name: "b", instances: t: {module: url: "oci-layout:${dir}/out", namespace: "a"}}`;
  const bundle = await loadBundle([{ name: "b.cue", bytes: Buffer.from(text) }]);
  const resolver = createResolver({ cacheDir: `${dir}/cache` });
  const lock = await lockBundle(bundle, resolver, dir);
  expect(lock.modules).toMatchObject([{ wanted: "latest", version: "1.0.0", digest: artifact.descriptor.digest }]);

  const read = await readLock({ name: "b.lock", bytes: Buffer.from(formatLock(lock)) });
  expect(read).toEqual(lock);
  const locked = lockedResolver(resolver, read, "b.lock");
  expect((await locked.resolve({ url: `oci-layout:${dir}/out` }, dir)).digest).toBe(artifact.descriptor.digest);
  await expect(locked.resolve({ url: `oci-layout:${dir}/out`, version: "1.0.0" }, dir)).rejects.toMatchObject({
    code: "not-locked",
  });
});
