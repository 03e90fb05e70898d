import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { packTar, type TarEntry } from "modern-tar";
import { describe, expect, test } from "vitest";
import { digestOf, type FileTree, packArchive, treeOf, unpackArchive } from "../../../src/engine/oci/index.js";
import { limits } from "../../../src/engine/oci/limits.js";

const utf8 = new TextEncoder();
const step = fc
  .oneof(fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }), fc.stringMatching(/^[a-z.-]{1,140}$/))
  .filter(
    (name) => !/[\p{Cc}\p{Surrogate}\\/]/u.test(name) && name !== "." && name !== ".." && !/^[A-Za-z]:/.test(name),
  );
const path = fc.array(step, { minLength: 1, maxLength: 4 }).map((steps) => steps.join("/"));
const tree = fc
  .uniqueArray(fc.tuple(path, fc.uint8Array({ maxLength: 2000 }), fc.boolean()), {
    selector: ([name]) => name,
    maxLength: 12,
  })
  .filter((files) => !files.some(([a]) => files.some(([b]) => b.startsWith(`${a}/`))))
  .map(
    (files): FileTree => ({
      files: new Map(files.map(([name, content]) => [name, content])),
      executable: new Set(files.filter(([, , executable]) => executable).map(([name]) => name)),
    }),
  );

const sorted = ({ files, executable }: FileTree) => ({
  files: [...files].map(([name, content]) => [name, Buffer.from(content).toString("base64")]).sort(),
  executable: [...executable].sort(),
});

describe("packArchive()", () => {
  test("is undone by unpackArchive()", async () => {
    await fc.assert(
      fc.asyncProperty(tree, async (before) => {
        expect(sorted(await unpackArchive(await packArchive(before, 0), "It"))).toEqual(sorted(before));
      }),
      { numRuns: 150 },
    );
  });

  test("gives the same bytes for the same files in any order, and others for another time", async () => {
    await fc.assert(
      fc.asyncProperty(tree, async (before) => {
        const reversed = { ...before, files: new Map([...before.files].reverse()) };
        expect(digestOf(await packArchive(reversed, 7))).toBe(digestOf(await packArchive(before, 7)));
        if (before.files.size > 0)
          expect(digestOf(await packArchive(before, 8))).not.toBe(digestOf(await packArchive(before, 7)));
      }),
      { numRuns: 30 },
    );
  });

  // Goes red when a new version of the tar writer or of the compressor changes what all published digests rest on.
  test("gives the bytes that it always gave", async () => {
    const files = new Map([
      ["module.yaml", utf8.encode("apiVersion: sheaf/v1\nkind: Module\nname: web\n")],
      ["templates/app.yaml", utf8.encode("replicas: {{values.replicas}}\n".repeat(100))],
      [`templates/${"long-".repeat(30)}ü.yaml`, utf8.encode("a: 1\n")],
    ]);
    const packed = await packArchive({ files, executable: new Set(["module.yaml"]) }, 1_700_000_000);
    expect([...packed.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3]);
    expect(digestOf(gunzipSync(packed))).toMatchInlineSnapshot(
      `"sha256:630d1cb6edd664c9c48583dcdb2046752e91f4f0aa9d09deadfa57a6a5c6c9c1"`,
    );
    expect(digestOf(packed)).toMatchInlineSnapshot(
      `"sha256:41dc20c200bd82c5aad096d12ee83578293bc3b5b69d59e12e12f11643121f81"`,
    );
  });

  test.each(["/etc/passwd", "../x", "a/../../x", "a\\b", "a\nb", "./a", "a//b", "C:/x", "a/\ud800"])(
    "refuses the path %j",
    async (name) => {
      await expect(packArchive(treeOf(new Map([[name, utf8.encode("x")]])), 0)).rejects.toMatchObject({
        code: "unsafe-archive",
      });
    },
  );
});

describe("unpackArchive()", () => {
  const file = (name: string, body = "x"): TarEntry => ({
    header: { name, type: "file", size: Buffer.byteLength(body), mode: 0o644 },
    body,
  });
  const link = (name: string, linkname: string, type: "link" | "symlink" = "symlink"): TarEntry => ({
    header: { name, type, linkname, size: 0, mode: 0o777 },
  });
  const archive = async (...entries: TarEntry[]) => gzipSync(await packTar(entries));

  test.each([
    { title: "an absolute path", entries: [file("/etc/passwd")], fault: "is absolute" },
    { title: "a Windows drive", entries: [file("c:/x")], fault: "is absolute" },
    { title: "a path that climbs", entries: [file("a/../../x")], fault: 'leaves the folder with ".."' },
    {
      title: "a folder that climbs",
      entries: [{ header: { name: "../x/", type: "directory" as const, size: 0 } }],
      fault: 'leaves the folder with ".."',
    },
    { title: "a backslash", entries: [file("..\\x")], fault: "backslash" },
    { title: "a link to an absolute path", entries: [link("a", "/etc/passwd")], fault: "is absolute" },
    { title: "a link that climbs", entries: [link("d/a", "../../x")], fault: 'leaves the folder with ".."' },
    { title: "a hard link that climbs", entries: [link("d/a", "../x", "link")], fault: 'leaves the folder with ".."' },
    { title: "a link to nothing", entries: [link("a", "b")], fault: "is no file of the archive" },
    { title: "links in a circle", entries: [link("a", "b"), link("b", "a")], fault: "is no file of the archive" },
    {
      title: "a file through a link to a folder",
      entries: [link("d", "e"), file("d/x"), file("e/y")],
      fault: "is no file of the archive",
    },
    {
      title: "a device",
      entries: [{ header: { name: "null", type: "character-device" as const, size: 0 } }],
      fault: "a character-device",
    },
    { title: "a pipe", entries: [{ header: { name: "p", type: "fifo" as const, size: 0 } }], fault: "a fifo" },
    { title: "a file twice", entries: [file("a"), file("./a")], fault: 'holds the file "a" twice' },
    { title: "a file that is a folder too", entries: [file("a"), file("a/b")], fault: '"a" as a file and as a folder' },
    { title: "a folder that is a file too", entries: [file("a/b"), file("a")], fault: '"a" as a file and as a folder' },
    { title: "a link over a file", entries: [file("a"), file("b"), link("a", "b")], fault: 'holds the file "a" twice' },
    { title: "a path that no system takes", entries: [file("a/".repeat(3000))], fault: "longer than 4096 bytes" },
  ])("refuses $title", async ({ entries, fault }) => {
    const unpacked = unpackArchive(await archive(...entries), "The artifact web");
    await expect(unpacked).rejects.toMatchObject({ code: "unsafe-archive" });
    await expect(unpacked).rejects.toThrow(/^The artifact web /);
    await expect(unpacked).rejects.toThrow(fault);
  });

  test("reads links to files of the archive as copies", async () => {
    const { files, executable } = await unpackArchive(
      await archive(file("d/a", "content"), link("b", "d/a"), link("e/c", "../b"), link("h", "d/a", "link")),
      "It",
    );
    expect([...files].map(([name, content]) => [name, Buffer.from(content).toString()])).toEqual([
      ["d/a", "content"],
      ["b", "content"],
      ["e/c", "content"],
      ["h", "content"],
    ]);
    // A link's own mode says nothing: it is 0777 on most systems.
    expect(executable).toEqual(new Set());
  });

  test("leaves out a Git repository", async () => {
    const entries = [".git/config", "a/.GIT/hooks/post-checkout", ".gitignore", "git/x"].map((name) => file(name));
    const tree = await unpackArchive(gzipSync(await packTar(entries)), "It");
    expect([...tree.files.keys()]).toEqual([".gitignore", "git/x"]);
  });

  test("stops a gzip bomb at its bound", async () => {
    const part = gzipSync(Buffer.alloc(limits.unpackedBytes / 16), { level: 1 }); // gzip files may stand one after another
    const bomb = Buffer.concat(Array.from({ length: 17 }, () => part));
    await expect(unpackArchive(bomb, "It")).rejects.toThrow("It unpacks to more than the 256 MiB that sheaf takes");
  });

  test("counts what links copy", async () => {
    const links = Array.from({ length: 300 }, (_, i) => link(`l${i}`, "a"));
    const unpacked = unpackArchive(await archive(file("a", "x".repeat(1024 * 1024)), ...links), "It");
    await expect(unpacked).rejects.toThrow("It holds more than the 256 MiB that sheaf unpacks");
  });

  test("stops at too many entries", async () => {
    const entries = Array.from({ length: limits.entries + 5 }, (_, i) => file(`f${i}`, ""));
    await expect(unpackArchive(await archive(...entries), "It")).rejects.toThrow("more than the 20000 entries");
  });

  test.each([
    { title: "no gzip", bytes: async () => utf8.encode("hello"), fault: "It is not a whole gzip file" },
    {
      title: "a cut gzip",
      bytes: async () => (await archive(file("a", "x".repeat(5000)))).subarray(0, 60),
      fault: "It is not a whole gzip file",
    },
    { title: "no tar", bytes: async () => gzipSync("hello".repeat(500)), fault: "It is not a whole tar archive" },
    {
      title: "a cut tar",
      bytes: async () => gzipSync((await packTar([file("a", "x".repeat(5000))])).subarray(0, 2048)),
      fault: "It is not a whole tar archive",
    },
    {
      title: "a damaged header",
      bytes: async () => gzipSync((await packTar([file("a")])).with(0, 66)),
      fault: "It is not a whole tar archive",
    },
  ])("refuses $title", async ({ bytes, fault }) => {
    const unpacked = unpackArchive(await bytes(), "It");
    await expect(unpacked).rejects.toMatchObject({ code: "bad-archive" });
    await expect(unpacked).rejects.toThrow(fault);
  });
});
