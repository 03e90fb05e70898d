import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { get, remove, serveArtifact, sheaf, startKustomizeController, uniqueName, until } from "./cluster.js";
import { type Registry, skopeoCopy, skopeoInspect, startRegistry } from "./registry.js";

const dir = mkdtempSync(join(tmpdir(), "sheaf-push-"));
const namespace = uniqueName("pushed");
let registry: Registry;

beforeAll(async () => {
  registry = await startRegistry(dir, "registry");
});
afterAll(async () => {
  await registry.child.stop();
  await remove(`/api/v1/namespaces/${namespace}`);
  rmSync(dir, { recursive: true, force: true });
});

async function ok(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await sheaf(args, { cwd: dir, env: { SOURCE_DATE_EPOCH: "1700000000" } });
  expect(code, `${args.join(" ")}\n${stderr}`).toBe(0);
  return stdout;
}

function write(name: string, instances: string): string {
  const text = `bundle: {\n  apiVersion: "v1alpha1"\n  name: "${name}"\n  instances: ${instances}\n}\n`;
  writeFileSync(join(dir, `${name}.cue`), text);
  return `${name}.cue`;
}

test("a bundle that was pushed is what Flux applies, and prunes", async () => {
  await ok("mod", "init", "web");
  const url = `oci://${registry.host}/fleet/web`;
  const pushed = write("pushed", `web: {module: url: "file://./web", namespace: "${namespace}"}`);
  const push = ["bundle", "push", `${url}:latest`, "-f", pushed, "-t", "1.0.0", "--registry-insecure", "-o", "json"];
  const revision = ["-a", "org.opencontainers.image.revision=main@sha1:0123456789abcdef0123456789abcdef01234567"];
  const { digest } = JSON.parse(await ok(...push, ...revision));
  expect(JSON.parse(await ok(...push, ...revision)).digest).toBe(digest);

  const { annotations, layers, ...manifest } = await skopeoInspect(`docker://${registry.host}/fleet/web:1.0.0`);
  expect(manifest).toMatchObject({ config: { mediaType: "application/vnd.cncf.flux.config.v1+json" } });
  expect(layers).toMatchObject([{ mediaType: "application/vnd.cncf.flux.content.v1.tar+gzip" }]);
  expect(annotations).toEqual({
    "org.opencontainers.image.created": "2023-11-14T22:13:20Z",
    "org.opencontainers.image.revision": "main@sha1:0123456789abcdef0123456789abcdef01234567",
  });

  await skopeoCopy(`docker://${registry.host}/fleet/web:latest`, `dir:${join(dir, "copy")}`);
  const [{ digest: layer = "" } = {}] = JSON.parse(readFileSync(join(dir, "copy/manifest.json"), "utf8")).layers;
  const archive = readFileSync(join(dir, "copy", layer.slice("sha256:".length)));

  // The other side: Flux, and a bundle that follows the artifact. source-controller has a stand-in, which serves the layer.
  await ok("bundle", "apply", "-f", join(import.meta.dirname, "../../examples/flux-aio.cue"), "--timeout", "90s");
  const controller = await startKustomizeController();
  let stop = async () => {};
  try {
    const sync = write(
      "sync",
      `web: {
    module: url: "oci://ghcr.io/stefanprodan/modules/flux-oci-sync"
    namespace: "flux-system"
    values: artifact: {url: "${url}", tag: "latest"}
  }`,
    );
    const applying = ok("bundle", "apply", "-f", sync, "--timeout", "90s");
    const source = "/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/ocirepositories/web";
    stop = await serveArtifact(source, archive, `latest@${digest}`);
    await applying;
    const deployment = `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
    const live = await until("Flux has applied the Deployment", () => get(deployment));
    expect(JSON.stringify(live.metadata.managedFields)).toContain("kustomize-controller");

    await ok("bundle", "delete", "sync", "--timeout", "60s");
    await until("Flux has pruned the Deployment", async () => (await get(deployment)) === undefined);
    expect((await get(`/api/v1/namespaces/${namespace}`))?.metadata.deletionTimestamp).toBeUndefined();
  } finally {
    await stop();
    await controller.stop();
  }
  await ok("bundle", "delete", "flux-aio", "--timeout", "60s");
});
