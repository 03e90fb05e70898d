import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeCatalog } from "../../scripts/build-catalog.js";
import { moduleCompiler } from "../../src/engine/module/index.js";
import { openLayout, readArtifact } from "../../src/engine/oci/index.js";
import { filesOf, moduleTexts } from "../engine/module/fake-modules.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sheaf-"));
});
afterEach(() => rm(dir, { recursive: true }));

const versions = ["web", "api"].flatMap((module) =>
  ["2.0.0-0", "1.10.0-0", "1.9.0-0"].map((version) => ({
    module,
    version,
    files: filesOf({ ...moduleTexts(module), "README.md": version }),
  })),
);

/** Every file below a folder, with its bytes. */
async function contentOf(folder: string): Promise<Map<string, string>> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort();
  const read = async (path: string): Promise<[string, string]> => [
    relative(folder, path),
    await readFile(path, "latin1"),
  ];
  return new Map(await Promise.all(paths.map(read)));
}

describe("writeCatalog()", () => {
  test("gives equal bytes for equal modules, whatever stood there", async () => {
    await writeCatalog(versions, moduleCompiler, join(dir, "a"));
    await writeCatalog(versions.slice(1), moduleCompiler, join(dir, "b"));
    await writeFile(join(dir, "b", "left-over"), "");
    await utimes(join(dir, "b"), 1, 1);
    const reordered = versions.map((each) => ({ ...each, files: new Map([...each.files].reverse()) }));
    await writeCatalog(reordered, moduleCompiler, join(dir, "b"));
    const [a, b] = await Promise.all([contentOf(join(dir, "a")), contentOf(join(dir, "b"))]);
    expect([...b.keys()]).toEqual([...a.keys()]);
    expect(b).toEqual(a);
  });

  test("names every version, and the newest as latest", async () => {
    await writeCatalog(versions, moduleCompiler, dir);
    const { entries, repository } = await openLayout(dir);
    expect(entries.map(({ repository: name, tag }) => `${name}:${tag}`)).toEqual([
      "web:2.0.0-0",
      "web:latest",
      "web:1.10.0-0",
      "web:1.9.0-0",
      "api:2.0.0-0",
      "api:latest",
      "api:1.10.0-0",
      "api:1.9.0-0",
    ]);
    const { descriptor, manifest } = await repository("web").manifest("latest");
    expect(manifest.annotations).toEqual({ "org.opencontainers.image.version": "2.0.0-0" });
    expect((await readArtifact(repository("web"), manifest, "web")).files).toEqual(versions[0]?.files);
    const compiled = await readFile(join(dir, "compiled", `${descriptor.digest.slice("sha256:".length)}.json`), "utf8");
    expect(JSON.parse(compiled)).toMatchObject({ manifest: { name: "web" }, readme: "2.0.0-0" });
  });

  test("tells SOURCE_DATE_EPOCH as the time of creation", async () => {
    await writeCatalog(versions.slice(0, 1), moduleCompiler, dir, 1_700_000_000);
    const { manifest } = await (await openLayout(dir)).repository("web").manifest("latest");
    expect(manifest.annotations["org.opencontainers.image.created"]).toBe("2023-11-14T22:13:20Z");
  });
});
