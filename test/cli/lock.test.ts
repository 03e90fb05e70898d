import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FakeRegistry, startRegistry } from "../engine/oci/fake-registry.js";
import { sheaf, tempDir } from "../support/run-cli.js";

let registry: FakeRegistry;
let cwd: string;
let home: string;
const run = (line: string, stdin = "") => {
  const more = /^(?:bundle|mod (?:push|list))/.test(line) ? ["--registry-insecure"] : [];
  return sheaf([...line.split(" "), ...more], { cwd, stdin, env: { HOME: home } });
};
const ok = async (line: string) => {
  const result = await run(line);
  expect(result, line).toMatchObject({ code: 0 });
  return result.stdout;
};
const push = (version: string) => {
  writeFileSync(join(cwd, "web/README.md"), `${version}\n<!-- options:start -->\n<!-- options:end -->\n`);
  return ok(`mod push web oci://${registry.host}/web -v ${version}`);
};
const writeBundle = (url: string, more = "") =>
  writeFileSync(
    join(cwd, "b.yaml"),
    `bundle:\n  apiVersion: v1alpha1\n  name: b\n  instances:\n    web:\n      module:\n        url: ${url}\n${more}      namespace: apps\n`,
  );
const lockText = () => readFileSync(join(cwd, "b.lock"), "utf8");

beforeEach(async () => {
  registry = await startRegistry({});
  [cwd, home] = [tempDir(), tempDir()];
  await ok("mod init web");
  await push("1.0.0");
  writeBundle(`oci://${registry.host}/web`);
});
afterEach(() => registry.close());

describe("bundle lock", () => {
  test("holds a range of versions to the one that was its newest", async () => {
    writeBundle(`oci://${registry.host}/web`, "        version: 1.x\n");
    await push("1.1.0");
    await push("2.0.0");
    expect(await ok("bundle lock -f b.yaml")).toContain("b.lock: 1 module, written");
    expect(lockText()).toContain('wanted: "1.x"\n  version: "1.1.0"');
    await push("1.2.0");
    const version = async (more: string) => {
      await ok(`bundle apply -f b.yaml --target dir:./out${more}`);
      return JSON.parse(await ok("list --target dir:./out -o json"))[0].module.version;
    };
    expect(await version(" --locked")).toBe("1.1.0");
    expect(await version("")).toBe("1.2.0");
  });

  test("holds a bundle to what was locked, until it is upgraded", async () => {
    const one = registry.tags.get("web:latest");
    expect(await ok("bundle lock -f b.yaml")).toContain("b.lock: 1 module, written");
    expect(lockText()).toContain(`version: "1.0.0"\n  digest: ${one}\n`);
    await push("1.1.0");
    const two = registry.tags.get("web:latest");
    const module = async (more: string) => {
      await ok(`bundle apply -f b.yaml --target dir:./out${more}`);
      return JSON.parse(await ok("list --target dir:./out -o json"))[0].module;
    };
    expect(await module(" --locked")).toMatchObject({ version: "1.0.0", digest: one });
    expect(await module("")).toMatchObject({ version: "1.1.0", digest: two });
    const before = lockText();
    expect(await ok("bundle lock -f b.yaml")).toContain("up to date");
    const { code, stdout } = await run("bundle lock -f b.yaml --upgrade --dry-run");
    expect([code, stdout]).toEqual([3, expect.stringMatching(/latest +1\.0\.0 sha256:\w{12} +1\.1\.0 sha256:\w{12}/)]);
    expect(lockText()).toBe(before);
    expect(JSON.parse(await ok("bundle lock -f b.yaml --upgrade -o json")).changes).toMatchObject([
      { wanted: "latest", from: { digest: one }, to: { digest: two } },
    ]);
    expect(await module(" --locked")).toMatchObject({ version: "1.1.0" });
  });

  test("holds it also when its tag names other content now", async () => {
    writeBundle(`oci://${registry.host}/web`, '        version: "1.0.0"\n');
    await ok("bundle lock -f b.yaml");
    await push("1.1.0");
    registry.tags.set("web:1.0.0", registry.tags.get("web:1.1.0") ?? "");
    const moved = await run("bundle build -f b.yaml");
    expect(moved.stderr).toMatch(/^error: b\.yaml:8:18: .*says that it is version 1\.1\.0: the tag was moved/);
    await ok("bundle build -f b.yaml --locked");
  });

  test("is no help to a bundle that wants something else", async () => {
    await ok("bundle lock -f b.yaml");
    writeBundle(`oci://${registry.host}/web`, '        version: "1.0.0"\n');
    const { code, stderr } = await run("bundle apply -f b.yaml --target dir:./out --locked");
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^error: b\.yaml:8:18: b\.lock does not lock oci:.*\/web 1\.0\.0; bring the lock up to date/,
      ),
    ]);
    expect(existsSync(join(cwd, "out"))).toBe(false);
    expect(await ok("bundle lock -f b.yaml")).toMatch(/ 1\.0\.0 +- +1\.0\.0 .*latest +1\.0\.0 \S+ +-\n/s);
    await ok("bundle build -f b.yaml --locked");
  });

  test("knows folders by their content", async () => {
    writeBundle("file://./web");
    await ok("bundle lock -f b.yaml");
    await ok("bundle build -f b.yaml --locked");
    writeFileSync(join(cwd, "web/README.md"), "changed");
    expect((await run("bundle build -f b.yaml --locked")).stderr).toMatch(/The files of file:.*have the digest/);
  });

  test.each([
    ["bundle build -f b.yaml --locked", "", 1, "b.lock: there is no such lock file; write it with sheaf bundle lock"],
    ["bundle lock -f -", "bundle: {}", 2, "name one with --lock-file"],
    [
      "bundle build -f b.yaml --locked --lock-file bad.lock",
      "",
      1,
      "bad.lock:3:1: module: unknown field; did you mean modules?",
    ],
    ["bundle lock -f b.yaml --offline --upgrade", "", 1, "web:latest is not in the cache; run once without --offline"],
  ])("%s: an error", async (line, stdin, code, fault) => {
    writeFileSync(join(cwd, "bad.lock"), "apiVersion: sheaf/v1\nkind: BundleLock\nmodule: []\nbundle: b\n");
    const result = await run(line, stdin);
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(fault)]);
  });
});

describe("--offline", () => {
  test("takes what earlier runs have fetched, and says what they have not", async () => {
    await ok("bundle build -f b.yaml");
    registry.requests.length = 0;
    await push("1.1.0");
    registry.requests.length = 0;
    await ok("bundle apply -f b.yaml --target dir:./out --offline");
    expect(registry.requests).toEqual([]);
    expect(JSON.parse(await ok("list --target dir:./out -o json"))[0].module.version).toBe("1.0.0");
    writeBundle(`oci://${registry.host}/web`, '        version: "1.1.0"\n');
    expect((await run("bundle build -f b.yaml --offline")).stderr).toMatch(
      /^error: b\.yaml:7:14: Cannot get the module .*\/web:1\.1\.0 is not in the cache; run once without --offline/,
    );
    expect((await run(`mod list oci://${registry.host}/web --offline`)).stderr).toContain(
      "is not kept: list them without --offline",
    );
  });

  test("works with a lock from the cache of digests", async () => {
    await ok("bundle lock -f b.yaml");
    await registry.close();
    await ok("bundle build -f b.yaml --locked --offline");
    // The cache has the digest, so nobody needs to be asked anyway.
    await ok("bundle build -f b.yaml --locked");
    registry = await startRegistry({});
  });

  test("notices a damaged cache, and takes nothing from it", async () => {
    await ok("bundle build -f b.yaml");
    const { readdirSync, rmSync } = await import("node:fs");
    const cache = join(home, ".cache/sheaf");
    rmSync(join(cache, "compiled"), { recursive: true });
    mkdirSync(join(cache, "compiled"));
    const blobs = join(cache, "blobs/sha256");
    for (const name of readdirSync(blobs)) {
      const bytes = readFileSync(join(blobs, name));
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      writeFileSync(join(blobs, name), bytes);
    }
    expect((await run("bundle build -f b.yaml --offline")).stderr).toContain("is not in the cache");
    await ok("bundle build -f b.yaml");
    await ok("bundle build -f b.yaml --offline");
  });
});
