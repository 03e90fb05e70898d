import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { breakLock, lockHolder, makeFolder, tryLock } from "../../../src/engine/files/index.js";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sheaf-files-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test("a lock is one holder's until it gives it back", async () => {
  const path = join(dir, "lock");
  expect(await lockHolder(path)).toBeUndefined();
  const release = await tryLock(path);
  expect(await lockHolder(path)).toMatch(new RegExp(`^${process.pid}-`));
  expect(await tryLock(path)).toBeUndefined();
  await release?.();
  expect(await readdir(dir)).toEqual([]);
});

test("whoever has lost a lock leaves that of the next one alone", async () => {
  const path = join(dir, "lock");
  const release = await tryLock(path);
  await breakLock(path, await lockHolder(path));
  await tryLock(path);
  await release?.();
  await breakLock(path, "another holder");
  await breakLock(path, undefined);
  expect(await lockHolder(path)).toBeDefined();
  expect(await readdir(dir)).toEqual(["lock"]);
});

test("what a holder has left that was killed while it gave a lock back is no lock", async () => {
  await mkdir(join(dir, "lock"));
  expect(await tryLock(join(dir, "lock"))).toBeDefined();
});

test("a file or a link in place of a lock is left alone", async () => {
  await writeFile(join(dir, "file"), "");
  await mkdir(join(dir, "elsewhere"));
  await writeFile(join(dir, "elsewhere", "precious"), "");
  await symlink(join(dir, "elsewhere"), join(dir, "link"));
  for (const name of ["file", "link"]) {
    await expect(tryLock(join(dir, name))).rejects.toThrow("is no lock");
    await expect(lockHolder(join(dir, name))).rejects.toThrow("is no lock");
  }
  expect(await readdir(dir)).toEqual(["elsewhere", "file", "link"]);
});

test("of many that break and take one lock at a time never two have it", async () => {
  let [holding, most, taken] = [0, 0, 0];
  const work = async (path: string) => {
    for (let attempt = 0; attempt < 3; attempt++) {
      const release = await tryLock(path);
      if (release === undefined) {
        await breakLock(path, "stale");
        continue;
      }
      taken++;
      most = Math.max(most, ++holding);
      await new Promise((done) => setTimeout(done, 1));
      holding--;
      await release();
    }
  };
  for (let round = 0; round < 60; round++) {
    const path = join(dir, "lock");
    await mkdir(path);
    await writeFile(join(path, "stale"), "");
    await Promise.all(Array.from({ length: 12 }, () => work(path)));
  }
  expect(taken).toBeGreaterThan(60);
  expect(most).toBe(1);
  expect(await readdir(dir)).toEqual([]);
});

test("folders are made one in another", async () => {
  await makeFolder(join(dir, "a/b/c"));
  await makeFolder(join(dir, "a/b/c"));
  expect((await stat(join(dir, "a/b/c"))).isDirectory()).toBe(true);
});

test.skipIf(process.platform !== "linux")("a file system that takes no folders refuses them", async () => {
  await expect(makeFolder("/proc/sheaf/a")).rejects.toMatchObject({ code: "ENOENT" });
});
