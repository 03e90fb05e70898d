import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Artifact,
  buildArtifact,
  ContentCache,
  cachedRepository,
  digestOf,
  hexOf,
  isLayout,
  openLayout,
  readArtifact,
  readTree,
  treeOf,
  writeLayout,
  writeTree,
} from "../../../src/engine/oci/index.js";

const utf8 = new TextEncoder();
const files = new Map([
  ["module.yaml", utf8.encode("name: web\n")],
  ["templates/a.yaml", utf8.encode("a: 1\n")],
]);
let dir: string;
let web: Artifact;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sheaf-"));
  web = await buildArtifact({
    tree: treeOf(files),
    mtimeSeconds: 0,
    annotations: { "org.opencontainers.image.version": "1.0.0" },
  });
});
afterEach(() => rm(dir, { recursive: true }));

const write = (at = dir) =>
  writeLayout(at, {
    entries: [
      { repository: "web", tag: "1.0.0", descriptor: web.descriptor },
      { repository: "web", tag: "latest", descriptor: web.descriptor },
      { repository: "", tag: "plain", descriptor: web.descriptor },
    ],
    blobs: web.blobs,
  });
const blobFile = (digest: string) => join(dir, "blobs", "sha256", hexOf(digest));

describe("an image layout", () => {
  test("gives back what was written", async () => {
    await write();
    expect(await isLayout(dir)).toBe(true);
    const layout = await openLayout(dir);
    const repository = layout.repository("web");
    expect(await repository.listTags()).toEqual(["1.0.0", "latest"]);
    expect(await layout.repository("").listTags()).toEqual(["plain"]);
    const { descriptor, manifest } = await repository.manifest("latest");
    expect(descriptor).toEqual(web.descriptor);
    expect((await repository.manifest(descriptor.digest)).manifest).toEqual(manifest);
    expect((await readArtifact(repository, manifest, "web")).files).toEqual(files);
  });

  test("has the same bytes each time", async () => {
    await write(join(dir, "a"));
    await write(join(dir, "b"));
    const names = (await readdir(join(dir, "a"), { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    expect(names).toHaveLength(5);
    for (const { parentPath, name } of names) {
      const path = join(parentPath, name);
      expect(await readFile(path.replace(join(dir, "a"), join(dir, "b")))).toEqual(await readFile(path));
    }
  });

  test("says what it does not hold", async () => {
    await write();
    const layout = await openLayout(dir);
    await expect(layout.repository("api").listTags()).rejects.toThrow(
      /There is no "api" in the image layout .*; it holds web$/,
    );
    await expect(layout.repository("web").manifest("2.0.0")).rejects.toMatchObject({ code: "not-found" });
  });

  test.each([
    {
      title: "a damaged blob",
      damage: (path: string) => writeFile(path, Buffer.alloc(web.manifest.config.size)),
      code: "digest-mismatch",
    },
    {
      title: "a blob that is too long",
      damage: (path: string) => writeFile(path, Buffer.alloc(100_000)),
      code: "digest-mismatch",
    },
    { title: "a missing blob", damage: (path: string) => rm(path), code: "not-found" },
  ])("notices $title", async ({ damage, code }) => {
    await write();
    await damage(blobFile(web.manifest.config.digest));
    await damage(blobFile(web.descriptor.digest));
    const repository = (await openLayout(dir)).repository("web");
    await expect(repository.blob(web.manifest.config)).rejects.toMatchObject({ code });
    await expect(repository.manifest("1.0.0")).rejects.toMatchObject({ code });
  });

  test.each([
    { title: "no folder", make: async () => undefined },
    { title: "no index", make: () => writeFile(join(dir, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}') },
    { title: "another version", make: () => writeFile(join(dir, "oci-layout"), '{"imageLayoutVersion":"2.0.0"}') },
  ])("is not what has $title", async ({ make }) => {
    await make();
    await expect(openLayout(dir)).rejects.toMatchObject({ code: "bad-layout" });
  });
});

describe("cachedRepository()", () => {
  const counted = async () => {
    await write();
    const inner = (await openLayout(dir)).repository("web");
    const calls: string[] = [];
    const repository = cachedRepository(
      {
        name: inner.name,
        listTags: (signal) => inner.listTags(signal),
        referrers: (digest, signal) => inner.referrers(digest, signal),
        manifest: (reference, signal) => inner.manifest(reference, signal),
        rawManifest: (reference, signal) => {
          calls.push("manifest");
          return inner.rawManifest(reference, signal);
        },
        blob: (descriptor, signal) => {
          calls.push("blob");
          return inner.blob(descriptor, signal);
        },
      },
      new ContentCache(join(dir, "cache")),
    );
    return { repository, calls };
  };
  const cachedFile = (digest: string) => join(dir, "cache", "blobs", "sha256", hexOf(digest));

  test("fetches content once, but asks again what a tag means", async () => {
    const { repository, calls } = await counted();
    for (let i = 0; i < 2; i++) {
      const { descriptor, manifest } = await repository.manifest("1.0.0");
      expect(await repository.manifest(descriptor.digest)).toMatchObject({ descriptor, manifest });
      expect(digestOf(await repository.blob(manifest.config))).toBe(manifest.config.digest);
    }
    expect(calls).toEqual(["manifest", "blob", "manifest"]);
  });

  test("notices one flipped bit and fetches again", async () => {
    const { repository, calls } = await counted();
    const first = await repository.blob(web.manifest.config);
    const path = cachedFile(web.manifest.config.digest);
    await writeFile(path, first.with(3, (first[3] ?? 0) ^ 1));
    expect(await repository.blob(web.manifest.config)).toEqual(first);
    expect(await readFile(path)).toEqual(Buffer.from(first));
    expect(calls).toEqual(["blob", "blob"]);
  });

  test("works where it cannot write", async () => {
    await write();
    await writeFile(join(dir, "file"), "");
    const inner = (await openLayout(dir)).repository("web");
    const repository = cachedRepository(inner, new ContentCache(join(dir, "file", "cache")));
    expect(await repository.blob(web.manifest.config)).toEqual(web.blobs[0]);
  });
});

describe("readTree() and writeTree()", () => {
  test("give back a tree with its modes, whatever the umask is", async () => {
    const tree = { files, executable: new Set(["templates/a.yaml"]) };
    const target = join(dir, "deep", "out");
    const umask = process.umask(0o077);
    try {
      await writeTree(tree, target);
    } finally {
      process.umask(umask);
    }
    const back = await readTree(target);
    expect([...back.files].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]).sort()).toEqual([
      ["module.yaml", "name: web\n"],
      ["templates/a.yaml", "a: 1\n"],
    ]);
    expect(back.executable).toEqual(tree.executable);
    const modes = await Promise.all(
      ["module.yaml", "templates", "templates/a.yaml", "."].map(
        async (path) => (await stat(join(target, path))).mode & 0o777,
      ),
    );
    expect(modes).toEqual([0o644, 0o755, 0o755, 0o755]);
    expect(await readdir(join(dir, "deep"))).toEqual(["out"]);
  });

  test("writeTree() leaves a folder that holds something as it is", async () => {
    await writeFile(join(dir, "mine"), "");
    await expect(writeTree(treeOf(files), dir)).rejects.toThrow("holds files already; name a new or an empty one");
    expect(await readdir(dir)).toEqual(["mine"]);
    await rm(join(dir, "mine"));
    await mkdir(join(dir, "empty"));
    await writeTree(treeOf(files), join(dir, "empty"));
    expect(await readdir(join(dir, "empty"))).toEqual(["module.yaml", "templates"]);
  });

  test("readTree() leaves out .git and what the ignore files name", async () => {
    await mkdir(join(dir, ".git"));
    await mkdir(join(dir, "drafts"));
    for (const path of ["a.yaml", "b.tmp", "keep.tmp", ".git/HEAD", "drafts/x"]) await writeFile(join(dir, path), "");
    await writeFile(join(dir, "sheaf.ignore"), "*.tmp\n!keep.tmp\n");
    await writeFile(join(dir, "timoni.ignore"), "drafts/\n");
    expect([...(await readTree(dir)).files.keys()].sort()).toEqual([
      "a.yaml",
      "keep.tmp",
      "sheaf.ignore",
      "timoni.ignore",
    ]);
  });

  test("readTree() follows links inside the folder and refuses others", async () => {
    const root = join(dir, "root");
    await mkdir(root);
    await writeFile(join(root, "a"), "text");
    await chmod(join(root, "a"), 0o755);
    await symlink("a", join(root, "b"));
    const { files: found, executable } = await readTree(root);
    expect([...found.keys()]).toEqual(["a", "b"]);
    expect(executable).toEqual(new Set(["a", "b"]));
    await writeFile(join(dir, "secret"), "");
    for (const target of ["../secret", "/etc/passwd", "gone", "."]) {
      await rm(join(root, "b"));
      await symlink(target, join(root, "b"));
      await expect(readTree(root)).rejects.toMatchObject({ code: "unsafe-file" });
    }
  });

  test("readTree() says that a folder does not exist", async () => {
    await expect(readTree(join(dir, "none"))).rejects.toMatchObject({ code: "not-found" });
  });
});
