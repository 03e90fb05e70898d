import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { breakLock, makeFolder, tryLock } from "../../../src/engine/files/index.js";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sheaf-files-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test("a lock is one holder's until it gives it back", async () => {
  const path = join(dir, "lock");
  const release = await tryLock(path);
  expect(await readFile(path, "utf8")).toMatch(new RegExp(`^${process.pid} `));
  expect(await tryLock(path)).toBeUndefined();
  await release?.();
  expect(await readdir(dir)).toEqual([]);
});

test("whoever has lost a lock leaves that of the next one alone", async () => {
  const path = join(dir, "lock");
  const release = await tryLock(path);
  await breakLock(path, await readFile(path, "utf8"));
  await tryLock(path);
  await release?.();
  await breakLock(path, "another holder's");
  expect(await readdir(dir)).toEqual(["lock"]);
});

test("of many that break one lock at a time one gets it", async () => {
  const path = join(dir, "lock");
  await writeFile(path, "stale");
  const got = await Promise.all(
    Array.from({ length: 20 }, async () => {
      await breakLock(path, "stale");
      return tryLock(path);
    }),
  );
  expect(got.filter((release) => release !== undefined)).toHaveLength(1);
  expect(await readdir(dir)).toEqual(["lock"]);
});

test("folders are made one in another", async () => {
  await makeFolder(join(dir, "a/b/c"));
  await makeFolder(join(dir, "a/b/c"));
  expect((await stat(join(dir, "a/b/c"))).isDirectory()).toBe(true);
});

test.skipIf(process.platform !== "linux")("a file system that takes no folders refuses them", async () => {
  await expect(makeFolder("/proc/sheaf/a")).rejects.toMatchObject({ code: "ENOENT" });
});
