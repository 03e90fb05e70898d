import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { withFileLock } from "../../../src/engine/oci/file-lock.js";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sheaf-lock-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function lockedByAnother(path: string): Promise<void> {
  await mkdir(path);
  await writeFile(join(path, "another"), "");
}

describe("withFileLock()", () => {
  test("leaves the lock of another that has taken it over", async () => {
    const path = join(dir, "lock");
    await withFileLock(path, async () => {
      await rm(path, { recursive: true });
      await lockedByAnother(path);
    });
    expect(await readdir(path)).toEqual(["another"]);
  });

  test("stops waiting when the signal says so", async () => {
    const path = join(dir, "lock");
    await lockedByAnother(path);
    const waiting = withFileLock(path, async () => {}, AbortSignal.timeout(50));
    await expect(waiting).rejects.toMatchObject({ code: "aborted" });
  });

  test.skipIf(process.platform !== "linux")("tells a folder that cannot be made", async () => {
    await expect(withFileLock("/proc/sheaf/a/lock", async () => {})).rejects.toMatchObject({ code: "bad-layout" });
  });
});
