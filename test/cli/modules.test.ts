import { generateKeyPairSync } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { digestOf } from "../../src/engine/oci/index.js";
import { type FakeRegistry, refuse, startRegistry } from "../engine/oci/fake-registry.js";
import { sheaf, tempDir } from "../support/run-cli.js";

let registry: FakeRegistry;
let cwd: string;
let home: string;
/** Runs a command that speaks plain HTTP to the registry, with one home for all of a test. */
const run = async (line: string, options: Readonly<{ env?: Record<string, string>; stdin?: string }> = {}) =>
  sheaf([...line.replaceAll("REG", `oci://${registry.host}`).split(" ")], {
    cwd,
    ...options,
    env: { HOME: home, ...options.env },
  });
const ok = async (line: string, options: Parameters<typeof run>[1] = {}) => {
  const result = await run(line, options);
  expect(result, line).toMatchObject({ code: 0 });
  return result.stdout;
};

beforeEach(async () => {
  registry = await startRegistry({});
  [cwd, home] = [tempDir(), tempDir()];
});
afterEach(() => registry.close());

const filesOf = (dir: string) =>
  readdirSync(join(cwd, dir), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(cwd, dir).length + 1))
    .sort();

describe("a new module", () => {
  test("vets, applies, is published, listed, pulled and used from the registry", async () => {
    await ok("mod init my-app");
    expect(await ok("mod vet my-app")).toContain("module my-app is valid: 2 objects");
    await ok("bundle apply -f my-app/bundle.yaml --target dir:./cluster");
    const insecure = "--registry-insecure";
    const pushed = JSON.parse(await ok(`mod push my-app REG/org/my-app -v 1.0.0 ${insecure} -o json`));
    expect(pushed).toEqual({
      url: `oci://${registry.host}/org/my-app@${pushed.digest}`,
      repository: `${registry.host}/org/my-app`,
      version: "1.0.0",
      digest: registry.tags.get("org/my-app:1.0.0"),
    });
    expect(registry.tags.get("org/my-app:latest")).toBe(pushed.digest);
    await ok(`mod push my-app REG/org/my-app --version=1.1.0-rc.1 --latest=false -a a.b=c=d ${insecure}`);
    const { annotations } = JSON.parse(
      Buffer.from(registry.contents.get(registry.tags.get("org/my-app:1.1.0-rc.1") ?? "") ?? []).toString(),
    );
    expect(annotations).toEqual({
      "a.b": "c=d",
      "org.opencontainers.image.version": "1.1.0-rc.1",
      "sh.timoni.images": "ghcr.io/stefanprodan/podinfo:6.9.0",
    });
    expect(JSON.parse(await ok(`mod list REG/org/my-app ${insecure} -o json`))).toMatchObject([
      { version: "1.1.0-rc.1", latest: false },
      { version: "1.0.0", latest: true, digest: pushed.digest },
    ]);
    await ok(`mod pull REG/org/my-app -v 1.0.0 -o pulled ${insecure}`);
    expect(filesOf("pulled")).toEqual(
      filesOf("my-app").filter((name) => name !== "bundle.yaml" && !name.startsWith("tests/")),
    );
    expect(await ok(`mod images REG/org/my-app ${insecure}`)).toBe("ghcr.io/stefanprodan/podinfo:6.9.0\n");

    const bundle = readFileSync(join(cwd, "my-app/bundle.yaml"), "utf8").replace(
      "url: file://.",
      `url: oci://${registry.host}/org/my-app\n        digest: ${pushed.digest}`,
    );
    writeFileSync(join(cwd, "b.yaml"), bundle);
    registry.requests.length = 0;
    expect(await ok(`bundle build -f b.yaml ${insecure}`)).toContain("podinfo:6.9.0");
    // By its digest it is in the cache already, so nothing is asked.
    expect(registry.requests).toEqual([]);
  });

  test.each([
    ["mod init My_App", 'error: "My_App" is not a name for a module: write lower-case'],
    ["mod init a --output x", "Unknown argument: output"],
  ])("%s: an error", async (line, fault) => {
    const { code, stderr } = await run(line);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain(fault);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("does not write over a folder", async () => {
    await ok("mod init my-app");
    expect((await run("mod init my-app")).stderr).toContain("holds files already");
  });
});

describe("build", () => {
  test("renders one instance with values from files, at their places", async () => {
    await ok("mod init web");
    writeFileSync(join(cwd, "a.yaml"), "values:\n  replicas: 3\n");
    writeFileSync(join(cwd, "b.cue"), "values: message: string @timoni(runtime:string:TEXT)\n");
    const built = await ok("build shop web -n apps -f a.yaml -f b.cue --runtime-from-env", { env: { TEXT: "hi all" } });
    expect(built).toMatch(/name: shop\n {2}namespace: apps\n/);
    expect(built).toMatch(/replicas: 3\n/);
    expect(built).toMatch(/value: hi all\n/);
    writeFileSync(join(cwd, "c.yaml"), "values:\n  replica: 3\n");
    expect(await run("build shop web -f c.yaml")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("c.yaml:2:3: values.replica: unknown field; did you mean replicas?"),
    });
    writeFileSync(join(cwd, "d.yaml"), "values: 3\n");
    expect((await run("build shop web -f d.yaml")).stderr).toContain("d.yaml:1:9: values: expected an object");
  });
});

describe("mod push", () => {
  beforeEach(async () => {
    await ok("mod init web");
  });

  test("refuses to replace a version, unless it is forced to", async () => {
    await ok("mod push web REG/web -v 1.0.0 --registry-insecure");
    await ok("mod push web REG/web -v 1.0.0 --registry-insecure");
    const before = registry.tags.get("web:1.0.0");
    writeFileSync(join(cwd, "web/templates/more.yaml"), "kind: ConfigMap\napiVersion: v1\nmetadata:\n  name: more\n");
    const { code, stderr } = await run("mod push web REG/web -v 1.0.0 --registry-insecure");
    expect([code, stderr]).toEqual([1, expect.stringContaining("1.0.0 exists with other content")]);
    expect(registry.tags.get("web:1.0.0")).toBe(before);
    await ok("mod push web REG/web -v 1.0.0 --force --registry-insecure");
    expect(registry.tags.get("web:1.0.0")).not.toBe(before);
  });

  test("takes times and revisions from Git, or SOURCE_DATE_EPOCH, and no password", async () => {
    const { execFileSync } = await import("node:child_process");
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@x", ...args], {
        cwd: join(cwd, "web"),
        env: { PATH: process.env.PATH, HOME: home, GIT_COMMITTER_DATE: "2024-05-06T07:08:09Z" },
      }).toString();
    git("init", "-q");
    git("remote", "add", "origin", "https://me:t0ken@git.test/org/web.git");
    git("add", "-A");
    git("commit", "-q", "-m", "first");
    const annotationsOf = async (version: string, env = {}) => {
      await ok(`mod push web REG/web -v ${version} --registry-insecure`, {
        env: { PATH: process.env.PATH ?? "", ...env },
      });
      const bytes = registry.contents.get(registry.tags.get(`web:${version}`) ?? "") ?? [];
      return JSON.parse(Buffer.from(bytes).toString()).annotations;
    };
    expect(await annotationsOf("1.0.0")).toMatchObject({
      "org.opencontainers.image.created": "2024-05-06T07:08:09Z",
      "org.opencontainers.image.source": "https://git.test/org/web.git",
      "org.opencontainers.image.revision": git("rev-parse", "HEAD").trim(),
    });
    expect(await annotationsOf("1.0.1", { SOURCE_DATE_EPOCH: "0" })).toMatchObject({
      "org.opencontainers.image.created": "1970-01-01T00:00:00Z",
    });
    for (const content of registry.contents.values()) expect(Buffer.from(content).includes("t0ken")).toBe(false);
  });

  test("publishes what mod build wrote, byte for byte", async () => {
    const built = await ok("mod build web -v 2.0.0 -o out/web.tar");
    await ok("mod push out/web.tar REG/web --registry-insecure");
    expect(built).toContain(registry.tags.get("web:2.0.0"));
    await ok("mod build web -v 2.0.0 -o out/layout --format oci-layout");
    await ok("mod push oci-layout:out/layout oci-archive:out/again.tar --registry-insecure");
    expect(await ok("artifact digest oci-archive:out/again.tar:2.0.0")).toContain(registry.tags.get("web:2.0.0"));
    expect(readFileSync(join(cwd, "out/again.tar")).length).toBeGreaterThan(1000);
    expect((await run("mod push oci-archive:out/web.tar:2.0.0 REG/web -v 2.0.1 --registry-insecure")).stderr).toContain(
      "the archive says that it is version 2.0.0",
    );
  });

  test.each([
    ["mod push web REG/web", 2, "--version is needed to push a folder"],
    ["mod push web REG/web -v v1.0.0", 1, '"v1.0.0" is not the version of a module: write 1.0.0'],
    ["mod push web REG/web -v 1.0.0+b", 1, '"+" cannot stand in a tag'],
    ["mod push web REG/web:1.0.0", 2, "the tag of a module is its version"],
    ["mod push web REG/web -v 1.0.0 -a x", 2, "write it as KEY=VALUE"],
    ["mod push web REG/web -v 1.0.0 --sign", 2, "--sign needs a key: --cosign-key FILE"],
    ["mod push web REG/web -v 1.0.0 --cosign-key x", 2, "--cosign-key is for --sign"],
    ["mod push web REG/web -v 1.0.0 --sign=notation --cosign-key x", 2, "expected cosign or nothing"],
    ["mod push web REG/web -v 1.0.0 --creds :x", 2, "--creds: Credentials must be written as user:password"],
    ["mod push web REG/web -v 1.0.0 --registry-ca none.pem", 1, "--registry-ca none.pem: the file cannot be read"],
    ["mod push nothing REG/web -v 1.0.0", 1, "does not exist"],
    ["mod push web http://r.test/web -v 1.0.0", 1, "is no place of an artifact"],
  ])("%s: exit code %d", async (line, code, fault) => {
    const result = await run(line);
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(fault)]);
    expect(registry.requests).toEqual([]);
  });

  test("publishes nothing that does not vet", async () => {
    writeFileSync(join(cwd, "web/templates/bad.yaml"), "kind: {{values.nothing}}\n");
    const { code, stderr } = await run("mod push web REG/web -v 1.0.0 --registry-insecure");
    expect([code, stderr]).toEqual([1, expect.stringContaining("web/templates/bad.yaml:1:")]);
    expect(registry.requests).toEqual([]);
  });
});

describe("signatures", () => {
  beforeEach(async () => {
    await ok("mod init web");
    for (const name of ["one", "two"]) {
      const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
      writeFileSync(join(cwd, `${name}.key`), privateKey.export({ type: "pkcs8", format: "pem" }));
      writeFileSync(join(cwd, `${name}.pub`), publicKey.export({ type: "spki", format: "pem" }));
    }
    await ok("mod push web REG/org/signed -v 1.0.0 --sign --cosign-key one.key --registry-insecure");
    await ok("mod push web REG/org/unsigned -v 1.0.0 --registry-insecure");
    for (const name of ["signed", "unsigned"]) {
      const bundle = readFileSync(join(cwd, "web/bundle.yaml"), "utf8");
      writeFileSync(join(cwd, `${name}.yaml`), bundle.replace("file://.", `oci://${registry.host}/org/${name}`));
    }
  });
  const apply = (name: string, more: string) =>
    run(`bundle apply -f ${name}.yaml --target dir:./cluster --registry-insecure${more}`);

  test("are there before the tag", () => {
    const puts = registry.requests.filter((line) => /^PUT .*\/org\/signed\/manifests/.test(line));
    expect(puts.map((line) => line.replace(/^.*manifests\/|[0-9a-f]{64}/g, ""))).toEqual([
      "sha256:",
      "sha256-.sig",
      "1.0.0",
      "latest",
    ]);
  });

  test.each([
    ["signed", " --verify --cosign-key one.pub", 0, ""],
    ["signed", " --verify=cosign --key one.pub", 0, ""],
    ["signed", " --verify --cosign-key two.pub", 1, "is not signed with the wanted key"],
    ["unsigned", " --verify --cosign-key one.pub", 1, "is not signed: there is neither a tag"],
    ["signed", " --verify", 2, "--verify needs a key"],
    ["signed", " --verify --cosign-key one.key", 1, "one.key is a private key"],
  ])("a bundle with a module that is %s, applied with%s: exit code %d", async (name, more, code, fault) => {
    const result = await apply(name, more);
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(fault)]);
    expect(readdirSync(cwd).includes("cluster")).toBe(code === 0);
  });

  test("are wanted by the config file, for what it names", async () => {
    mkdirSync(join(home, ".config/sheaf"), { recursive: true });
    cpSync(join(cwd, "one.pub"), join(home, ".config/sheaf/one.pub"));
    writeFileSync(
      join(home, ".config/sheaf/config.yaml"),
      `verify:\n  - prefix: "${registry.host}/org"\n    key: one.pub\n  - prefix: "${registry.host}/organ"\n    key: one.pub\n`,
    );
    expect((await apply("signed", "")).code).toBe(0);
    expect((await apply("unsigned", "")).stderr).toContain("is not signed");
    // A key on the command line is wanted beside that of the file.
    expect((await apply("signed", " --verify --cosign-key one.pub")).code).toBe(0);
    expect((await apply("signed", " --verify --cosign-key two.pub")).code).toBe(1);
    const pull = (name: string) => run(`artifact pull REG/org/${name}:1.0.0 -o pulled-${name} --registry-insecure`);
    expect((await pull("signed")).code).toBe(0);
    expect((await pull("unsigned")).stderr).toContain("is not signed");
  });

  test("of a version whose tag was moved stop it", async () => {
    registry.tags.set("org/signed:latest", registry.tags.get("org/unsigned:latest") ?? "");
    writeFileSync(join(cwd, "web/README.md"), "<!-- options:start -->\n<!-- options:end -->\n");
    await ok("mod push web REG/org/other -v 1.0.0 --registry-insecure");
    registry.tags.set("org/signed:latest", registry.tags.get("org/other:1.0.0") ?? "");
    const { code, stderr } = await apply("signed", " --verify --cosign-key one.pub");
    expect([code, stderr]).toEqual([1, expect.stringContaining("is not signed")]);
  });
});

describe("artifacts", () => {
  test("of any content are pushed, tagged, listed, pulled and copied", async () => {
    mkdirSync(join(cwd, "files/sub"), { recursive: true });
    writeFileSync(join(cwd, "files/a.txt"), "a");
    writeFileSync(join(cwd, "files/sub/b.txt"), "b");
    const insecure = "--registry-insecure";
    await ok(`artifact push REG/files -f files -t 1.0.0 -t latest --content-type texts ${insecure}`);
    await ok(`artifact tag REG/files:1.0.0 -t stable ${insecure}`);
    const listed = JSON.parse(await ok(`artifact ls REG/files ${insecure} -o json`));
    const digest = registry.tags.get("files:1.0.0");
    expect(listed).toEqual(["1.0.0", "latest", "stable"].map((tag) => ({ tag, digest })));
    expect(await ok(`artifact list REG/files ${insecure} --with-digest=false`)).toBe(
      "TAG     DIGEST\n1.0.0   -\nlatest  -\nstable  -\n",
    );
    expect(JSON.parse(await ok(`artifact digest REG/files ${insecure} -o json`))).toMatchObject({
      digest,
      tag: "latest",
    });
    await ok(`artifact pull REG/files:stable -o out --content-type texts ${insecure}`);
    expect(filesOf("out")).toEqual(["a.txt", "sub/b.txt"]);
    expect((await run(`artifact pull REG/files -o out2 --content-type module ${insecure}`)).stderr).toContain(
      'has no content of the type "module"',
    );
    await ok(`artifact copy REG/files@${digest} oci-archive:files.tar:kept ${insecure}`);
    await ok(`artifact copy oci-archive:files.tar:kept oci-layout:layout ${insecure}`);
    expect(await ok("artifact list oci-layout:layout")).toContain(`kept  ${digest}`);
    await ok(`artifact push REG/one -f files/a.txt -t x ${insecure}`);
    await ok(`artifact pull REG/one:x -o one ${insecure}`);
    expect(filesOf("one")).toEqual(["a.txt"]);
  });

  test.each([
    ["artifact push REG/x -f none -t 1", 1, "none: there is no such file or folder"],
    ["artifact push REG/x -t a:b", 2, 'error: --tag "a:b" is not a tag'],
    ["artifact push REG/x", 2, "a tag is needed, for example --tag latest"],
    ["artifact push REG/x@sha256:{zeros} -t 1", 2, "a digest is what comes out of a push"],
    ["artifact push ghcr.io/org/x -t 1", 1, "is no place of an artifact; did you mean oci://ghcr.io/org/x?"],
    ["artifact push", 2, "sheaf artifact push needs more arguments; sheaf artifact push --help shows"],
    ["artifact tag REG/x", 2, "sheaf artifact tag needs --tag"],
    ["artifact list REG/x:1", 2, "all tags of a repository are listed"],
    ["artifact list REG/x --filter-regex (", 2, '--filter-regex "(" is not a regular expression'],
    ["artifact list REG/x --filter-semver x.y", 2, '--filter-semver "x.y" is not a range'],
    ["artifact list REG/x --limit -1", 2, "--limit: expected a whole number"],
    ["artifact delete REG/x", 2, "name the tag or the digest to delete"],
    ["artifact delete REG/x:1 --registry-insecure", 1, "/x:1 does not exist"],
    ["artifact list oci-layout:none", 1, "is neither an OCI image layout nor a module in one"],
    ["artifact copy x y", 1, "is no place of an artifact"],
  ])("%s: exit code %d", async (line, code, fault) => {
    const result = await run(line.replace("{zeros}", "0".repeat(64)));
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(fault)]);
  });

  test("are chosen from a list, and deleted by tag or digest", async () => {
    writeFileSync(join(cwd, "listed.txt"), "x");
    const insecure = "--registry-insecure";
    const list = async (place: string, more = "") => {
      const found = JSON.parse(await ok(`artifact list ${place} ${insecure} --with-digest=false -o json${more}`));
      return found.map(({ tag }: { tag: string }) => tag).join(" ");
    };
    for (const place of ["REG/listed", "oci-layout:listed"]) {
      await ok(`artifact push ${place}:1.9.0 -f listed.txt -t 1.10.0 -t 2.0.0-rc.1 -t latest -t edge ${insecure}`);
      expect(await list(place)).toBe("2.0.0-rc.1 1.10.0 1.9.0 edge latest");
      expect(await list(place, " --limit 2")).toBe("2.0.0-rc.1 1.10.0");
      expect(await list(place, " --limit 0 --filter-regex ^(1|e)")).toBe("1.10.0 1.9.0 edge");
      expect(await list(place, " --filter-semver >=1.9.0")).toBe("1.10.0 1.9.0");
      await ok(`artifact delete ${place}:edge ${insecure}`);
      expect(await list(place)).toBe("2.0.0-rc.1 1.10.0 1.9.0 latest");
      const [, digest] = /digest: (\S+)/.exec(await ok(`artifact digest ${place} ${insecure}`)) ?? [];
      await ok(`artifact delete ${place}@${digest} ${insecure}`);
      expect((await run(`artifact list ${place} ${insecure}`)).code).toBe(1);
    }
  });

  test("are built as the files that a push sends", async () => {
    mkdirSync(join(cwd, "texts"));
    writeFileSync(join(cwd, "texts/a.txt"), "a");
    const built = await ok("artifact build -f texts -t 1.0.0 -a x=y --content-type texts -o texts.tar");
    const pushed = await ok(
      "artifact push REG/texts -f texts -t 1.0.0 -a x=y --content-type texts --registry-insecure",
    );
    expect(built.replace(/^.*\n/, "")).toBe(pushed.replace(/^.*\n/, ""));
    await ok("artifact copy oci-archive:texts.tar:1.0.0 REG/copied --registry-insecure");
    expect(registry.tags.get("copied:1.0.0")).toBe(registry.tags.get("texts:1.0.0"));
    await ok("artifact build -f texts -t 1 -t 2 -o texts.tar");
    expect(await ok("artifact list oci-archive:texts.tar --with-digest=false")).toBe("TAG  DIGEST\n1    -\n2    -\n");
    await ok("artifact build -f texts --format oci-layout -o texts-layout");
    expect(await ok("artifact list oci-layout:texts-layout")).toContain("latest  sha256:");
  });
});

/** A module as Timoni publishes it: in CUE, vendored schemas in a layer of their own, tar entries as Go writes them. */
async function timoniModule(): Promise<Map<string, Uint8Array>> {
  const { packTar } = await import("modern-tar");
  const { gzipSync } = await import("node:zlib");
  const layer = async (files: Record<string, string>, type: string) => {
    const folder = { mode: 0o755, mtime: new Date(0), type: "directory", size: 0 } as const;
    const names = new Set(Object.keys(files).flatMap((name) => (name.includes("/") ? [name.split("/")[0] ?? ""] : [])));
    const folders = [".", ...names].map((name) => ({ header: { ...folder, name } }));
    const entries = Object.entries(files).map(([name, body]) => ({
      header: { name, mode: 0o644, mtime: new Date(0), type: "file" as const, size: body.length },
      body,
    }));
    const bytes = gzipSync(await packTar([...folders, ...entries]));
    const mediaType = "application/vnd.timoni.content.v1.tar+gzip";
    const annotations = { "sh.timoni.content.type": type };
    return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length, annotations } };
  };
  const layers = [
    await layer({ "cue.mod/module.cue": 'module: "timoni.sh/x"\n', "timoni.cue": "old" }, "module/vendor"),
    await layer({ "timoni.cue": "values: {}\n", "templates/config.cue": "package templates\n" }, "module"),
  ];
  const config = Buffer.from("{}");
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: { mediaType: "application/vnd.timoni.config.v1+json", digest: digestOf(config), size: config.length },
      layers: layers.map(({ descriptor }) => descriptor),
      annotations: { "org.opencontainers.image.version": "1.0.0" },
    }),
  );
  return new Map([config, ...layers.map(({ bytes }) => bytes), manifest].map((bytes) => [digestOf(bytes), bytes]));
}

test("a module that Timoni published is listed, pulled, tagged and copied, but not run", async () => {
  const contents = await timoniModule();
  for (const [digest, bytes] of contents) registry.contents.set(digest, bytes);
  const digest = [...contents.keys()].at(-1) ?? "";
  registry.tags.set("theirs:1.0.0", digest);
  const insecure = "--registry-insecure";
  expect(JSON.parse(await ok(`mod list REG/theirs ${insecure} -o json`))).toMatchObject([{ version: "1.0.0", digest }]);
  await ok(`mod pull REG/theirs -v 1.0.0 -o theirs ${insecure}`);
  expect(filesOf("theirs")).toEqual(["cue.mod/module.cue", "templates/config.cue", "timoni.cue"]);
  expect(readFileSync(join(cwd, "theirs/timoni.cue"), "utf8")).toBe("values: {}\n");
  await ok(`artifact pull REG/theirs:1.0.0 -o vendored --content-type module/vendor ${insecure}`);
  expect(filesOf("vendored")).toEqual(["cue.mod/module.cue", "timoni.cue"]);
  await ok(`artifact tag REG/theirs:1.0.0 -t latest ${insecure}`);
  await ok(`artifact copy REG/theirs:1.0.0 oci-archive:theirs.tar ${insecure}`);
  expect(await ok("artifact digest oci-archive:theirs.tar:1.0.0")).toContain(digest);
  expect((await run(`build x REG/theirs -v 1.0.0 ${insecure}`)).stderr).toContain("is a CUE module, which Timoni runs");
});

describe("registry login", () => {
  const secret = "p4ssw0rd-of-me";
  const needLogin = () =>
    registry.intercept((request, response) => {
      if (request.headers.authorization === `Basic ${btoa(`me:${secret}`)}`) return undefined;
      response.setHeader("www-authenticate", 'Basic realm="x"');
      refuse(response, 401, "UNAUTHORIZED", `not with ${request.headers.authorization ?? "nothing"}`);
      return true;
    });

  test("keeps what the registry accepts, for later commands, until logout", async () => {
    await ok("mod init web");
    needLogin();
    const push = "mod push web REG/web -v 1.0.0 --registry-insecure";
    expect((await run(push)).stderr).toContain(`log in with sheaf registry login ${registry.host}`);
    const login = `registry login ${registry.host} -u me --password-stdin --registry-insecure`;
    const out = await ok(login, { stdin: `${secret}\n` });
    expect(out).toContain(`logged in to ${registry.host} as me`);
    await ok(push);
    await ok(`registry logout ${registry.host}`);
    expect((await run(push)).code).toBe(1);
    await ok(`${push} --creds me:${secret}`);
  });

  test("keeps nothing that the registry refuses, and shows no password", async () => {
    needLogin();
    const line = `registry login ${registry.host} -u me --password-stdin --registry-insecure`;
    const { code, stdout, stderr } = await run(line, { stdin: "wr0ng-password" });
    expect([code, stderr]).toEqual([1, expect.stringContaining("were not accepted")]);
    expect(stdout + stderr).not.toContain("wr0ng-password");
    expect(stdout + stderr).not.toContain(btoa("me:wr0ng-password"));
    expect(readdirSync(home)).toEqual([]);
  });

  test.each([
    ["registry login r.test -u me", 2, "the password is read from standard input"],
    ["registry login r.test -u me --password-stdin", 2, "standard input holds no password"],
    ["registry login a/b -u me --password-stdin", 2, "is not a host name"],
  ])("%s: exit code %d", async (line, code, fault) => {
    const result = await run(line);
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(fault)]);
  });
});

test("the reproducible digest of a module does not depend on times, modes or the order of files", async () => {
  const digestOf = async (dir: string) => {
    const out = await ok(`mod build ${dir} -v 1.0.0 -o ${dir}.tar`, { env: { SOURCE_DATE_EPOCH: "1700000000" } });
    return /sha256:\w+/.exec(out)?.[0];
  };
  await ok("mod init web");
  mkdirSync(join(cwd, "copy"));
  for (const name of filesOf("web").reverse()) {
    mkdirSync(resolve(cwd, "copy", name, ".."), { recursive: true });
    writeFileSync(join(cwd, "copy", name), readFileSync(join(cwd, "web", name)), { mode: 0o600 });
  }
  expect(await digestOf("copy")).toBe(await digestOf("web"));
  expect(readFileSync(join(cwd, "copy.tar")).equals(readFileSync(join(cwd, "web.tar")))).toBe(true);
});
