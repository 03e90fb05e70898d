import { expect, test } from "vitest";
import {
  applyBundle,
  buildBundle,
  buildInstance,
  clusterLookup,
  createResolver,
  deleteInstance,
  formatLock,
  instanceStatus,
  loadBundle,
  loadRuntime,
  loadValues,
  lockBundle,
  lockedResolver,
  openDirectory,
  openPlaceToWrite,
  openRegistries,
  packBundles,
  packModule,
  parseMirror,
  parsePlace,
  pushArtifact,
  readLock,
  readTree,
  runOnClusters,
  SecretsInClearError,
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

const input = (name: string, text: string) => [{ name, bytes: Buffer.from(text) }];
const mirrors = [parseMirror("ghcr.io/stefanprodan/modules=modules", ".")];
const now = () => new Date("2026-01-02T03:04:05Z");

test("a program applies a bundle to the clusters of a runtime file, and packs it for Flux", async () => {
  const dir = tempDir();
  const resolver = createResolver({ cacheDir: `${dir}/cache`, mirrors });
  const clusters = "clusters: {b: {group: one, kubeContext: x}, a: {group: one, kubeContext: y}}";
  const runtime = await loadRuntime(input("r.yaml", `runtime: {apiVersion: v1alpha1, name: r, ${clusters}}`));
  const text = `bundle: {
    apiVersion: "v1alpha1", name: "b"
    instances: t: {
      module: url: "oci://ghcr.io/stefanprodan/modules/flux-tenant", namespace: _cluster, values: role: "namespace-admin"
    }
    _cluster: string @timoni(runtime:string:TIMONI_CLUSTER_NAME)
  }`;
  const outcomes = await runOnClusters(
    runtime.clusters,
    async (cluster) => {
      const bundle = await loadBundle(input("b.cue", text), { runtime: clusterLookup(cluster, new Map()) });
      const built = await buildBundle(bundle, resolver);
      await applyBundle(built, openDirectory(`${dir}/${cluster.name}`), { now });
      return { folder: cluster.name, bundle: built };
    },
    { parallel: 2 },
  );
  const folders = outcomes.flatMap((each) => (each.state === "done" ? each.result : []));
  expect(folders.map(({ folder, bundle }) => [folder, bundle.instances[0]?.namespace])).toEqual([
    ["b", "b"],
    ["a", "a"],
  ]);
  const { manifest } = await packBundles(folders);
  expect(manifest.config.mediaType).toBe("application/vnd.cncf.flux.config.v1+json");
  const [first] = folders;
  if (first === undefined) throw new Error("there are two");
  const secret = { ...first.bundle, secrets: ["rbac.authorization"] };
  await expect(packBundles([{ folder: "", bundle: secret }])).rejects.toThrow(SecretsInClearError);
});

test("a program applies one instance of a module", async () => {
  const dir = tempDir();
  const resolver = createResolver({ cacheDir: `${dir}/cache`, mirrors });
  const values = await loadValues(input("v.yaml", "values: {git: {url: https://git.example/a, path: ./b}}"));
  const web = { name: "web", namespace: "flux-system" };
  const module = { url: "oci://ghcr.io/stefanprodan/modules/flux-git-sync" };
  const target = openDirectory(`${dir}/out`);
  await applyBundle(await buildInstance({ ...web, module, values }, resolver), target, { now });
  expect(await instanceStatus(web, target)).toMatchObject({ state: "deployed", module: { name: "flux-git-sync" } });
  expect((await deleteInstance(web, target, { now })).counts.deleted).toBe(2);
});
