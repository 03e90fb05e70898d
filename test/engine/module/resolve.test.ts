import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseMirror } from "../../../src/engine/module/mirror.js";
import { moduleCompiler } from "../../../src/engine/module/module-compiler.js";
import { createResolver, type ModuleRequest, type ResolverOptions } from "../../../src/engine/module/resolve.js";
import { ResolveError } from "../../../src/engine/module/resolve-error.js";
import type { Artifact } from "../../../src/engine/oci/index.js";
import { type FakeRegistry, startRegistry } from "../oci/fake-registry.js";
import { artifactOf, countingCompiler, filesOf, folderOf, layoutOf, moduleTexts } from "./fake-modules.js";

const fluxUrl = "oci://ghcr.io/stefanprodan/modules/flux-aio";
const urlPos = { file: "b.cue", offset: 1, line: 2, column: 3 };
const versionPos = { file: "b.cue", offset: 9, line: 4, column: 5 };

/** The tests tell versions apart by the names of their modules. */
const fluxName = (version: string) => `flux-${version.replaceAll(".", "-")}`;

let dir: string;
let flux: Record<string, Artifact>;
let compiler: ReturnType<typeof countingCompiler>;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sheaf-"));
  compiler = countingCompiler();
  flux = Object.fromEntries(
    await Promise.all(
      ["2.9.4-0", "2.8.0-0", "2.7.5-0", "2.2.3-0"].map(async (v) => [v, await artifactOf(v, moduleTexts(fluxName(v)))]),
    ),
  );
  const tenant = await artifactOf("1.0.0", moduleTexts("tenant"));
  const named = Object.entries(flux).map(([v, artifact]) => [`flux-aio:${v}`, artifact]);
  await layoutOf(join(dir, "catalog"), {
    ...Object.fromEntries(named),
    "flux-aio:latest": at("2.9.4-0"),
    "flux-tenant:1.0.0": tenant,
  });
});
afterEach(() => rm(dir, { recursive: true }));

const at = (version: string): Artifact => {
  const artifact = flux[version];
  if (artifact === undefined) throw new Error(`no ${version}`);
  return artifact;
};
const resolverOf = (options: Partial<ResolverOptions> = {}) =>
  createResolver({
    compiler,
    catalogDir: join(dir, "catalog"),
    cacheDir: join(dir, "cache"),
    registry: {
      fetch: () => Promise.reject(new Error("the test has no network")),
      insecure: true,
      sleep: async () => undefined,
    },
    ...options,
  });
const failing = async (request: ModuleRequest, options: Partial<ResolverOptions> = {}) => {
  const fault = await resolverOf(options)
    .resolve({ urlPos, versionPos, ...request }, dir)
    .catch((error: unknown) => error);
  if (!(fault instanceof ResolveError)) throw fault;
  return { code: fault.code, message: fault.message };
};

describe("the built-in catalog", () => {
  test.each([
    { title: "a version", request: { version: "2.8.0-0" }, want: "2.8.0-0" },
    { title: "no version", request: {}, want: "2.9.4-0" },
    { title: "latest", request: { version: "latest" }, want: "2.9.4-0" },
    { title: "the newest of a range", request: { version: "2.8.x" }, want: "2.8.0-0" },
  ])("gives $title", async ({ request, want }) => {
    const { module, ...found } = await resolverOf().resolve({ url: fluxUrl, ...request }, dir);
    expect([module.name, module.version]).toEqual([fluxName(want), want]);
    expect(found).toEqual({
      repository: fluxUrl,
      version: want,
      digest: at(want).descriptor.digest,
      via: "the built-in catalog",
    });
  });

  test("gives what a digest names, with and without the version", async () => {
    const { digest } = at("2.7.5-0").descriptor;
    for (const version of [undefined, "latest", "2.7.5-0"]) {
      const request = { url: fluxUrl, digest, ...(version === undefined ? {} : { version }) };
      expect(await resolverOf().resolve(request, dir)).toMatchObject({ version: "2.7.5-0", digest });
    }
  });

  test("resolves and compiles a module once for all instances", async () => {
    const resolver = resolverOf();
    const all = await Promise.all(Array.from({ length: 20 }, () => resolver.resolve({ url: fluxUrl }, dir)));
    expect(new Set(all.map(({ module }) => module)).size).toBe(1);
    expect(compiler.compiled).toEqual(["flux-2-9-4-0"]);
  });

  test("lists versions, the newest first", async () => {
    const { versions, via } = await resolverOf().versions(fluxUrl, dir);
    expect(via).toBe("the built-in catalog");
    expect(versions.map(({ version, latest }) => `${version}${latest ? " latest" : ""}`)).toEqual([
      "2.9.4-0 latest",
      "2.8.0-0",
      "2.7.5-0",
      "2.2.3-0",
    ]);
    expect(versions[1]?.digest).toBe(at("2.8.0-0").descriptor.digest);
    const bare = await resolverOf().versions(fluxUrl, dir, { withDigest: false });
    expect(bare.versions[1]).toEqual({ version: "2.8.0-0", latest: false });
  });

  test("refuses a digest of another version than those of the range beside it", async () => {
    const { digest } = at("2.8.0-0").descriptor;
    const found = await failing({ url: fluxUrl, version: "2.7.x", digest });
    expect(found).toMatchObject({
      code: "digest-pin",
      message: expect.stringContaining("is version 2.8.0-0, which is not in the range 2.7.x"),
    });
  });

  test.each([
    {
      title: "a version that does not exist",
      request: { url: fluxUrl, version: "2.8.1-0" },
      code: "unknown-version",
      fault: `b.cue:4:5: ${fluxUrl} has no version 2.8.1-0: it has 2.9.4-0, 2.8.0-0, 2.7.5-0`,
    },
    {
      title: "a version with v",
      request: { url: fluxUrl, version: "v2.8.0-0" },
      code: "bad-version",
      fault: 'b.cue:4:5: "v2.8.0-0" is not the version of a module: write 2.8.0-0',
    },
    {
      title: "a range that has nothing",
      request: { url: fluxUrl, version: "1.x" },
      code: "unknown-version",
      fault: `b.cue:4:5: ${fluxUrl} has no version in the range 1.x: it has 2.9.4-0, `,
    },
    {
      title: "what is neither a version nor a range",
      request: { url: fluxUrl, version: "2.8" },
      code: "bad-version",
      fault: 'write it as 1.2.3 or 1.2.3-rc.1, as a range such as 1.2.x, or "latest"',
    },
    { title: "build metadata", request: { url: fluxUrl, version: "2.8.0+1" }, code: "bad-version", fault: "b.cue:4:5" },
    {
      title: "no latest tag",
      request: { url: "oci://ghcr.io/stefanprodan/modules/flux-tenant" },
      code: "unknown-version",
      fault: "has no tag latest, so a version must be named: it has 1.0.0",
    },
    {
      title: "a module that is misspelled",
      request: { url: "oci://ghcr.io/stefanprodan/modules/flux-aoi" },
      code: "unknown-module",
      fault: "has flux-aio, flux-tenant. Did you mean flux-aio? To take it from elsewhere",
    },
    {
      title: "a digest that is none",
      request: { url: fluxUrl, digest: "sha256:abc" },
      code: "bad-version",
      fault: "64 hexadecimal digits",
    },
    {
      title: "a pinned digest of other content",
      request: { url: fluxUrl, version: "2.8.0-0", digest: `sha256:${"0".repeat(64)}` },
      code: "digest-pin",
      fault: "but sha256:000",
    },
    {
      title: "a digest that nothing has",
      request: { url: fluxUrl, digest: `sha256:${"0".repeat(64)}` },
      code: "not-found",
      fault: "b.cue:2:3: Cannot get the module",
    },
    {
      title: "a tag in the URL",
      request: { url: `${fluxUrl}:2.8.0-0` },
      code: "bad-url",
      fault: "must not end with a tag; write it as the module's version",
    },
    {
      title: "another scheme",
      request: { url: "https://ghcr.io/x/y" },
      code: "bad-url",
      fault: 'b.cue:2:3: "https://ghcr.io/x/y" is not a reference',
    },
  ])("says what is wrong with $title", async ({ request, code, fault }) => {
    const found = await failing(request);
    expect(found.code).toBe(code);
    expect(found.message).toContain(fault);
  });
});

describe("compiled modules", () => {
  test("come from the catalog, if it carries them", async () => {
    const name = `${at("2.9.4-0").descriptor.digest.slice("sha256:".length)}.json`;
    const carried = await moduleCompiler.compile(filesOf(moduleTexts("carried")), "");
    await folderOf(join(dir, "catalog", "compiled"), { [name]: carried });
    expect((await resolverOf().resolve({ url: fluxUrl }, dir)).module.name).toBe("carried");
    expect(compiler.compiled).toEqual([]);
  });

  test("are kept for the next run, which notices when one was changed", async () => {
    const run = async () => (await resolverOf().resolve({ url: fluxUrl }, dir)).module.name;
    await run();
    await run();
    expect(compiler.compiled).toHaveLength(1);
    const kept = join(dir, "cache", "compiled", moduleCompiler.format);
    const [name = ""] = await readdir(kept);
    await writeFile(join(kept, name), (await readFile(join(kept, name), "utf8")).replace("flux-", "evil-"));
    expect(await run()).toBe("flux-2-9-4-0");
    expect(compiler.compiled).toHaveLength(2);
  });

  test("of another form are not read", async () => {
    await resolverOf().resolve({ url: fluxUrl }, dir);
    const next = { ...compiler, format: "v999" };
    await resolverOf({ compiler: next }).resolve({ url: fluxUrl }, dir);
    expect(compiler.compiled).toHaveLength(2);
  });
});

describe("a registry", () => {
  let registry: FakeRegistry;
  beforeEach(async () => {
    const cue = await artifactOf("1.0.0", { "timoni.cue": "package main", "cue.mod/module.cue": 'module: "x"' });
    registry = await startRegistry({
      "org/flux-aio:2.9.4-0": at("2.9.4-0"),
      "org/flux-aio:latest": at("2.9.4-0"),
      "org/flux-aio:2.8.0-0": await artifactOf("2.8.0-0", moduleTexts("other"), "2024-05-06T07:08:09Z"),
      "org/moved:1.0.0": at("2.9.4-0"),
      "org/unversioned:1.0.0": await artifactOf("one", moduleTexts("x")),
      "org/cue:1.0.0": cue,
      "org/text:1.0.0": await artifactOf("1.0.0", { "a.txt": "", "b.txt": "" }),
      "org/broken:1.0.0": await artifactOf("1.0.0", moduleTexts("broken", "x: {{#if}")),
    });
  });
  afterEach(() => registry.close());
  const online = () => ({ registry: { fetch, insecure: true, sleep: async () => undefined } });

  test("gives a module by its own URL, or through a mirror that is told", async () => {
    const url = `oci://${registry.host}/org/flux-aio`;
    const own = await resolverOf(online()).resolve({ url, version: "2.8.0-0" }, dir);
    expect(own).toMatchObject({ module: { name: "other" }, version: "2.8.0-0", repository: url });
    expect(own.via).toBeUndefined();
    const mirrors = [parseMirror(`ghcr.io/stefanprodan/modules=oci://${registry.host}/org`, dir)];
    const mirrored = await resolverOf({ ...online(), mirrors }).resolve({ url: fluxUrl, version: "2.8.0-0" }, dir);
    expect(mirrored).toMatchObject({
      module: { name: "other" },
      repository: fluxUrl,
      via: `the registry oci://${registry.host}/org`,
    });
  });

  test("is asked for content once; by digest not at all", async () => {
    const url = `oci://${registry.host}/org/flux-aio`;
    const { digest } = await resolverOf(online()).resolve({ url }, dir);
    expect(registry.requests.filter((line) => line.includes("/blobs/"))).toHaveLength(1);
    const before = registry.requests.length;
    expect(await resolverOf(online()).resolve({ url, digest }, dir)).toMatchObject({ version: "2.9.4-0" });
    expect(registry.requests).toHaveLength(before);
  });

  test("lists versions with digests and times", async () => {
    const { versions } = await resolverOf(online()).versions(`oci://${registry.host}/org/flux-aio`, dir);
    expect(versions).toEqual([
      { version: "2.9.4-0", digest: at("2.9.4-0").descriptor.digest, latest: true },
      { version: "2.8.0-0", digest: expect.stringMatching(/^sha256:/), created: "2024-05-06T07:08:09Z", latest: false },
    ]);
  });

  test.each([
    { name: "none", version: "1.0.0", code: "not-found", fault: "does not exist: NAME_UNKNOWN" },
    {
      name: "flux-aio",
      version: "3.0.0",
      code: "unknown-version",
      fault: "has no version 3.0.0: it has 2.9.4-0, 2.8.0-0",
    },
    {
      name: "moved",
      version: "1.0.0",
      code: "bad-version",
      fault: "says that it is version 2.9.4-0: the tag was moved",
    },
    {
      name: "unversioned",
      version: "1.0.0",
      code: "not-a-module",
      fault: '"one" as annotation org.opencontainers.image.version',
    },
    {
      name: "cue",
      version: "1.0.0",
      code: "cue-module",
      fault:
        "is a CUE module, which Timoni runs and sheaf does not: sheaf's have a module.yaml; the catalog has flux-aio, flux-tenant",
    },
    {
      name: "text",
      version: "1.0.0",
      code: "not-a-module",
      fault: "it has no module.yaml at its root, but a.txt, b.txt",
    },
    {
      name: "broken",
      version: "1.0.0",
      code: "broken-module",
      fault: "cannot be used:\noci://",
    },
  ])("says what is wrong with the module $name $version", async ({ name, version, code, fault }) => {
    const found = await failing({ url: `oci://${registry.host}/org/${name}`, version }, online());
    expect(found.code).toBe(code);
    expect(found.message).toContain(fault);
    expect(found.message).toMatch(/^b\.cue:(2:3|4:5): /);
  });
});

describe("layouts and folders", () => {
  test("a layout stands in for a registry, or is named itself", async () => {
    await layoutOf(join(dir, "own"), { "1.0.0": await artifactOf("1.0.0", moduleTexts("own")) });
    const mirrors = [parseMirror("reg.example/one=own", dir), parseMirror("reg.example/all=oci-layout:catalog", dir)];
    const resolver = resolverOf({ mirrors });
    expect(await resolver.resolve({ url: "oci://reg.example/one", version: "1.0.0" }, dir)).toMatchObject({
      module: { name: "own" },
      via: `the folder ${join(dir, "own")}`,
    });
    expect(await resolver.resolve({ url: "oci://reg.example/all/flux-tenant", version: "1.0.0" }, dir)).toMatchObject({
      module: { name: "tenant" },
    });
    const { versions } = await resolver.versions("oci-layout:catalog/flux-aio", dir);
    expect(versions).toHaveLength(4);
    await expect(resolver.versions("oci-layout:nothing/here", dir)).rejects.toMatchObject({ code: "unknown-module" });
  });

  test("a folder is the version 0.0.0-devel, with the digest of its content", async () => {
    await folderOf(join(dir, "mods", "web"), moduleTexts("web"));
    await folderOf(join(dir, "copy"), moduleTexts("web"));
    const web = await resolverOf().resolve({ url: "file://./web" }, join(dir, "mods"));
    expect(web).toEqual({
      module: expect.objectContaining({ name: "web", version: "0.0.0-devel" }),
      repository: "file://./web",
      version: "0.0.0-devel",
      digest: expect.stringMatching(/^sha256:/),
    });
    const copy = await resolverOf().resolve({ url: `file://${join(dir, "copy")}`, digest: web.digest }, "/");
    expect(copy.digest).toBe(web.digest);
    expect(compiler.compiled).toEqual(["web"]);
    await folderOf(join(dir, "copy"), { "README.md": "more" });
    const changed = await failing({ url: "file://copy", digest: web.digest });
    expect(changed.code).toBe("digest-pin");
    expect((await resolverOf().versions("file://mods/web", dir)).versions).toEqual([
      { version: "0.0.0-devel", digest: web.digest, latest: true },
    ]);
  });

  test("a folder's own faults are told at their places, as it is being written", async () => {
    await folderOf(join(dir, "web"), moduleTexts("web", "x: {{#if}"));
    const broken = resolverOf().resolve({ url: "file://web", urlPos }, dir);
    await expect(broken).rejects.toThrow(`${join(dir, "web", "templates", "map.yaml")}:6:6: `);
    await folderOf(join(dir, "web"), moduleTexts("web"));
    expect((await resolverOf().resolve({ url: "file://web" }, dir)).module.name).toBe("web");
  });

  test("a folder of modules stands in for a registry", async () => {
    await folderOf(join(dir, "mods", "flux-aio"), moduleTexts("mine"));
    const mirrors = [parseMirror("ghcr.io/stefanprodan/modules=mods", dir)];
    const found = await resolverOf({ mirrors }).resolve({ url: fluxUrl }, "/elsewhere");
    expect(found).toMatchObject({
      module: { name: "mine" },
      version: "0.0.0-devel",
      via: `the folder ${join(dir, "mods")}`,
    });
    const versioned = await failing({ url: fluxUrl, version: "2.8.0-0" }, { mirrors });
    expect(versioned).toEqual({
      code: "unknown-version",
      message: `b.cue:4:5: ${fluxUrl} comes from a folder, so its version is 0.0.0-devel, not 2.8.0-0; leave the version out`,
    });
  });

  test.each([
    {
      title: "no folder",
      url: "file://gone",
      files: {},
      code: "unknown-module",
      fault: /the folder .*gone does not exist/,
    },
    {
      title: "a CUE module",
      url: "file://m",
      files: { "m/timoni.cue": "" },
      code: "cue-module",
      fault: /the catalog has flux-aio, flux-tenant/,
    },
    {
      title: "an empty file",
      url: "file://m",
      files: { "m/x": "" },
      code: "not-a-module",
      fault: /no module.yaml at its root, but x/,
    },
  ])("says what is wrong with $title", async ({ url, files, code, fault }) => {
    await folderOf(dir, files);
    const found = await failing({ url });
    expect(found.code).toBe(code);
    expect(found.message).toMatch(fault);
    expect(found.message).toMatch(/^b\.cue:2:3: /);
  });
});

describe("recall()", () => {
  const digest = (version: string) => at(version).descriptor.digest;
  const gone = `sha256:${"0".repeat(64)}`;

  test.each([
    {
      title: "the recorded digest, whatever the version names now",
      version: "9.9.9",
      used: "2.7.5-0",
      want: "2.7.5-0",
    },
    { title: "the same version, where the digest is gone", version: "2.8.0-0", used: undefined, want: "2.8.0-0" },
  ])("gives $title", async ({ version, used, want }) => {
    const recorded = { repository: fluxUrl, version, digest: used === undefined ? gone : digest(used) };
    const { module, ...found } = await resolverOf().recall(recorded, dir);
    expect([module.name, found.digest]).toEqual([fluxName(want), digest(want)]);
  });

  test("gives a folder's module as it was used, though its files have changed", async () => {
    await folderOf(join(dir, "app"), moduleTexts("before"));
    const { digest } = await resolverOf().resolve({ url: "file://./app" }, dir);
    await folderOf(join(dir, "app"), moduleTexts("after"));
    const recorded = { repository: "file://./app", version: "0.0.0-devel", digest };
    const { module, ...found } = await resolverOf().recall(recorded, dir);
    expect([module.name, found.digest, found.version]).toEqual(["before", digest, "0.0.0-devel"]);
    // Compiled modules are no proof of a signature.
    const trust = [{ prefix: "", key: { verify: () => true } }];
    await expect(resolverOf({ trust }).recall(recorded, dir)).rejects.toThrow(ResolveError);
  });

  test("fails where nothing of it is left", async () => {
    const recorded = { repository: fluxUrl, version: "1.0.0", digest: gone };
    await expect(resolverOf().recall(recorded, dir)).rejects.toThrow(ResolveError);
    await folderOf(join(dir, "app"), moduleTexts("after"));
    const folder = { repository: "file://./app", version: "0.0.0-devel", digest: gone };
    await expect(resolverOf().recall(folder, dir)).rejects.toThrow("is pinned");
  });
});
