import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createResolver, parseMirror, type ResolverOptions } from "../../src/engine/module/index.js";
import { moduleCompiler } from "../../src/engine/module/module-compiler.js";
import { dockerCredentials, openLayout, type RegistryOptions } from "../../src/engine/oci/index.js";
import { type Registry, skopeoCopy, startRegistry } from "./registry.js";

// Debian's docker-registry holds what skopeo, an independent client, put there from the catalog.

const catalogDir = resolve("dist/catalog");
const prefix = "ghcr.io/stefanprodan/modules";

let dir: string;
let open: Registry;
let closed: Registry;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sheaf-oci-"));
  open = await startRegistry(dir, "open");
  closed = await startRegistry(dir, "closed", { htpasswd: true });
  const { entries } = await openLayout(catalogDir);
  // One after the other: docker-registry can lose a blob that two clients bring at the same moment.
  for (const { repository, tag } of entries) {
    await skopeoCopy(`oci:${catalogDir}:${repository}:${tag}`, `docker://${open.host}/mirror/${repository}:${tag}`);
  }
  await skopeoCopy(
    `oci:${catalogDir}:flux-tenant:latest`,
    `docker://${closed.host}/flux-tenant:latest`,
    "--dest-creds=me:s3cret",
  );
});

afterAll(async () => {
  await open?.child.stop();
  await closed?.child.stop();
  await rm(dir, { recursive: true, force: true });
});

const resolver = (cache: string, options: Partial<ResolverOptions> = {}, registry: Partial<RegistryOptions> = {}) =>
  createResolver({
    compiler: moduleCompiler,
    catalogDir,
    cacheDir: join(dir, cache),
    registry: { fetch, insecure: true, ...registry },
    ...options,
  });
const viaRegistry = () => [parseMirror(`${prefix}=oci://${open.host}/mirror`, dir)];

test("a registry gives the digests and the modules of the catalog", async () => {
  const { entries } = await openLayout(catalogDir);
  expect(entries.length).toBeGreaterThanOrEqual(50);
  // No compiled form is at hand for what comes from the registry, so each module is unpacked and compiled.
  const mirrored = resolver("cache", { mirrors: viaRegistry(), catalogDir: join(dir, "none") });
  const direct = resolver("cache-2");
  for (const { repository, tag, descriptor } of entries.filter(
    ({ tag }) => tag === "latest" || tag.startsWith("2.2.3"),
  )) {
    const request = { url: `oci://${prefix}/${repository}`, version: tag };
    const there = await mirrored.resolve(request, dir);
    expect(there.digest).toBe(descriptor.digest);
    expect(there.via).toBe(`the registry oci://${open.host}/mirror`);
    expect({ ...there, via: undefined }).toEqual({ ...(await direct.resolve(request, dir)), via: undefined });
  }
});

test("lists of a registry, of the catalog and of a layout that skopeo wrote are equal", async () => {
  const layout = join(dir, "layout");
  for (const { tag } of (await openLayout(catalogDir)).entries.filter(({ repository }) => repository === "flux-aio")) {
    await skopeoCopy(`docker://${open.host}/mirror/flux-aio:${tag}`, `oci:${layout}:flux-aio:${tag}`);
  }
  const url = `oci://${prefix}/flux-aio`;
  const { versions } = await resolver("cache").versions(url, dir);
  expect(versions[0]).toMatchObject({ latest: true, digest: expect.stringMatching(/^sha256:/) });
  expect((await resolver("cache", { mirrors: viaRegistry() }).versions(url, dir)).versions).toEqual(versions);
  expect((await resolver("cache").versions(`oci-layout:${layout}/flux-aio`, dir)).versions).toEqual(versions);
});

test("what is cached is not fetched again, also by two at a time", async () => {
  const url = `oci://${open.host}/mirror/flux-git-sync`;
  let fetched = 0;
  const counting: typeof fetch = (input, init) => {
    if (String(input).includes("/blobs/")) fetched++;
    return fetch(input, init);
  };
  const once = () => resolver("cache-3", { catalogDir: join(dir, "none") }, { fetch: counting }).resolve({ url }, dir);
  const [a, b] = await Promise.all([once(), once()]);
  const c = await once();
  expect(a).toEqual(b);
  expect(a).toEqual(c);
  expect(fetched).toBeLessThanOrEqual(2);
  expect((await readdir(join(dir, "cache-3", "blobs", "sha256"))).filter((name) => name.includes("."))).toEqual([]);
});

describe("a registry with a password", () => {
  const url = () => `oci://${closed.host}/flux-tenant`;

  test("is read with the credentials of Docker's config.json", async () => {
    const config = { auths: { [closed.host]: { auth: Buffer.from("me:s3cret").toString("base64") } } };
    await writeFile(join(dir, "config.json"), JSON.stringify(config));
    const credentials = dockerCredentials({ env: { DOCKER_CONFIG: dir } });
    const found = await resolver("cache-4", {}, { credentials }).resolve({ url: url() }, dir);
    expect(found.module).toBeDefined();
  });

  test.each([
    { title: "none", credentials: async () => undefined, fault: /there are no credentials for 127/ },
    {
      title: "wrong ones",
      credentials: async () => ({ kind: "basic", username: "me", password: "wr0ng" }) as const,
      fault: /the credentials for 127.* were not accepted/,
    },
  ])("refuses $title, and the error says so", async ({ credentials, fault }) => {
    const attempt = resolver("cache-5", {}, { credentials }).resolve({ url: url() }, dir);
    await expect(attempt).rejects.toMatchObject({ code: "unauthorized" });
    await expect(attempt).rejects.toThrow(fault);
    await expect(attempt).rejects.not.toThrow(/wr0ng/);
  });
});

test("what the registry does not have is told with what it has", async () => {
  const mirrored = resolver("cache", { mirrors: viaRegistry() });
  const missing = mirrored.resolve({ url: `oci://${prefix}/flux-aio`, version: "2.8.1-0" }, dir);
  await expect(missing).rejects.toThrow(
    /has no version 2\.8\.1-0: it has 2\.9\.4-0, 2\.8\.8-0, 2\.8\.0-0, .*2\.2\.3-0$/,
  );
  await expect(mirrored.resolve({ url: `oci://${prefix}/flux-ai` }, dir)).rejects.toMatchObject({ code: "not-found" });
});
