import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Artifact,
  buildArtifact,
  copyArtifact,
  formatPlace,
  listArtifacts,
  openPlace,
  openPlaceToWrite,
  parsePlace,
  pushArtifact,
  Registries,
  readArtifact,
  treeOf,
} from "../../../src/engine/oci/index.js";

const digest = `sha256:${"a".repeat(64)}`;
const registries = new Registries({ fetch: () => Promise.reject(new Error("the test has no network")) });
let dir: string;
let artifact: Artifact;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sheaf-"));
  artifact = await buildArtifact({
    tree: treeOf(new Map([["a", Uint8Array.of(49)]])),
    mtimeSeconds: 0,
    annotations: {},
  });
});
afterEach(() => rm(dir, { recursive: true }));

describe("parsePlace()", () => {
  test.each([
    ["oci://r.test/a/b:1.0.0", { kind: "registry", host: "r.test", repository: "a/b", tag: "1.0.0" }],
    ["oci-layout:x", { kind: "layout", path: "/base/x" }],
    ["oci-layout:/x/y:1.0.0", { kind: "layout", path: "/x/y", tag: "1.0.0" }],
    [`oci-layout:./x@${digest}`, { kind: "layout", path: "/base/x", digest }],
    [`oci-archive:x.tar:latest@${digest}`, { kind: "archive", path: "/base/x.tar", tag: "latest", digest }],
    ["oci-layout:a:1", { kind: "layout", path: "/base/a", tag: "1" }],
    ["oci-archive:a:b/x.tar", { kind: "archive", path: "/base/a:b/x.tar" }],
  ])("%s", (text, want) => {
    const place = parsePlace(text, "/base");
    expect(place).toEqual(want);
    expect(parsePlace(formatPlace(place), "/elsewhere")).toEqual(place);
  });

  test.each([
    ["x", /"x" is no place of an artifact; the forms are oci:\/\/host/],
    ["https://r.test/a", /is no place of an artifact/],
    ["oci-layout:", /names no layout/],
    ["oci://R.test", /names no repository/],
  ])("%s: an error", (text, fault) => {
    expect(() => parsePlace(text, "/base")).toThrow(expect.objectContaining({ code: "bad-reference" }));
    expect(() => parsePlace(text, "/base")).toThrow(fault);
  });
});

describe.each(["layout", "archive"] as const)("an OCI %s", (kind) => {
  const place = (rest = "") => parsePlace(`oci-${kind}:${dir}/x${rest}`, "/");
  const indexOf = async () => {
    const path = join(dir, "x");
    const text =
      kind === "layout"
        ? await readFile(join(path, "index.json"), "utf8")
        : execFileSync("tar", ["xOf", path, "index.json"], { encoding: "utf8" });
    return JSON.parse(text).manifests;
  };
  const rewriteIndex = async (manifests: readonly unknown[]) => {
    const folder = kind === "layout" ? join(dir, "x") : await mkdtemp(join(dir, "unpacked-"));
    if (kind === "archive") execFileSync("tar", ["xf", join(dir, "x"), "-C", folder]);
    await writeFile(join(folder, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
    if (kind === "archive") execFileSync("tar", ["cf", join(dir, "x"), "-C", folder, "."]);
  };
  const push = async (tag: string, rest = "") =>
    pushArtifact(artifact, await openPlaceToWrite(place(rest), registries), { tags: [tag] });

  test("that does not exist is made, and takes more", async () => {
    await push("1.0.0");
    await push("latest");
    await push("2.0.0", "/web");
    const repository = await openPlace(place("/web"), registries);
    expect(await listArtifacts(repository)).toEqual([{ tag: "2.0.0", digest: artifact.descriptor.digest }]);
    const bare = await openPlace(place(), registries);
    // Two repositories are in it, so the empty name is the one without a name.
    expect(await bare.listTags()).toEqual(["1.0.0", "latest"]);
    const { manifest } = await bare.manifest("latest");
    expect((await readArtifact(bare, manifest, "x")).files).toEqual(new Map([["a", Uint8Array.of(49)]]));
  });

  test("moves a tag", async () => {
    await push("latest");
    const other = await buildArtifact({ tree: treeOf(new Map()), mtimeSeconds: 0, annotations: { a: "b" } });
    await pushArtifact(other, await openPlaceToWrite(place(), registries), { tags: ["latest"] });
    const repository = await openPlace(place(), registries);
    expect(await listArtifacts(repository)).toEqual([{ tag: "latest", digest: other.descriptor.digest }]);
  });

  test("takes copies, and gives what has no tag by its digest", async () => {
    await push("1.0.0");
    const other = parsePlace(`oci-archive:${dir}/copy.tar`, "/");
    const to = await openPlaceToWrite(other, registries);
    await copyArtifact(await openPlace(place(), registries), "1.0.0", to, { tags: [] });
    expect((await to.rawManifest(artifact.descriptor.digest)).descriptor).toEqual(artifact.descriptor);
    await expect(to.rawManifest("1.0.0")).rejects.toMatchObject({ code: "not-found" });
  });

  test("takes what has no tag so that others find it, until it gets one", async () => {
    const digest = artifact.descriptor.digest;
    const to = await openPlaceToWrite(place(), registries);
    const from = await openPlaceToWrite(parsePlace(`oci-layout:${dir}/from`, "/"), registries);
    await pushArtifact(artifact, from, { tags: ["1.0.0"] });
    await copyArtifact(from, "1.0.0", to, { tags: [] });
    await copyArtifact(from, "1.0.0", to, { tags: [] });
    const { mediaType, size } = artifact.descriptor;
    expect(await indexOf()).toEqual([{ mediaType, digest, size }]);
    expect((await (await openPlace(place(), registries)).manifest(digest)).descriptor.digest).toBe(digest);
    await push("1.0.0");
    expect(await indexOf()).toMatchObject([{ annotations: { "org.opencontainers.image.ref.name": "1.0.0" } }]);
    await (await openPlaceToWrite(place(), registries)).delete(digest);
    expect(await indexOf()).toEqual([]);
  });

  test("loses nothing when several write it side by side", async () => {
    const tags = ["a", "b", "c", "d", "e", "f"];
    await Promise.all(tags.map((tag) => push(tag)));
    const repository = await openPlace(place(), registries);
    expect((await repository.listTags()).sort()).toEqual(tags);
    expect((await readdir(dir, { recursive: true })).filter((name) => name.endsWith(".lock"))).toEqual([]);
  });

  test("keeps what other tools have put into its index", async () => {
    await push("1.0.0");
    const foreign = [
      { mediaType: "application/x", digest: `sha512:${"0".repeat(128)}`, size: 1 },
      { ...artifact.descriptor, digest: `sha256:${"1".repeat(64)}`, platform: { os: "linux", architecture: "arm64" } },
    ];
    await rewriteIndex([...(await indexOf()), ...foreign]);
    await push("2.0.0");
    await (await openPlaceToWrite(place(), registries)).delete("1.0.0");
    expect((await indexOf()).slice(0, 2)).toEqual(foreign);
    expect(await indexOf()).toHaveLength(3);
  });

  test("that a copy breaks before its end has no new tag", async () => {
    await push("1.0.0");
    const from = await openPlace(place(), registries);
    const broken = {
      ...from,
      name: "broken",
      rawManifest: (reference: string) => from.rawManifest(reference),
      referrers: async () => [],
      blob: () => Promise.reject(new Error("gone")),
    };
    const to = parsePlace(`oci-${kind}:${dir}/new`, "/");
    await expect(
      copyArtifact(broken, "1.0.0", await openPlaceToWrite(to, registries), { tags: ["x"] }),
    ).rejects.toThrow("gone");
    await expect(openPlace(to, registries)).rejects.toMatchObject({ code: "not-found" });
    expect(await readdir(dir)).not.toContain("new");
  });

  test("that does not exist is not read", async () => {
    await expect(openPlace(place(), registries)).rejects.toMatchObject({ code: "not-found" });
  });
});

test.each(["oci-layout:/dev/null/x", "oci-archive:/dev/null/x"])(
  "that cannot be written is an error: %s",
  async (url) => {
    const repository = await openPlaceToWrite(parsePlace(url, "/"), registries);
    await expect(pushArtifact(artifact, repository, { tags: ["1"] })).rejects.toMatchObject({ code: "bad-layout" });
  },
);

test("an archive has equal bytes for equal content", async () => {
  const bytesOf = async (name: string): Promise<Buffer> => {
    const place = parsePlace(`oci-archive:${name}`, dir);
    await pushArtifact(artifact, await openPlaceToWrite(place, registries), { tags: ["1.0.0"] });
    return readFile(join(dir, name));
  };
  expect((await bytesOf("a.tar")).equals(await bytesOf("b.tar"))).toBe(true);
});

test.each([
  ["no archive", Buffer.alloc(2000, "x"), "it is not a whole tar archive"],
  ["an empty archive", Buffer.alloc(1024), "its oci-layout file is missing"],
])("a file that is %s is an error", async (_, bytes, fault) => {
  await writeFile(join(dir, "x.tar"), bytes);
  const attempt = openPlace(parsePlace("oci-archive:x.tar", dir), registries);
  await expect(attempt).rejects.toMatchObject({ code: "bad-layout" });
  await expect(attempt).rejects.toThrow(fault);
});
