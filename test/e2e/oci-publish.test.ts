import { execFileSync, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mapConcurrently } from "../../src/engine/module/map-concurrently.js";
import { createFetch } from "../../src/engine/network/index.js";
import {
  buildArtifact,
  copyArtifact,
  digestOf,
  openLayout,
  openRepository,
  pushArtifact,
  Registries,
  readArtifact,
  treeOf,
  tryManifest,
} from "../../src/engine/oci/index.js";
import {
  caFile,
  freePort,
  type Registry,
  runSheaf,
  skopeoCopy,
  skopeoInspect,
  startRegistry,
  startTokenService,
} from "./registry.js";

const dir = mkdtempSync(join(tmpdir(), "sheaf-publish-"));
const home = join(dir, "home");
const catalogDir = resolve("dist/catalog");
let plain: Registry;
const started: Registry[] = [];

beforeAll(async () => {
  mkdirSync(home);
  plain = await start("plain");
  await ok("mod", "init", "web");
});
afterAll(async () => {
  for (const { child } of started) await child.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function start(name: string, setup: Parameters<typeof startRegistry>[2] = {}): Promise<Registry> {
  const registry = await startRegistry(dir, name, setup);
  started.push(registry);
  return registry;
}
type Options = Partial<Parameters<typeof runSheaf>[1]>;
const run = (args: readonly string[], options: Options = {}) => runSheaf(args, { cwd: dir, home, ...options });
async function ok(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(args);
  expect(code, `${args.join(" ")}\n${stderr}`).toBe(0);
  return stdout;
}
const insecure = "--registry-insecure";

/** The digest of every file of a folder, by its path. */
function treeOfFolder(path: string): Record<string, string> {
  const root = join(dir, path);
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return digestsOf(new Map(paths.map((file) => [file.slice(root.length + 1), readFileSync(file)])));
}

function digestsOf(files: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  const entries = [...files].map(([path, bytes]) => [path, digestOf(bytes)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

test("all modules in all versions are pushed, listed and pulled, with the digests and files of the catalog", async () => {
  const { entries, repository } = await openLayout(catalogDir);
  const versions = entries.filter(({ tag }) => tag !== "latest");
  expect(versions.length).toBeGreaterThanOrEqual(45);
  await mapConcurrently(versions, 3, async ({ repository: name, tag, descriptor }) => {
    const out = await ok(
      "mod",
      "push",
      `oci-layout:${catalogDir}/${name}`,
      `oci://${plain.host}/all/${name}`,
      "-v",
      tag,
      "--latest=false",
      insecure,
    );
    expect(out).toContain(descriptor.digest);
  });
  const names = [...new Set(versions.map((entry) => entry.repository))];
  expect(names.length).toBeGreaterThanOrEqual(5);
  await mapConcurrently(names, 2, async (name) => {
    const listed = JSON.parse(await ok("mod", "list", `oci://${plain.host}/all/${name}`, insecure, "-o", "json"));
    const wanted = versions.filter((entry) => entry.repository === name);
    expect(listed.map(({ version, digest }: { version: string; digest: string }) => [version, digest])).toEqual(
      wanted.map(({ tag, descriptor }) => [tag, descriptor.digest]),
    );
    const catalog = repository(name);
    for (const { tag } of wanted) {
      const to = `trees/${name}-${tag}`;
      await ok("mod", "pull", `oci://${plain.host}/all/${name}`, "-v", tag, "-o", to, insecure);
      const { files } = await readArtifact(catalog, (await catalog.manifest(tag)).manifest, name);
      expect(treeOfFolder(to)).toEqual(digestsOf(files));
    }
  });
});

test("skopeo carries what was pushed between registry, layout and archive, and back", async () => {
  const url = `oci://${plain.host}/carried/web`;
  const { digest } = JSON.parse(
    await ok("mod", "push", "web", url, "-v", "1.0.0", "-a", "x.test=y", insecure, "-o", "json"),
  );
  const manifest = await skopeoInspect(`docker://${plain.host}/carried/web:1.0.0`);
  expect(manifest.annotations).toMatchObject({
    "org.opencontainers.image.version": "1.0.0",
    "sh.timoni.images": "ghcr.io/stefanprodan/podinfo:6.9.0",
    "x.test": "y",
  });
  await skopeoCopy(`docker://${plain.host}/carried/web:1.0.0`, `oci:${dir}/layout:1.0.0`);
  await skopeoCopy(`oci:${dir}/layout:1.0.0`, `oci-archive:${dir}/skopeo.tar:1.0.0`);
  await skopeoCopy(`oci-archive:${dir}/skopeo.tar:1.0.0`, `docker://${plain.host}/carried/back:1.0.0`);
  await ok("artifact", "copy", `oci-archive:skopeo.tar:1.0.0`, "oci-archive:ours.tar");
  await skopeoCopy(`oci-archive:${dir}/ours.tar:1.0.0`, `docker://${plain.host}/carried/ours:1.0.0`);
  const places = [url, "oci-layout:layout", "oci-archive:skopeo.tar", "oci-archive:ours.tar"];
  for (const name of ["back", "ours"]) places.push(`oci://${plain.host}/carried/${name}`);
  for (const [i, place] of places.entries()) {
    expect(await ok("artifact", "digest", `${place}:1.0.0`, insecure)).toContain(digest);
    await ok("mod", "pull", place, "-v", "1.0.0", "-o", `carried-${i}`, insecure);
    expect(treeOfFolder(`carried-${i}`)).toEqual(treeOfFolder("carried-0"));
  }
  await ok("mod", "build", "web", "-v", "3.0.0", "-o", "built.tar");
  await skopeoCopy(`oci-archive:${dir}/built.tar:3.0.0`, `docker://${plain.host}/carried/built:3.0.0`);
  await ok("mod", "pull", `oci://${plain.host}/carried/built`, "-v", "3.0.0", "-o", "carried-built", insecure);
});

test("a large artifact goes up in chunks, and is linked within the registry", async () => {
  mkdirSync(join(dir, "large"));
  writeFileSync(join(dir, "large/random"), randomBytes(20 * 1024 * 1024));
  await ok("artifact", "push", `oci://${plain.host}/large/one`, "-f", "large", "-t", "1", insecure);
  await ok("artifact", "copy", `oci://${plain.host}/large/one:1`, `oci://${plain.host}/large/two`, insecure);
  await ok("artifact", "tag", `oci://${plain.host}/large/two:1`, "-t", "latest", insecure);
  await ok("artifact", "pull", `oci://${plain.host}/large/two`, "-o", "large-back", insecure);
  expect(treeOfFolder("large-back")).toEqual(treeOfFolder("large"));
  const tags = JSON.parse(await ok("artifact", "list", `oci://${plain.host}/large/two`, insecure, "-o", "json"));
  expect(tags.map(({ tag }: { tag: string }) => tag).sort()).toEqual(["1", "latest"]);
});

describe("a registry with a password", () => {
  test("takes a push after a login, and none after the logout", async () => {
    const { host } = await start("closed", { htpasswd: true });
    const own = join(dir, "home-closed");
    mkdirSync(own);
    const push = (version: string, ...more: string[]) =>
      run(["mod", "push", "web", `oci://${host}/web`, "-v", version, insecure, ...more], { home: own });
    expect(await push("1.0.0")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("log in with sheaf registry login"),
    });
    const login = ["registry", "login", host, "-u", "me", "--password-stdin", insecure];
    const wrong = await run(login, { home: own, input: "wr0ng-password" });
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining("were not accepted") });
    expect(readdirSync(own)).toEqual([]);
    expect(await run(login, { home: own, input: "s3cret\n" })).toMatchObject({ code: 0 });
    expect(await push("1.0.0")).toMatchObject({ code: 0 });
    // skopeo reads what the login wrote.
    execFileSync("skopeo", ["inspect", "--raw", "--tls-verify=false", `docker://${host}/web:1.0.0`], {
      env: { PATH: process.env.PATH, REGISTRY_AUTH_FILE: join(own, ".docker/config.json") },
    });
    expect(await run(["registry", "logout", host], { home: own })).toMatchObject({ code: 0 });
    expect(await push("1.1.0")).toMatchObject({ code: 1 });
    expect(await push("1.1.0", "--creds", "me:s3cret")).toMatchObject({ code: 0 });
    const copied = ["artifact", "copy", `oci://${host}/web:1.1.0`, `oci://${plain.host}/copied`, insecure];
    expect(await run([...copied, "--from-creds", "me:s3cret"], { home: own })).toMatchObject({ code: 0 });
  });

  test("and a token service gives tokens for what is done, for no more", async () => {
    const service = await startTokenService("s3cret");
    const { host } = await start("tokens", { tokenRealm: service.realm });
    try {
      const creds = ["--creds", "me:s3cret", insecure];
      await ok("mod", "push", "web", `oci://${host}/org/web`, "-v", "1.0.0", ...creds);
      await ok("mod", "list", `oci://${host}/org/web`, ...creds);
      await ok(
        "artifact",
        "copy",
        `oci://${host}/org/web:1.0.0`,
        `oci://${host}/copy/web`,
        "--from-creds",
        "me:s3cret",
        "--to-creds",
        "me:s3cret",
        insecure,
      );
      expect(new Set(service.seen)).toEqual(
        new Set([
          "me repository:org/web:pull",
          "me repository:org/web:pull,push",
          "me repository:copy/web:pull,push repository:org/web:pull",
          "me repository:copy/web:pull,push",
        ]),
      );
      const login = ["registry", "login", host, "-u", "me", "--password-stdin", insecure];
      expect(await run(login, { input: "wr0ng" })).toMatchObject({ code: 1 });
      expect(await run(login, { input: "s3cret" })).toMatchObject({ code: 0 });
      expect(service.seen.slice(-2)).toEqual(["nobody ", "me "]);
      await ok("mod", "list", `oci://${host}/org/web`, insecure);
      expect(await run(["mod", "list", `oci://${host}/org/web`, "--creds", "me:wr0ng", insecure])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("were not accepted"),
      });
    } finally {
      service.close();
    }
  });
});

test("a token that runs out during a push is replaced", async () => {
  const service = await startTokenService("s3cret", 2);
  const { host } = await start("short", { tokenRealm: service.realm });
  try {
    const credentials = async () => ({ kind: "basic", username: "me", password: "s3cret" }) as const;
    const options = { fetch: createFetch({ env: {} }), insecure: true, credentials };
    const repository = openRepository({ host, repository: "org/short" }, options, "push");
    const artifact = await buildArtifact({ tree: treeOf(new Map()), mtimeSeconds: 0, annotations: {} });
    await pushArtifact(artifact, repository, { tags: ["1", "2"], beforeTags: () => sleep(4000) });
    expect((await repository.listTags()).sort()).toEqual(["1", "2"]);
    expect(service.seen.length).toBeGreaterThanOrEqual(2);
  } finally {
    service.close();
  }
});

test("a registry behind TLS is trusted by the authority that is named", async () => {
  const { host } = await start("tls", { tls: true });
  const push = ["mod", "push", "web", `oci://${host}/web`, "-v", "1.0.0"];
  for (const more of [[], [insecure]]) {
    expect(await run([...push, ...more])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("with --registry-ca FILE"),
    });
  }
  await ok(...push, "--registry-ca", caFile);
  await ok("mod", "pull", `oci://${host}/web`, "-o", "over-tls", "--registry-ca", caFile);
  expect(await run(["mod", "list", `oci://${plain.host}/web`])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("allow that with --registry-insecure"),
  });
});

test("two processes that pull into one cache, fifty times, never see a part of a file", async () => {
  const url = `oci://${plain.host}/cached/flux-aio`;
  await ok("mod", "push", `oci-layout:${catalogDir}/flux-aio`, url, "-v", "2.9.4-0", insecure);
  const bundle = `bundle: {apiVersion: "v1alpha1", name: "b", instances: flux: {module: url: "${url}", namespace: "flux-system"}}\n`;
  writeFileSync(join(dir, "cached.cue"), bundle);
  const build = () => ok("bundle", "build", "-f", "cached.cue", insecure);
  const wanted = createHash("sha256")
    .update(await build())
    .digest("hex");
  for (let round = 0; round < 50; round++) {
    rmSync(join(home, ".cache/sheaf"), { recursive: true, force: true });
    for (const text of await Promise.all([build(), build()])) {
      expect(createHash("sha256").update(text).digest("hex")).toBe(wanted);
    }
  }
  const blobs = readdirSync(join(home, ".cache/sheaf/blobs/sha256"));
  expect(blobs.filter((name) => !/^[0-9a-f]{64}$/.test(name))).toEqual([]);
  for (const name of blobs) {
    const bytes = readFileSync(join(home, ".cache/sheaf/blobs/sha256", name));
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(name);
  }
});

/** A proxy in front of a registry that resets the connection at requests for which `breaks` says so. */
async function startBreaker(
  host: string,
): Promise<
  Readonly<{ host: string; requests: string[]; breaks: (fits: (index: number) => boolean) => void; close(): void }>
> {
  let fits: (index: number) => boolean = () => false;
  const requests: string[] = [];
  const server = createServer((request, response) => {
    if (request.url !== "/v2/") {
      requests.push(`${request.method} ${request.url}`);
      if (fits(requests.length - 1)) return void request.socket.resetAndDestroy();
    }
    // The Host header stays, since the registry makes the addresses of uploads from it.
    const { method, headers, url } = request;
    const upstream = httpRequest(`http://${host}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on("error", () => response.destroy());
    request.pipe(upstream);
  });
  const port = await freePort();
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  return {
    host: `127.0.0.1:${port}`,
    requests,
    breaks: (now) => {
      fits = now;
      requests.length = 0;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

test("a push that a real registry loses at any request leaves a whole version or none", async () => {
  const breaker = await startBreaker(plain.host);
  let requests = 0;
  try {
    const push = async (name: string, version: string) => {
      const artifact = await buildArtifact({
        tree: treeOf(
          new Map([
            ["a", Buffer.from(`${name} ${version}`)],
            ["b", randomBytes(200_000)],
          ]),
        ),
        mtimeSeconds: 0,
        annotations: { "org.opencontainers.image.version": version },
      });
      const options = {
        fetch: createFetch({ env: {} }),
        insecure: true,
        sleep: async () => undefined,
        chunkBytes: 65_536,
      };
      const through = openRepository({ host: breaker.host, repository: `broken/${name}` }, options);
      const direct = openRepository({ host: plain.host, repository: `broken/${name}` }, options);
      const tags = { tags: [version, "latest"], fixedTag: version };
      const result = await pushArtifact(artifact, through, tags).then(
        () => "pushed",
        () => "failed",
      );
      requests = breaker.requests.length;
      const found = await tryManifest(direct, version);
      if (found !== undefined) {
        expect(found.descriptor.digest).toBe(artifact.descriptor.digest);
        for (const blob of [artifact.manifest.config, ...artifact.manifest.layers]) await direct.blob(blob);
      }
      breaker.breaks(() => false);
      await pushArtifact(artifact, through, tags);
      return { result, found: found !== undefined };
    };
    breaker.breaks(() => false);
    await push("count", "1.0.0");
    const count = requests;
    expect(count).toBeGreaterThanOrEqual(12);
    for (let k = 0; k < count; k++) {
      breaker.breaks((index) => index === k);
      expect([k, await push("once", `1.0.${k}`)]).toEqual([k, { result: "pushed", found: true }]);
      breaker.breaks((index) => index >= k);
      const lost = await push("for-good", `1.0.${k}`);
      expect([k, lost.result]).toEqual([k, "failed"]);
    }
  } finally {
    breaker.close();
  }
});

test("a copy within a registry links its blobs, and sends none of them", async () => {
  const breaker = await startBreaker(plain.host);
  try {
    const registries = new Registries({ fetch: createFetch({ env: {} }), insecure: true });
    const at = (repository: string) => registries.repository({ host: breaker.host, repository }, "push");
    const artifact = await buildArtifact({
      tree: treeOf(new Map([["random", randomBytes(100_000)]])),
      mtimeSeconds: 0,
      annotations: {},
    });
    await pushArtifact(artifact, at("linked/from"), { tags: ["1"] });
    breaker.requests.length = 0;
    await copyArtifact(at("linked/from"), "1", at("linked/to"), { tags: ["1"] });
    const sent = breaker.requests.filter((line) => /^(?:POST|PUT|PATCH)/.test(line));
    expect(sent.map((line) => line.replace(/\?mount=.*/, "?mount"))).toEqual([
      "POST /v2/linked/to/blobs/uploads/?mount",
      "POST /v2/linked/to/blobs/uploads/?mount",
      "PUT /v2/linked/to/manifests/1",
    ]);
    for (const part of [artifact.manifest.config, ...artifact.manifest.layers]) await at("linked/to").blob(part);
  } finally {
    breaker.close();
  }
});

test("what is built is pushed by a copy, and deleted by its digest", async () => {
  mkdirSync(join(dir, "texts"));
  writeFileSync(join(dir, "texts/a.txt"), "a");
  await ok("artifact", "build", "-f", "texts", "-t", "1.0.0", "-o", "texts.tar");
  const url = `oci://${plain.host}/built/texts`;
  await ok("artifact", "copy", "oci-archive:texts.tar:1.0.0", url, insecure);
  await ok("artifact", "tag", `${url}:1.0.0`, "-t", "1", insecure);
  const [, digest = ""] = /digest: (\S+)/.exec(await ok("artifact", "digest", `${url}:1`, insecure)) ?? [];
  expect(await run(["artifact", "delete", `${url}:1`, insecure])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("takes no single tags away; name the digest instead"),
  });
  await ok("artifact", "delete", `${url}@${digest}`, insecure);
  expect(await run(["artifact", "pull", `${url}:1`, "-o", "gone", insecure])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("does not exist"),
  });
  expect(await run(["artifact", "delete", `${url}@${digest}`, insecure])).toMatchObject({ code: 1 });
});

const cosign = process.env.SHEAF_E2E_COSIGN ?? "cosign";
describe.skipIf(spawnSync(cosign, ["version"]).status !== 0)("cosign", () => {
  test("verifies what sheaf signed, and sheaf what cosign signed", async () => {
    const env = { PATH: process.env.PATH ?? "", HOME: home, COSIGN_PASSWORD: "hunter2hunter2" };
    const runCosign = (...args: string[]) =>
      execFileSync(cosign, args, { cwd: dir, env, stdio: ["ignore", "pipe", "pipe"] });
    const registry = ["--allow-http-registry", "--new-bundle-format=false"];
    runCosign("generate-key-pair");
    const url = `oci://${plain.host}/signed/ours`;
    const push = ["mod", "push", "web", url, "-v", "1.0.0", insecure, "--sign", "--cosign-key", "cosign.key"];
    expect(await run(push, { env })).toMatchObject({ code: 0 });
    runCosign(
      "verify",
      "--key",
      "cosign.pub",
      "--insecure-ignore-tlog=true",
      ...registry,
      `${plain.host}/signed/ours:1.0.0`,
    );

    const theirs = `oci://${plain.host}/signed/theirs`;
    const { digest } = JSON.parse(await ok("mod", "push", "web", theirs, "-v", "1.0.0", insecure, "-o", "json"));
    const pull = (to: string) =>
      run(["mod", "pull", theirs, "-o", to, insecure, "--verify", "--cosign-key", "cosign.pub"]);
    expect(await pull("signed-1")).toMatchObject({ code: 1, stderr: expect.stringContaining("is not signed") });
    const offline = ["--use-signing-config=false", "--tlog-upload=false", "--yes"];
    runCosign("sign", "--key", "cosign.key", ...offline, ...registry, `${plain.host}/signed/theirs@${digest}`);
    expect(await pull("signed-2")).toMatchObject({ code: 0 });
  });

  test("signs with a sigstore bundle by default, which sheaf verifies, also in a copy", async () => {
    const env = { PATH: process.env.PATH ?? "", HOME: home, COSIGN_PASSWORD: "hunter2hunter2" };
    const url = `oci://${plain.host}/signed/bundle`;
    const { digest } = JSON.parse(await ok("mod", "push", "web", url, "-v", "1.0.0", insecure, "-o", "json"));
    // A configuration without transparency logs, which are out of reach here.
    const config = '{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json"}';
    writeFileSync(join(dir, "signing-config.json"), config);
    const args = [
      "sign",
      "--yes",
      "--key",
      "cosign.key",
      "--allow-http-registry",
      "--signing-config",
      "signing-config.json",
    ];
    execFileSync(cosign, [...args, `${plain.host}/signed/bundle@${digest}`], { cwd: dir, env, stdio: "pipe" });
    await ok("artifact", "copy", `${url}:1.0.0`, "oci-archive:signed.tar", insecure);
    await ok("artifact", "copy", "oci-archive:signed.tar:1.0.0", `oci://${plain.host}/signed/copied`, insecure);
    const verify = [insecure, "--verify", "--cosign-key", "cosign.pub"];
    for (const [i, place] of [url, "oci-archive:signed.tar", `oci://${plain.host}/signed/copied`].entries()) {
      await ok("mod", "pull", place, "-v", "1.0.0", "-o", `bundled-${i}`, ...verify);
    }
  });
});
